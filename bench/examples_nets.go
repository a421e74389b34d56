package bench

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The graphs of Examples. That a shape does not fit is a bug of theirs: gorgonia.Must panics.
var must = gorgonia.Must

// iris is a linear regression.
func iris(d *drawing) {
	x, y, theta := d.node("x", 1, 150, 5), d.node("y", 1, 150), d.param("theta", 5, 5)
	d.outputs = gorgonia.Nodes{must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Sub(must(gorgonia.Mul(x, theta)), y))))))}
}

// ofJob is the graph of a job's gradient, with its first batch.
func ofJob(j Job) func(d *drawing) {
	return func(d *drawing) {
		net, xs, ts, err := j.start()
		var b *lossGraph
		if err == nil {
			b, err = newLossGraph(net, j)
		}
		if err == nil {
			err = errors.Join(gorgonia.Let(b.x, xs[0]), gorgonia.Let(b.t, ts[0]))
		}
		if err != nil {
			panic(err) // our own bug: the jobs of Examples are there
		}
		d.g, d.learn, d.outputs = b.g, b.learn, gorgonia.Nodes{b.loss}
	}
}

// stackedAutoencoder is the pretraining: each layer, with its weights turned for the way back, learns to give what it is given.
func stackedAutoencoder(d *drawing, batch, hidden int) {
	x := make([]float64, batch*pixels)
	for i := range x {
		x[i] = d.r.Float64()
	}
	input, inputs := d.valued("x", x, batch, pixels), pixels
	var cost *gorgonia.Node
	for layer := range 3 {
		name := func(s string) string { return fmt.Sprintf("%s%d", s, layer) }
		w, b, back := d.param(name("w"), inputs, inputs, hidden), d.param(name("b"), hidden, batch, hidden), d.param(name("back"), inputs, batch, inputs)
		code := must(gorgonia.Sigmoid(must(gorgonia.Add(must(gorgonia.Mul(input, w)), b))))
		again := must(gorgonia.Sigmoid(must(gorgonia.Add(must(gorgonia.Mul(code, must(gorgonia.Transpose(w)))), back))))
		loss := must(gorgonia.Mean(must(gorgonia.BinaryXent(again, input))))
		if cost == nil {
			cost = loss
		} else {
			cost = must(gorgonia.Add(cost, loss))
		}
		input, inputs = code, hidden
	}
	d.outputs = gorgonia.Nodes{cost}
}

// resNet is three convolutions, behind two of which a product of the pooled images is added to what they gave, and a hidden layer.
func resNet(d *drawing, batch int) {
	channels := []int{1, 4, 8, 16}
	x, size := d.node("x", 1, batch, 1, 28, 28), 28
	for i, c := range channels[1:] {
		w := d.param(fmt.Sprintf("w%d", i), 9*channels[i], c, channels[i], 3, 3)
		conv := must(gorgonia.Conv2d(x, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
		x = must(gorgonia.MaxPool2D(must(gorgonia.Rectify(conv)), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
		if i == 0 {
			size /= 2
			continue
		}
		short, long := c*size*size/4, c*size*size
		flat := must(gorgonia.Reshape(x, tensor.Shape{batch, short}))
		wide := must(gorgonia.Mul(flat, d.param(fmt.Sprintf("w%dr", i), short, short, long)))
		x = must(gorgonia.Add(conv, must(gorgonia.Reshape(wide, conv.Shape()))))
	}
	all := channels[3] * size * size
	hidden := must(gorgonia.Rectify(must(gorgonia.Mul(must(gorgonia.Reshape(x, tensor.Shape{batch, all})), d.param("w3", all, all, 625)))))
	y := must(gorgonia.SoftMax(must(gorgonia.Mul(hidden, d.param("w4", 625, 625, classes)))))
	t := make([]float64, batch*classes)
	for i := range batch {
		t[i*classes+d.r.IntN(classes)] = 1
	}
	d.outputs = gorgonia.Nodes{must(gorgonia.Neg(must(gorgonia.Mean(must(gorgonia.HadamardProd(must(gorgonia.Log(y)), d.valued("t", t, batch, classes)))))))}
}

// yolo is a convolution of YOLO's: it keeps the size of images, and adds a number to each of the result's.
func (d *drawing) yolo(x *gorgonia.Node, filters, size int, leak float64) *gorgonia.Node {
	channels, n := x.Shape()[1], len(d.g.AllNodes())
	w := d.node(fmt.Sprintf("w%d", n), 1/float64(size*channels), filters, channels, size, size)
	y := must(gorgonia.Conv2d(x, w, tensor.Shape{size, size}, []int{size / 2, size / 2}, []int{1, 1}, []int{1, 1}))
	y = must(gorgonia.Add(y, d.node(fmt.Sprintf("b%d", n), 0.1, y.Shape()...)))
	if leak == 1 {
		return y
	}
	return must(gorgonia.LeakyRelu(y, leak))
}

// backbone is what both have: convolutions with twice as many channels each, and a pooling behind each. at is what goes into the last
// but one pooling.
func (d *drawing) backbone(x *gorgonia.Node, pad []int) (out, at *gorgonia.Node) {
	for filters := 16; filters <= 512; filters *= 2 {
		x = d.yolo(x, filters, 3, 0.1)
		if filters == 256 {
			at = x
		}
		if filters < 512 {
			x = must(gorgonia.MaxPool2D(x, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
		}
	}
	return d.yolo(must(gorgonia.MaxPool2D(x, tensor.Shape{2, 2}, pad, []int{1, 1})), 1024, 3, 0.1), at
}

func tinyYOLOv2(d *drawing, size int) {
	x, _ := d.backbone(d.node("x", 1, 1, 3, size, size), []int{1, 0, 1, 0})
	d.outputs = gorgonia.Nodes{d.yolo(d.yolo(x, 512, 3, 0.1), 425, 1, 1)}
}

// tinyYOLOv3 has two ends: of what is large, and, on the image before the last pooling but one beside what comes back, of what is small.
func tinyYOLOv3(d *drawing, size int) {
	x, before := d.backbone(d.node("x", 1, 1, 3, size, size), []int{0, 1, 0, 1})
	x = d.yolo(x, 256, 1, 0.1)
	large := d.yolo(d.yolo(x, 512, 3, 0.1), 255, 1, 1)
	small := must(gorgonia.Concat(1, must(gorgonia.Upsample2D(d.yolo(x, 128, 1, 0.1), 2)), before))
	small = d.yolo(d.yolo(small, 256, 3, 0.1), 255, 1, 1)
	anchors := [][]float32{{81, 82, 135, 169, 344, 319}, {10, 14, 23, 27, 37, 58}}
	for i, n := range []*gorgonia.Node{large, small} {
		d.outputs = append(d.outputs, must(gorgonia.YOLOv3(n, anchors[i], []int{0, 1, 2}, size, 80, 0.5)))
	}
}

// charRNN is an LSTM that reads a sentence and is to say each next character; as Gorgonia's graph, with a node for each.
func charRNN(d *drawing, length, hidden int) {
	const vocabulary, embedded = 70, 10
	embedding := d.param("embedding", embedded, vocabulary, embedded)
	type gate struct{ x, h, b *gorgonia.Node }
	var gates []gate
	for _, name := range []string{"input", "forget", "output", "cell"} {
		gates = append(gates, gate{d.param(name+" x", embedded, hidden, embedded), d.param(name+" h", hidden, hidden, hidden), d.param(name+" b", hidden, hidden)})
	}
	w, b := d.param("decoder", hidden, vocabulary, hidden), d.param("decoder b", hidden, vocabulary)
	h, cell := d.node("h", 0, hidden), d.node("c", 0, hidden)
	open := func(g gate, x *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Add(must(gorgonia.Add(must(gorgonia.Mul(g.x, x)), must(gorgonia.Mul(g.h, h)))), g.b))
	}
	var cost *gorgonia.Node
	for range length {
		x := must(gorgonia.Slice(embedding, gorgonia.S(d.r.IntN(vocabulary))))
		in, forget, out := must(gorgonia.Sigmoid(open(gates[0], x))), must(gorgonia.Sigmoid(open(gates[1], x))), must(gorgonia.Sigmoid(open(gates[2], x)))
		write := must(gorgonia.HadamardProd(in, must(gorgonia.Tanh(open(gates[3], x)))))
		cell = must(gorgonia.Add(must(gorgonia.HadamardProd(forget, cell)), write))
		h = must(gorgonia.HadamardProd(out, must(gorgonia.Tanh(cell))))
		said := must(gorgonia.SoftMax(must(gorgonia.Add(must(gorgonia.Mul(w, h)), b))))
		loss := must(gorgonia.Neg(must(gorgonia.Slice(must(gorgonia.Log(said)), gorgonia.S(d.r.IntN(vocabulary))))))
		if cost == nil {
			cost = loss
		} else {
			cost = must(gorgonia.Add(cost, loss))
		}
	}
	d.outputs = gorgonia.Nodes{cost}
}
