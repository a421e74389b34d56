package digit

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
	"gorgonia.org/tensor"
)

// faces are fonts to draw digits with, 48 pixels high but for the last one, which is of 13.
func faces(t *testing.T) map[string]font.Face {
	t.Helper()
	all := map[string]font.Face{"basicfont": basicfont.Face7x13}
	for name, ttf := range map[string][]byte{"regular": goregular.TTF, "bold": gobold.TTF, "italic": goitalic.TTF, "mono": gomono.TTF} {
		f, err := opentype.Parse(ttf)
		if err != nil {
			t.Fatal(err)
		}
		if all[name], err = opentype.NewFace(f, &opentype.FaceOptions{Size: 48, DPI: 72}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// drawn is a digit, black on white, as its font has it.
func drawn(face font.Face, digit int) *image.Gray {
	text := fmt.Sprint(digit)
	bounds, advance := font.BoundString(face, text)
	height := (bounds.Max.Y - bounds.Min.Y).Ceil()
	img := image.NewGray(image.Rect(0, 0, max(advance.Ceil(), height)+height, 2*height))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	(&font.Drawer{Dst: img, Src: image.Black, Face: face, Dot: fixed.P(height/2, height/2-bounds.Min.Y.Floor())}).DrawString(text)
	return img
}

// photo is how a drawing is taken: turned by an angle, of a size, on paper and with ink of brightnesses, in light that falls from one
// side, with noise.
type photo struct {
	degrees, scale float64
	paper, ink     float64
	light, noise   float64
}

func (p photo) of(img *image.Gray, r *rand.Rand) *image.Gray {
	b := img.Bounds()
	sin, cos := math.Sincos(p.degrees * math.Pi / 180)
	sin, cos = sin*p.scale, cos*p.scale
	w, h := int(float64(b.Dx())*p.scale*1.3), int(float64(b.Dy())*p.scale*1.3)
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	turned := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(turned, turned.Bounds(), image.White, image.Point{}, draw.Src)
	draw.BiLinear.Transform(turned, f64.Aff3{cos, -sin, float64(w)/2 - cos*cx + sin*cy, sin, cos, float64(h)/2 - sin*cx - cos*cy}, img, b, draw.Over, nil)
	for i, v := range turned.Pix {
		x, y := float64(i%w)/float64(w), float64(i/w)/float64(h)
		bright := p.ink + (p.paper-p.ink)*float64(v)/255 + p.light*(x+y/2-0.75) + p.noise*r.NormFloat64()
		turned.Pix[i] = uint8(255 * math.Min(math.Max(bright, 0), 1))
	}
	return turned
}

// photos are ways to take a drawing, that of a font's own size among them.
var photos = []photo{
	{0, 1, 1, 0, 0, 0},
	{0, 1, 0, 1, 0, 0},
	{12, 1, 1, 0, 0, 0},
	{-12, 1.2, 0.9, 0.2, 0, 0.02},
	{8, 0.4, 0.7, 0.25, 0.2, 0.03},
	{-8, 1.7, 0.3, 0.8, 0.15, 0.03},
}

// trained is a net that has seen MNIST for a second.
func trained(t *testing.T) *models.Model {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	net, err := models.MLP{Widths: []int{784, 100, 10}, Activation: "relu", Seed: 1}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	mnist, err := data.MNIST()
	if err != nil {
		t.Fatal(err)
	}
	_, err = train.Run(context.Background(), m, mnist, train.Config{Batch: 100, Iters: 2000, LR: 0.001, Seed: 1, Optimizer: models.Adam{}}, train.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// seen is what a model takes a picture of MNIST's form for.
func seen(t *testing.T, m *models.Model, img *image.Gray) int {
	t.Helper()
	x := make([]float32, len(img.Pix))
	for i, v := range img.Pix {
		x[i] = float32(v) / 255
	}
	y, err := m.Predict(tensor.New(tensor.WithShape(1, len(x)), tensor.WithBacking(x)))
	if err != nil {
		t.Fatal(err)
	}
	return models.Argmax(y.Float32s())
}

// squeezed is a picture as 28x28 pixels and no more.
func squeezed(img *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, side, side))
	draw.BiLinear.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// TestFonts: a net that has only seen handwriting reads printed digits, however they are taken; without Normalise it reads few.
func TestFonts(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains a net: not with -short")
	}
	m := trained(t)
	r := rand.New(rand.NewPCG(1, 1))
	all, right, plain := 0, 0, 0
	for name, face := range faces(t) {
		wrong := ""
		for digit := range 10 {
			for i, p := range photos {
				if name == "basicfont" {
					p.scale *= 4
				}
				taken := p.of(drawn(face, digit), r)
				if seen(t, m, squeezed(taken)) == digit {
					plain++
				}
				img, err := Normalise(taken)
				if err != nil {
					t.Fatalf("%s, %d, photo %d: %v", name, digit, i, err)
				}
				all++
				if got := seen(t, m, img); got == digit {
					right++
				} else {
					wrong += fmt.Sprintf(" %d→%d(%d)", digit, got, i)
				}
			}
		}
		t.Logf("%s: wrong%s", name, wrong)
	}
	t.Logf("%d of %d, %d without Normalise", right, all, plain)
	if right < all*9/10 || plain > all/3 {
		t.Errorf("%d of %d are read, %d without Normalise", right, all, plain)
	}
}

// TestForm: a normalised digit fits the box, has its centre of mass in the middle, and ink that is white, whatever the picture was; a
// picture of MNIST's own stays as it is but for a pixel's edge.
func TestForm(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for name, face := range faces(t) {
		for i, p := range photos {
			img, err := Normalise(p.of(drawn(face, 3), r))
			if err != nil {
				t.Fatal(err)
			}
			held(t, fmt.Sprint(name, " ", i), img)
		}
	}
	mnist, err := data.MNIST()
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i := range 100 {
		was := &image.Gray{Pix: mnist.Test.Images[i*side*side : (i+1)*side*side], Stride: side, Rect: image.Rect(0, 0, side, side)}
		img, err := Normalise(was)
		if err != nil {
			t.Fatal(err)
		}
		held(t, fmt.Sprint("MNIST ", i), img)
		differ, ink := 0., 0.
		for j, v := range img.Pix {
			differ, ink = differ+math.Abs(float64(v)-float64(was.Pix[j])), ink+float64(was.Pix[j])
		}
		if differ > ink/10 {
			changed++
		}
	}
	if changed > 10 {
		t.Errorf("%d of 100 pictures of MNIST's have become others", changed)
	}
}

func held(t *testing.T, name string, img *image.Gray) {
	t.Helper()
	box, most := image.Rectangle{}, uint8(0)
	var sum, mx, my float64
	for i, v := range img.Pix {
		x, y := i%side, i/side
		if v > 0 {
			box = box.Union(image.Rect(x, y, x+1, y+1))
		}
		most = max(most, v)
		sum, mx, my = sum+float64(v), mx+float64(v)*(float64(x)+0.5), my+float64(v)*(float64(y)+0.5)
	}
	if img.Bounds() != image.Rect(0, 0, 28, 28) || max(box.Dx(), box.Dy()) > 20 || max(box.Dx(), box.Dy()) < 17 || most != 255 {
		t.Errorf("%s: ink in %v, at most %d", name, box, most)
	}
	if math.Abs(mx/sum-14.5) > 0.51 || math.Abs(my/sum-14.5) > 0.51 {
		t.Errorf("%s: centre of mass %.2f, %.2f", name, mx/sum, my/sum)
	}
}

// TestNoDigit: a picture without contrast is an error of one line, however small, and so is none.
func TestNoDigit(t *testing.T) {
	for _, size := range []image.Point{{}, {1, 1}, {3, 1}, {1, 50}, {40, 30}} {
		img := image.NewRGBA(image.Rect(5, 5, 5+size.X, 5+size.Y)) // transparent: white paper
		if got, err := Normalise(img); err == nil {
			t.Errorf("%v: a picture of nothing becomes %v", size, got.Pix)
		}
	}
	one := image.NewRGBA(image.Rect(0, 0, 9, 9))
	one.Set(4, 4, color.Black)
	if _, err := Normalise(one); err == nil {
		t.Log("one pixel is a digit")
	}
}

// TestPaper: light that falls from one side, and specks, change little of what is seen of a digit.
func TestPaper(t *testing.T) {
	clean := drawn(faces(t)["regular"], 3)
	want, err := Normalise(clean)
	if err != nil {
		t.Fatal(err)
	}
	b := clean.Bounds()
	for name, change := range map[string]func(x, y int, ink float64) float64{
		"light":  func(x, y int, ink float64) float64 { return 0.35 + 0.6*float64(x)/float64(b.Dx()) - 0.25*ink },
		"shadow": func(x, y int, ink float64) float64 { return 0.9 - 0.5*float64(y)/float64(b.Dy()) - 0.3*ink },
		"specks": func(x, y int, ink float64) float64 {
			if (x == 3 || x == b.Dx()-4) && (y == 3 || y == b.Dy()-4) {
				return 0
			}
			return 1 - ink
		},
	} {
		img := image.NewGray(b)
		for i, v := range clean.Pix {
			img.Pix[i] = uint8(math.Round(255 * change(i%b.Dx(), i/b.Dx(), 1-float64(v)/255)))
		}
		got, err := Normalise(img)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		differ, ink := 0., 0.
		for i, v := range want.Pix {
			differ, ink = differ+math.Abs(float64(v)-float64(got.Pix[i])), ink+float64(v)
		}
		if differ > 0.1*ink {
			t.Errorf("%s: it differs by %.0f of %.0f", name, differ, ink)
		}
	}
}
