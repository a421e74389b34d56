package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// The protocol's request, and what is read of the parameters.

type request struct {
	ID         string     `json:"id"`
	Parameters parameters `json:"parameters"`
	Inputs     []input    `json:"inputs"`
	Outputs    []output   `json:"outputs"`
}

type parameters struct {
	BinaryOutput   bool `json:"binary_data_output"` // all outputs come as bytes
	Binary         bool `json:"binary_data"`        // this output does
	BinarySize     *int `json:"binary_data_size"`   // of this input, in bytes behind the JSON
	Preprocessed   bool `json:"preprocessed"`       // this input is what the net reads
	Classification int  `json:"classification"`     // the largest so many of this output, with their classes
}

type input struct {
	Name       string          `json:"name"`
	Datatype   string          `json:"datatype"`
	Shape      []int           `json:"shape"`
	Parameters parameters      `json:"parameters"`
	Data       json.RawMessage `json:"data"`
}

type output struct {
	Name       string     `json:"name"`
	Parameters parameters `json:"parameters"`
}

// call is the memory of an inference; a server keeps it for the next one.
type call struct {
	taken  int64 // of the server's memory
	body   []byte
	raw    []float64 // as they came
	x, y   []float64
	answer []byte
	binary []byte // what stands behind the JSON of the answer
}

// mostKept is the memory in bytes above which that of a call is not kept.
const mostKept = 4 << 20

// mostNumbers bounds what a request reads and gives; an output may be much larger than its input.
const mostNumbers = 4 << 20

// failure is an error with the status that tells it.
type failure struct {
	status int
	error
}

func failed(status int, format string, args ...any) *failure {
	return &failure{status, fmt.Errorf(format, args...)}
}

// wrong is what a request has wrong.
func wrong(format string, args ...any) *failure {
	return failed(http.StatusBadRequest, format, args...)
}

// infer answers an inference, or says why not.
func (s *Server) infer(w http.ResponseWriter, r *http.Request, name string, m *model) {
	select {
	case s.running <- struct{}{}:
	default:
		s.refuse(w, name, failed(http.StatusTooManyRequests, "%d requests are being answered: try again later", s.limits.Requests))
		return
	}
	s.metrics.running.Inc()
	c := s.calls.Get().(*call)
	defer func() {
		s.memory.Add(-c.taken)
		c.taken = 0
		if 8*cap(c.raw)+8*cap(c.x)+8*cap(c.y)+cap(c.body)+cap(c.answer)+cap(c.binary) <= mostKept {
			s.calls.Put(c)
		}
		s.metrics.running.Dec()
		<-s.running
	}()
	if f := s.read(c, w, r); f != nil {
		s.refuse(w, name, f)
		return
	}
	began := time.Now()
	jsonSize, samples, f := s.predict(r.Context(), c, r.Header.Get(headerLength), name, m)
	if f != nil {
		s.refuse(w, name, f)
		return
	}
	s.metrics.answered(name, http.StatusOK, samples, began)
	w.Header().Set("Content-Type", "application/json")
	if len(c.binary) > 0 {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set(headerLength, strconv.Itoa(jsonSize))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(c.answer)))
	_, _ = w.Write(c.answer) // a client that has gone needs no answer
}

func (s *Server) refuse(w http.ResponseWriter, name string, f *failure) {
	s.metrics.answered(name, f.status, 0, time.Time{})
	fail(w, f.status, f)
}

// take takes memory for a call, which gives it back at its end.
func (s *Server) take(c *call, bytes int64) *failure {
	c.taken += bytes
	if s.memory.Add(bytes) > s.limits.Memory {
		return failed(http.StatusTooManyRequests, "the requests that are being answered take %d bytes: try again later", s.limits.Memory)
	}
	return nil
}

// read reads the body.
func (s *Server) read(c *call, w http.ResponseWriter, r *http.Request) *failure {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return failed(http.StatusUnsupportedMediaType, "the body is compressed (%.20s): send it as it is", coding)
	}
	size, most := r.ContentLength, s.limits.Body
	tooLarge := failed(http.StatusRequestEntityTooLarge, "the body has more than %d bytes: send fewer samples in one request", most)
	if size > most {
		return tooLarge
	}
	if size < 0 { // it does not say
		size = most
	}
	if f := s.take(c, 2*size); f != nil { // the numbers' text is copied once
		return f
	}
	c.body = slices.Grow(c.body[:0], int(max(r.ContentLength, 0))+1)
	body := http.MaxBytesReader(w, r.Body, most)
	for {
		n, err := body.Read(c.body[len(c.body):cap(c.body)])
		c.body = c.body[:len(c.body)+n]
		var exceeded *http.MaxBytesError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &exceeded):
			return tooLarge
		case errors.Is(err, os.ErrDeadlineExceeded):
			return failed(http.StatusRequestTimeout, "the body did not come in time: send it again")
		case err != nil:
			return wrong("the body cannot be read: %v", err)
		case len(c.body) == cap(c.body):
			c.body = slices.Grow(c.body, len(c.body))
		}
	}
}

// predict makes the answer of a call from its body.
func (s *Server) predict(ctx context.Context, c *call, header, name string, m *model) (jsonSize, samples int, f *failure) {
	text, behind, f := split(c.body, header)
	if f != nil {
		return 0, 0, f
	}
	var q request
	if err := json.Unmarshal(text, &q); err != nil {
		return 0, 0, wrong("the request is not the protocol's JSON: %v", err)
	}
	net, err := m.prepared()
	if err != nil {
		return 0, 0, failed(http.StatusInternalServerError, "model %s: %v", name, err)
	}
	dt := m.DType()
	wanted, f := q.wanted(net.Net)
	if f != nil {
		return 0, 0, f
	}
	if samples, f = s.readInput(c, &q, behind, net, dt); f != nil {
		return 0, 0, f
	}
	c.y = slices.Grow(c.y[:0], samples*net.Out)[:samples*net.Out]
	ctx, cancel := context.WithTimeout(ctx, s.limits.Time)
	defer cancel()
	switch err := m.PredictFloat64(ctx, c.y, c.x); {
	case errors.Is(err, context.DeadlineExceeded):
		return 0, 0, failed(http.StatusServiceUnavailable, "no answer within %v: try again later", s.limits.Time)
	case errors.Is(err, models.ErrClosed), errors.Is(err, context.Canceled):
		return 0, 0, failed(http.StatusServiceUnavailable, "the server is closing: ask another one")
	case err != nil:
		return 0, 0, failed(http.StatusInternalServerError, "%v", err)
	}
	for i, v := range c.y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, 0, wrong("the net gives %v for sample %d: its inputs are too large", v, i/net.Out)
		}
	}
	if !q.Inputs[0].Parameters.Preprocessed {
		for i := range samples {
			net.data.Predicted(c.y[i*net.Out : (i+1)*net.Out])
		}
	}
	return c.write(&q, name, net.Net, dt, samples, wanted), samples, nil
}

// wanted are the outputs that a request asks for: all, if it names none.
func (q *request) wanted(net *models.Net) ([]output, *failure) {
	if len(q.Outputs) == 0 {
		all := []output{{outputName, parameters{Binary: q.Parameters.BinaryOutput}}}
		if net.Classes != nil {
			all = append(all, output{className, parameters{Binary: q.Parameters.BinaryOutput}})
		}
		return all, nil
	}
	for i, o := range q.Outputs {
		switch {
		case o.Name != outputName && (o.Name != className || net.Classes == nil):
			return nil, wrong("output %.40q: the model has no such output", o.Name)
		case slices.ContainsFunc(q.Outputs[:i], func(p output) bool { return p.Name == o.Name }):
			return nil, wrong("output %s: it is asked for twice", o.Name)
		case o.Parameters.Classification < 0, o.Name == className && o.Parameters.Classification != 0:
			return nil, wrong("output %s: classification %d: ask %q for the largest so many", o.Name, o.Parameters.Classification, outputName)
		}
		q.Outputs[i].Parameters.Classification = min(o.Parameters.Classification, net.Out)
	}
	return q.Outputs, nil
}

// answerBytes is what a number of the answer may take as text.
const answerBytes = 32

// readInput reads the numbers of the input, and says of how many samples they are. Memory is taken only for numbers that are there.
func (s *Server) readInput(c *call, q *request, behind []byte, net *prepared, dt tensor.Dtype) (samples int, f *failure) {
	if len(q.Inputs) != 1 || q.Inputs[0].Name != inputName {
		return 0, wrong("the request has %d inputs: want one of the name %q", len(q.Inputs), inputName)
	}
	in := &q.Inputs[0]
	if samples, f = in.samples(net); f != nil {
		return 0, f
	}
	each := product(net.sample(in.Parameters.Preprocessed))
	n, width := samples*each, widths[in.Datatype]
	switch size := in.Parameters.BinarySize; {
	case width == 0:
		return 0, wrong("input: datatype %.20q: send %s", in.Datatype, datatypes[dt])
	case size != nil && len(in.Data) > 0:
		return 0, wrong("input: it has data and binary_data_size: send one of them")
	case size != nil && (*size != len(behind) || *size != n*width):
		return 0, wrong("input: binary_data_size is %d and %d bytes follow the JSON: shape %v of %s has %d", *size, len(behind), in.Shape, in.Datatype, n*width)
	case size == nil && len(behind) > 0:
		return 0, wrong("%d bytes follow the JSON, and the input has no binary_data_size", len(behind))
	case size == nil && len(in.Data) < 2*n+1: // a digit and a comma each, and brackets
		return 0, wrong("input: data has fewer numbers than its shape %v", in.Shape)
	}
	if f := s.take(c, int64(8*n+8*samples*net.In+(8+answerBytes)*samples*net.Out)); f != nil {
		return 0, f
	}
	c.raw = slices.Grow(c.raw[:0], n)
	if in.Parameters.BinarySize != nil {
		c.raw = floatsOf(c.raw, behind, width)
	} else if c.raw, f = numbers(c.raw, in.Data, in.Shape, n); f != nil {
		return 0, f
	}
	for i, v := range c.raw {
		if math.IsNaN(v) || math.IsInf(v, 0) || dt == tensor.Float32 && math.Abs(v) > math.MaxFloat32 {
			return 0, wrong("input: number %d of sample %d is %v: want finite numbers of %s", i%each, i/each, v, datatypes[dt])
		}
	}
	if net.data == nil || in.Parameters.Preprocessed {
		c.x, c.raw = c.raw, c.x
	} else {
		c.x = net.apply(c.x, c.raw, samples)
	}
	return samples, nil
}

// samples are as many as the shape says: (samples, …), each of the net's shape, or flat.
func (in *input) samples(net *prepared) (int, *failure) {
	sample := net.sample(in.Parameters.Preprocessed)
	if len(in.Shape) < 2 || !slices.Equal(in.Shape[1:], sample) && !slices.Equal(in.Shape[1:], []int{product(sample)}) {
		return 0, wrong("input: shape %.200v: want %v, where -1 is the number of samples", fmt.Sprint(in.Shape), append([]int{-1}, sample...))
	}
	n := in.Shape[0]
	if n < 1 {
		return 0, wrong("input: shape %v: want one sample at least", in.Shape)
	}
	if most := mostNumbers / max(net.In, net.Out); n > most {
		return 0, failed(http.StatusRequestEntityTooLarge, "input: %d samples: send at most %d in one request", n, most)
	}
	return n, nil
}
