package figures

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// grid is the book's: every quarter from -2, and the negative gradient of x0² + x1².
func grid() (points, vectors []Point) {
	for x := -2.0; x < 2.5; x += 0.25 {
		for y := -2.0; y < 2.5; y += 0.25 {
			points = append(points, Point{x, y})
			vectors = append(vectors, Point{-2 * x, -2 * y})
		}
	}
	return points, vectors
}

func descent() (path []Point) {
	for at := (Point{-3, 4}); len(path) < 21; at.X0, at.X1 = 0.8*at.X0, 0.8*at.X1 {
		path = append(path, at)
	}
	return path
}

func falling(n int) []float64 {
	ys := make([]float64, n)
	for i := range ys {
		ys[i] = 2.3 * math.Exp(-float64(i)/float64(n)*5)
	}
	return ys
}

// rising are accuracies of n epochs.
func rising(n int) []float64 {
	ys := falling(n)
	for i, y := range ys {
		ys[i] = 1 - y/2.3
	}
	return ys
}

var pictures = map[string]func(w io.Writer, format string) error{
	"loss":          func(w io.Writer, f string) error { return Loss(w, f, falling(10000)) },
	"one loss":      func(w io.Writer, f string) error { return Loss(w, f, []float64{2.3}) },
	"constant loss": func(w io.Writer, f string) error { return Loss(w, f, []float64{0, 0, 0}) },
	"tiny loss":     func(w io.Writer, f string) error { return Loss(w, f, []float64{1e-300, 2e-300}) },
	"huge loss":     func(w io.Writer, f string) error { return Loss(w, f, []float64{1e300, 2e300}) },
	"widest loss":   func(w io.Writer, f string) error { return Loss(w, f, []float64{-math.MaxFloat64, math.MaxFloat64}) },
	"smallest loss": func(w io.Writer, f string) error { return Loss(w, f, []float64{0, math.SmallestNonzeroFloat64}) },
	"far loss":      func(w io.Writer, f string) error { return Loss(w, f, []float64{-1e16, -1e16 - 2}) },
	"widest gradient": func(w io.Writer, f string) error {
		return GradientField(w, f, []Point{{1, 1}, {math.MaxFloat64, 0}}, []Point{{math.MaxFloat64, math.MaxFloat64}, {}})
	},
	"accuracy":        func(w io.Writer, f string) error { return Accuracy(w, f, rising(17), rising(17)) },
	"one accuracy":    func(w io.Writer, f string) error { return Accuracy(w, f, []float64{0.1}, []float64{0.1}) },
	"uneven accuracy": func(w io.Writer, f string) error { return Accuracy(w, f, rising(5), rising(3)) },
	"R²":              func(w io.Writer, f string) error { return R2(w, f, []float64{-16, 0.1, 0.9}, []float64{-15, 0, 0.8}) },
	"gradients":       func(w io.Writer, f string) error { p, v := grid(); return GradientField(w, f, p, v) },
	"one gradient":    func(w io.Writer, f string) error { return GradientField(w, f, []Point{{1, 1}}, []Point{{5, 5}}) },
	"no slope": func(w io.Writer, f string) error {
		return GradientField(w, f, []Point{{1, 1}, {0, 0}}, []Point{{}, {}})
	},
	"curves": func(w io.Writer, f string) error {
		return Curves(w, f, Axes{X: "iteration", Y: "loss", Fall: true}, 1, Panel{"four", []Curve{{"a", falling(2000)}, {"b", falling(1000)}, {"c", rising(500)}, {"d", rising(1500)}}})
	},
	"panels": func(w io.Writer, f string) error {
		return Curves(w, f, Axes{X: "epochs", Y: "accuracy", High: 1}, 2, Panel{"first", []Curve{{"train", rising(20)}}}, Panel{"second", []Curve{{"train", rising(9)}, {"test", rising(9)}}},
			Panel{"third", []Curve{{"train", rising(1)}}})
	},
	"paths": func(w io.Writer, f string) error {
		return Paths(w, f, Path{"SGD", descent()}, Path{"far", []Point{{0, 0}, {100, 3}}}, Path{"one", []Point{{-7, 2}}})
	},
	"histograms": func(w io.Writer, f string) error {
		return Histograms(w, f, 0, 1, 5, Sample{"1", rising(100)}, Sample{"2", falling(100)}, Sample{"3", []float64{0, 1, 1}}, Sample{"4", []float64{7}}, Sample{"5", rising(9)}, Sample{"6", rising(9)})
	},
	"filters": func(w io.Writer, f string) error {
		sheet := func(title string, n int) (s Sheet) {
			s.Title = title
			for i := range n {
				s.Images = append(s.Images, Image{Rows: 5, Cols: 5, Pixels: falling(25 + i)[i:]})
			}
			return s
		}
		return Images(w, f, 6, sheet("before", 30), sheet("after", 29))
	},
	"one image": func(w io.Writer, f string) error {
		return Images(w, f, 1, Sheet{"flat", []Image{{Rows: 2, Cols: 1, Pixels: []float64{3, 3}, Caption: "5, not 3"}}})
	},
	"descent": func(w io.Writer, f string) error { return Descent(w, f, descent()) },
}

func TestPictures(t *testing.T) {
	for name, draw := range pictures {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "picture.png")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := draw(f, "png"); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(f)
			if err != nil {
				t.Fatal(err)
			}
			if size := img.Bounds().Size(); size.X < 600 || size.Y < 600 || size.Y > 1500 {
				t.Errorf("%v pixels", size)
			}

			var svg bytes.Buffer
			if err := draw(&svg, "svg"); err != nil {
				t.Fatal(err)
			}
			root := struct {
				XMLName xml.Name
				Paths   []struct{} `xml:"g>path"`
			}{}
			if err := xml.Unmarshal(svg.Bytes(), &root); err != nil || root.XMLName.Local != "svg" {
				t.Errorf("no SVG: %v", err)
			}
			var again bytes.Buffer
			if err := draw(&again, "svg"); err != nil || !bytes.Equal(again.Bytes(), svg.Bytes()) {
				t.Errorf("drawn again it is another picture; %v", err)
			}
		})
	}
}

func render1(t *testing.T, name string) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := pictures[name](&b, "png"); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// box returns the smallest rectangle around all pixels that pass, and their number.
func box(img image.Image, pass func(r, g, b int) bool) (image.Rectangle, int) {
	var found image.Rectangle
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			if pass(int(r>>8), int(g>>8), int(b>>8)) {
				found = found.Union(image.Rect(x, y, x+1, y+1))
				n++
			}
		}
	}
	return found, n
}

func reddish(r, g, b int) bool { return r > g+80 && r > b+80 }
func bluish(r, g, b int) bool  { return b > r+40 }

// Both lines are seen even where one covers the other.
func TestCoincidingAccuraciesAreBothSeen(t *testing.T) {
	img := render1(t, "accuracy")
	train, n := box(img, bluish)
	test, m := box(img, reddish)
	if n < 1000 || m < 1000 || train.Dx() < 500 || test.Dx() < 500 {
		t.Errorf("train: %d pixels in %v, test: %d in %v", n, train, m, test)
	}
}

// The unit is the same on both axes: the path from (-3, 4) to the middle is 4/3 as high as wide.
func TestPlaneIsNotDistorted(t *testing.T) {
	path, _ := box(render1(t, "descent"), reddish)
	last := descent()[20]
	const dot = 12 // pixels
	got := float64(path.Dy()-dot) / float64(path.Dx()-dot)
	want := (4 - last.X1) / (3 + last.X0)
	if math.Abs(got/want-1) > 0.01 {
		t.Errorf("path in %v: %.3f times as high as wide, want %.3f", path, got, want)
	}
}

// A histogram fills its range: of numbers that are spread evenly, all bars are of one height.
func TestHistogramFillsItsRange(t *testing.T) {
	var even []float64
	for i := range 300 {
		even = append(even, 2*(float64(i)+0.5)/300)
	}
	var b bytes.Buffer
	if err := Histograms(&b, "png", 0, 2, 1, Sample{"even", even}); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	bars, n := box(img, bluish)
	if full := float64(n) / float64(bars.Dx()*bars.Dy()); full < 0.9 || bars.Dx() < 700 || bars.Dy() < 500 {
		t.Errorf("bars in %v, of which they fill %.2f", bars, full)
	}
}

// The longest arrow is just shorter than a step of the grid, whatever the length of the vectors.
func TestScaleOfArrows(t *testing.T) {
	points, vectors := grid()
	for _, size := range []float64{1e-6, 1, 1e6} {
		longest, scaled := 0.0, make([]Point, len(vectors))
		for i, v := range vectors {
			scaled[i] = Point{size * v.X0, size * v.X1}
			longest = max(longest, math.Hypot(scaled[i].X0, scaled[i].X1))
		}
		if got := scale(points, scaled) * longest; math.Abs(got-0.9*0.25) > 1e-9 {
			t.Errorf("vectors × %g: the longest arrow is %v, want %v", size, got, 0.9*0.25)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		t         ticks
		low, high float64
		want      string
	}{
		{ticks{}, 0, 1, "[0.0 0.2 0.4 0.6 0.8 1.0]"},
		{ticks{}, -2, 2, "[-2.0 -1.5 -1.0 -0.5 0.0 0.5 1.0 1.5 2.0]"},
		{ticks{}, -3.5, 3.5, "[-3 -2 -1 0 1 2 3]"},
		{ticks{counted: true}, 0, 1, "[0 1]"},
		{ticks{counted: true}, 0, 16, "[0 2 4 6 8 10 12 14 16]"},
		{ticks{}, 0, 2e300, "[0 5e+299 1e+300 1.5e+300 2e+300]"},
		{ticks{}, 0, 0.03, "[0.000 0.005 0.010 0.015 0.020 0.025 0.030]"},
	} {
		var labels []string
		for _, tick := range c.t.Ticks(c.low, c.high) {
			labels = append(labels, tick.Label)
		}
		if got := fmt.Sprint(labels); got != c.want {
			t.Errorf("%v to %v: %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	one := []Point{{0, 0}}
	for _, c := range []struct {
		draw func(w io.Writer) error
		want string
	}{
		{func(w io.Writer) error { return Loss(w, "png", nil) }, "figure of the loss: no loss to draw; train for one at least"},
		{func(w io.Writer) error { return Loss(w, "png", []float64{1, nan}) }, "figure of the loss: loss 1 is NaN; draw what comes before it, or learn with a smaller rate"},
		{func(w io.Writer) error { return Loss(w, "png", []float64{-inf}) }, "figure of the loss: loss 0 is -Inf; draw what comes before it, or learn with a smaller rate"},
		{func(w io.Writer) error { return Loss(w, "gif", []float64{1}) }, `figure format "gif"; choose png or svg`},
		{func(w io.Writer) error { return Accuracy(w, "png", nil, []float64{1}) }, "figure of the train acc: no accuracy to draw; train for one at least"},
		{func(w io.Writer) error { return Accuracy(w, "png", []float64{1}, []float64{nan}) }, "figure of the test acc: accuracy 0 is NaN; draw what comes before it, or learn with a smaller rate"},
		{func(w io.Writer) error { return GradientField(w, "png", nil, nil) }, "figure of the gradients: no point to draw; pass one at least"},
		{func(w io.Writer) error { return GradientField(w, "png", one, nil) }, "figure of the gradients: 0 vectors for 1 points; pass one each"},
		{func(w io.Writer) error { return GradientField(w, "png", one, []Point{{0, inf}}) }, "figure of the gradients: vector 0 is (0, +Inf); leave out what is not finite"},
		{func(w io.Writer) error { return Descent(w, "png", nil) }, "figure of the descent: no point to draw; pass one at least"},
		{func(w io.Writer) error { return Descent(w, "png", []Point{{nan, 0}}) }, "figure of the descent: point 0 is (NaN, 0); leave out what is not finite"},
		{func(w io.Writer) error { return Descent(w, "png", []Point{{9, 9}}) }, "figure of the descent: none of the 1 points lies in [-3.5, 3.5] × [-4.5, 4.5]; start there, or learn with a smaller rate"},
		{func(w io.Writer) error { return Accuracy(w, "png", []float64{1}, []float64{0.5, 1.5}) }, "figure of the test acc: accuracy 1 is 1.5; it is a part of all images, from 0 to 1"},
		{func(w io.Writer) error { return Accuracy(w, "png", []float64{-0.1}, []float64{1}) }, "figure of the train acc: accuracy 0 is -0.1; it is a part of all images, from 0 to 1"},
		{func(w io.Writer) error { return GradientField(w, "png", []Point{{3, 0}}, one) }, "figure of the gradients: none of the 1 points lies in [-2, 2] × [-2, 2]; take some from there"},
		{func(w io.Writer) error { return Curves(w, "png", Axes{}, 1) }, "figure without a panel: pass one at least, and one in a row at least"},
		{func(w io.Writer) error { return Curves(w, "png", Axes{}, 0, Panel{"p", []Curve{{"c", []float64{1}}}}) }, "figure without a panel: pass one at least, and one in a row at least"},
		{func(w io.Writer) error { return Curves(w, "png", Axes{}, 1, Panel{Title: "p"}) }, `figure of "p": 0 curves; draw one to 4`},
		{func(w io.Writer) error {
			return Curves(w, "png", Axes{}, 1, Panel{"p", []Curve{{"c", []float64{1, nan}}}})
		}, "figure of the c: number 1 is NaN; draw what comes before it, or learn with a smaller rate"},
		{func(w io.Writer) error { return Paths(w, "png", Path{"SGD", nil}) }, "figure of the SGD: no point to draw; pass one at least"},
		{func(w io.Writer) error { return Paths(w, "png", Path{"SGD", []Point{{11, 0}}}) }, "figure of the SGD: none of the 1 points lies in [-10, 10] × [-5, 5]; start there"},
		{func(w io.Writer) error { return Histograms(w, "png", 1, 0, 1, Sample{"a", []float64{1}}) }, "figure of histograms from 1 to 0: pass a range"},
		{func(w io.Writer) error { return Histograms(w, "png", 0, 1, 1, Sample{Title: "a"}) }, "figure of the a: no number to draw; train for one at least"},
		{func(w io.Writer) error { return Images(w, "png", 1) }, "figure without a sheet of images: pass one at least"},
		{func(w io.Writer) error { return Images(w, "png", 1, Sheet{Title: "s"}) }, `figure of "s": no image to draw; pass one at least, and one in a row at least`},
		{func(w io.Writer) error {
			return Images(w, "png", 1, Sheet{"s", []Image{{Rows: 2, Cols: 2, Pixels: []float64{1}}}})
		}, `figure of "s": image 0 has 1 pixels; want 2×2, each at least 1`},
		{func(w io.Writer) error {
			return Images(w, "png", 1, Sheet{"s", []Image{{Rows: 1, Cols: 1, Pixels: []float64{inf}}}})
		}, "figure of the s, image 0: pixel 0 is +Inf; draw what comes before it, or learn with a smaller rate"},
		{func(io.Writer) error { return Loss(nil, "png", []float64{1}) }, "figure without a writer: pass a file or a buffer"},
	} {
		var b bytes.Buffer
		if err := c.draw(&b); fmt.Sprint(err) != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		if b.Len() != 0 {
			t.Errorf("%s: %d bytes written", c.want, b.Len())
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	for _, format := range []string{"png", "svg"} {
		if err := Loss(fullDisk{}, format, []float64{1, 2}); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v, want %v", format, err, errFull)
		}
	}
}
