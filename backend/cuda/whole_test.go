package cuda

import (
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// The loss is of the batch alone, or comes before the last stage, or needs what the update overwrites, so that steps cannot overlap.
// In one piece: a table of programs, and one walk over it.
func TestWholeEnds(t *testing.T) {
	engine, err := open()
	if err != nil {
		t.Skipf("not tested: %v", err)
	}
	defer engine.Close()
	const batch, pixels, classes, wide = 5, 60, 3, 1000
	image := make([]byte, 20*pixels)
	for i := range image {
		image[i] = byte(i * i)
	}
	images, err := engine.(*Engine).NewTable(image, pixels)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := engine.(*Engine).NewTable(make([]byte, 20), 1)
	if err != nil {
		t.Fatal(err)
	}
	next := func(b *ir.Builder, sum, w ir.ID) ir.Update {
		return ir.Update{Into: w, Value: b.Op(ir.Mul, b.Op(ir.Add, w, sum), b.Scalar(0.5))}
	}
	total := func(b *ir.Builder, w ir.ID) ir.ID {
		return b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{w}, Axes: []int{0}})
	}
	for name, finish := range map[string]func(b *ir.Builder, sum, w ir.ID) (ir.ID, []ir.Update){
		"batch alone": func(_ *ir.Builder, sum, _ ir.ID) (ir.ID, []ir.Update) { return sum, nil },
		"many blocks": func(b *ir.Builder, sum, w ir.ID) (ir.ID, []ir.Update) { return sum, []ir.Update{next(b, sum, w)} },
		"numbers before": func(b *ir.Builder, sum, w ir.ID) (ir.ID, []ir.Update) {
			return b.Op(ir.Add, sum, total(b, w)), []ir.Update{next(b, sum, w)}
		},
		"numbers after": func(b *ir.Builder, sum, w ir.ID) (ir.ID, []ir.Update) {
			u := next(b, sum, w)
			return b.Op(ir.Add, sum, total(b, u.Value)), []ir.Update{u}
		},
		"numbers after, too late for the update": func(b *ir.Builder, sum, w ir.ID) (ir.ID, []ir.Update) {
			u := next(b, sum, w)
			return total(b, b.Op(ir.Mul, u.Value, total(b, u.Value))), []ir.Update{u}
		},
	} {
		var seen [3][]float64
		for way := range seen {
			b := ir.NewBuilder("ends", ir.Float32)
			x, w := b.Input("x", batch, pixels), b.Input("w", wide)
			b.Input("t", batch, classes)
			sum := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{0, 1}})
			loss, updates := finish(b, sum, w)
			p, err := b.Done([]ir.ID{loss}, updates...)
			if err != nil {
				t.Fatal(err)
			}
			bind := map[string]backend.Buffer{}
			for name, n := range map[string]int{"x": batch * pixels, "t": batch * classes, "w": wide} {
				if bind[name], err = engine.Alloc(ir.Float32, n); err != nil {
					t.Fatal(err)
				}
			}
			step, err := engine.Compile(backend.Prepare(engine, p), bind)
			if err != nil {
				t.Fatal(err)
			}
			made, err := engine.(*Engine).NewLoop(step, batch, 4, backend.Feed{Into: bind["x"], Table: images, Encoding: backend.Scaled},
				backend.Feed{Into: bind["t"], Table: labels, Encoding: backend.OneHot})
			if err != nil {
				t.Fatal(err)
			}
			l := made.(*Loop)
			if len(l.ways) < 2 {
				t.Fatalf("%s: all steps are not one kernel", name)
			}
			if way >= len(l.ways) {
				break // one block on each multiprocessor is all there is work for
			}
			l.Only(way)
			losses, numbers := make([]float64, 4), make([]float32, wide)
			idx := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}
			if err := l.Run(idx, losses); err != nil {
				t.Fatal(err)
			}
			if err := bind["w"].Read(numbers); err != nil {
				t.Fatal(err)
			}
			seen[way] = append(losses, float64(numbers[0]), float64(numbers[wide-1]))
			l.Close()
			step.Close()
		}
		for way := 1; way < len(seen) && seen[way] != nil; way++ {
			if !slices.Equal(seen[0], seen[way]) || seen[0][0] == seen[0][1] {
				t.Errorf("%s: graphs: %v, way %d: %v", name, seen[0], way, seen[way])
			}
		}
	}
}
