package serve

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// write makes the answer: JSON, whose size it says, and binary tensors behind it.
func (c *call) write(q *request, name string, net *models.Net, dt tensor.Dtype, samples int, outputs []output) (jsonSize int) {
	c.binary = c.binary[:0]
	b := append(c.answer[:0], `{"model_name":"`...)
	b = append(append(b, name...), `","model_version":"`+version+`"`...)
	if q.ID != "" {
		b = appendQuoted(append(b, `,"id":`...), q.ID)
	}
	b = append(b, `,"outputs":[`...)
	for i, o := range outputs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"name":"`...), o.Name...), `","datatype":"`...)
		if texts := c.texts(o, net, samples, dt); texts != nil {
			b = c.appendTexts(b, o, texts, samples)
		} else {
			b = c.appendNumbers(b, o, net, dt, samples)
		}
		b = append(b, '}')
	}
	b = append(b, "]}"...)
	jsonSize = len(b)
	c.answer = append(b, c.binary...)
	return jsonSize
}

// appendNumbers appends the type, the shape and the data of the output.
func (c *call) appendNumbers(b []byte, o output, net *models.Net, dt tensor.Dtype, samples int) []byte {
	datatype := datatypes[dt]
	b = appendShape(append(append(b, datatype...), `","shape":`...), []int{samples, net.Out})
	if o.Parameters.Binary {
		before := len(c.binary)
		c.binary = appendFloats(c.binary, c.y, widths[datatype])
		return appendSize(b, len(c.binary)-before)
	}
	b = append(b, `,"data":[`...)
	for i, v := range c.y {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, v, 'g', -1, 8*widths[datatype])
	}
	return append(b, ']')
}

// appendTexts is appendNumbers for texts.
func (c *call) appendTexts(b []byte, o output, texts []string, samples int) []byte {
	shape := []int{samples}
	if o.Name == outputName {
		shape = append(shape, len(texts)/samples)
	}
	b = appendShape(append(b, bytesType+`","shape":`...), shape)
	if o.Parameters.Binary {
		before := len(c.binary)
		for _, t := range texts {
			c.binary = appendText(c.binary, t)
		}
		return appendSize(b, len(c.binary)-before)
	}
	b = append(b, `,"data":[`...)
	for i, t := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, t)
	}
	return append(b, ']')
}

// texts are the classes that an output asks for, nil where it asks for numbers. Those of a classification are "value:index" or, of
// classes that have names, "value:index:name", the largest first.
func (c *call) texts(o output, net *models.Net, samples int, dt tensor.Dtype) (texts []string) {
	most := o.Parameters.Classification
	if o.Name == outputName && most == 0 {
		return nil
	}
	order := make([]int, net.Out)
	for i := range samples {
		y := c.y[i*net.Out : (i+1)*net.Out]
		if o.Name == className {
			texts = append(texts, net.Classes[largest(y)])
			continue
		}
		for k := range order {
			order[k] = k
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(y[b], y[a]) })
		for _, k := range order[:most] {
			text := strconv.FormatFloat(y[k], 'g', -1, 8*widths[datatypes[dt]]) + ":" + strconv.Itoa(k)
			if net.Classes != nil {
				text += ":" + net.Classes[k]
			}
			texts = append(texts, text)
		}
	}
	return texts
}

// largest is the first of the largest numbers.
func largest(y []float64) (at int) {
	for i, v := range y {
		if v > y[at] {
			at = i
		}
	}
	return at
}

func appendShape(b []byte, shape []int) []byte {
	b = append(b, '[')
	for i, d := range shape {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(d), 10)
	}
	return append(b, ']')
}

func appendSize(b []byte, size int) []byte {
	b = append(b, `,"parameters":{"binary_data_size":`...)
	return append(strconv.AppendInt(b, int64(size), 10), '}')
}

// appendQuoted appends a text as JSON has it.
func appendQuoted(b []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // our own bug: every text has a JSON form
	}
	return append(b, quoted...)
}
