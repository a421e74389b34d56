package graph

import (
	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// yolo is what an op of YOLO's output layer says of itself.
type yolo struct {
	side    int       // cells of the grid along a row
	cell    float64   // pixels of a cell along a row
	boxes   int       // of each cell
	numbers int       // of each box: centre, size, confidence, classes
	anchors []float64 // width and height of each box, in pixels
}

// yoloOf is not ok in training. The boxes have the anchors that the masks name; Gorgonia gives them the first, whatever these are.
func yoloOf(op gorgonia.Op, s ir.Shape) (y yolo, ok bool) {
	f := fieldsOf(op)
	masks, anchors := f.floats("masks"), f.floats("anchors")
	training, dimensions := f.bool("trainMode"), f.int("dimensions")
	y = yolo{boxes: len(masks), numbers: 5 + f.int("numClasses")}
	if f.missing || training || len(s) != 4 || s[2] != s[3] || s.Size() == 0 || s[1] != y.boxes*y.numbers {
		return y, false
	}
	for _, m := range masks {
		at := 2 * int(m)
		if at < 0 || at+2 > len(anchors) {
			return y, false
		}
		y.anchors = append(y.anchors, anchors[at:at+2]...)
	}
	y.side, y.cell = s[2], float64(dimensions/s[2])
	return y, true
}

// lowerYOLO (Redmon and Farhadi, 2018, 2.1): the centre of a box is (σ(x) + place of its cell)·pixels of a cell, its size
// exp(x)·anchor, and the rest, which are probabilities, σ(x).
func lowerYOLO(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	y, ok := yoloOf(n.Op(), l.Shape(args[0]))
	if !ok {
		return 0, false
	}
	batch, cells := l.Shape(args[0])[0], y.side*y.side
	all := l.Reshape(l.channelsLast(args[0]), batch, cells, y.boxes, y.numbers)
	part := func(from, to int) ir.ID {
		return l.View(all, ir.View{Offset: from, Strides: l.Shape(all).Strides()}, batch, cells, y.boxes, to-from)
	}
	var places []float64
	for i := range cells {
		places = append(places, float64(i%y.side), float64(i/y.side))
	}
	place := l.View(l.Const(places, cells, 2), ir.View{Strides: []int{0, 2, 0, 1}}, batch, cells, y.boxes, 2)
	anchor := l.View(l.Const(y.anchors, y.boxes, 2), ir.View{Strides: []int{0, 0, 2, 1}}, batch, cells, y.boxes, 2)
	centre := l.Op(ir.Mul, l.Op(ir.Add, l.Op(ir.Sigmoid, part(0, 2)), place), l.Scalar(y.cell))
	size := l.Op(ir.Mul, l.Op(ir.Exp, part(2, 4)), anchor)
	return l.Reshape(l.concat(3, centre, size, l.Op(ir.Sigmoid, part(4, y.numbers))), shapeOf(n)...), true
}
