package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
)

// numbered is a source whose sample i has the inputs 10i, 10i+1 and the target i.
func numbered[T Float](t *testing.T, n int) Source {
	t.Helper()
	var x, y []T
	for i := range n {
		x, y = append(x, T(10*i), T(10*i+1)), append(y, T(i))
	}
	s, err := Floats(x, y, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFloats: rows in any order and as often as wanted, in both types, with x or t left out; a subset has the numbers of its own.
func TestFloats(t *testing.T) {
	some, err := Subset(numbered[float32](t, 9), []int{8, 3, 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    Source
		rows []int
		x    []float64
		t    []float64
	}{
		{numbered[float32](t, 9), []int{3, 0, 3}, []float64{30, 31, 0, 1, 30, 31}, []float64{3, 0, 3}},
		{numbered[float64](t, 9), []int{8}, []float64{80, 81}, []float64{8}},
		{some, []int{1, 0}, []float64{30, 31, 80, 81}, []float64{3, 8}},
	} {
		x, y := make([]float64, len(c.x)), make([]float64, len(c.t))
		if err := c.s.Read64(x, y, c.rows); err != nil || !slices.Equal(x, c.x) || !slices.Equal(y, c.t) {
			t.Errorf("%v: %v, %v; %v", c.rows, x, y, err)
		}
		x32 := make([]float32, len(c.x))
		if err := c.s.Read32(x32, nil, c.rows); err != nil || float64(x32[1]) != c.x[1] {
			t.Errorf("%v: %v; %v", c.rows, x32, err)
		}
		if err := c.s.Read64(nil, y, c.rows); err != nil || !slices.Equal(y, c.t) {
			t.Errorf("%v: %v; %v", c.rows, y, err)
		}
	}
	if some.Len() != 3 || some.Inputs() != 2 || some.Outputs() != 1 {
		t.Errorf("a subset of %d × %d, %d", some.Len(), some.Inputs(), some.Outputs())
	}
}

func TestSourceMistakes(t *testing.T) {
	s := numbered[float64](t, 9)
	_, rows := Floats(make([]float64, 6), make([]float64, 2), 2, 1)
	_, none := Subset(s, []int{9})
	some, _ := Subset(s, []int{1})
	images := &Dataset{Rows: 1, Cols: 2, Classes: 3}
	labelled := images.Source(&Split{Images: make([]byte, 4), Labels: []byte{0, 2}})
	x, y := make([]float64, 4), make([]float64, 2)
	for _, c := range []struct {
		err  error
		want string
	}{
		{rows, "6 numbers of inputs and 2 of targets are no rows of 2 and 1: there is to be one of each for a sample"},
		{none, "sample 9 is not there: the source has 9"},
		{s.Read64(x, y, []int{-1}), "sample -1 is not there: the source has 9"},
		{some.Read64(x, y, []int{1}), "sample 1 is not there: the source has 1"},
		{s.Read64(x, y, []int{1, 2, 3}), "a batch of 3 with 2 numbers each does not fit into 4"},
		{s.Read64(nil, y, []int{1, 2, 3}), "a batch of 3 with 1 numbers each does not fit into 2"},
		{labelled.Read64(x, nil, []int{2}), "images 2 to 2 are not there: the split has 2"},
		{labelled.Read64(x, y, []int{1, 0}), "a batch of 2 with 3 numbers each does not fit into 2"},
		{labelled.Read64(x, nil, []int{1, 2}), "images 1 to 2 are not there: the split has 2"},
		{labelled.Read64(x, nil, []int{1, 1}), "<nil>"},
	} {
		if fmt.Sprint(c.err) != c.want {
			t.Errorf("error %v, want %s", c.err, c.want)
		}
	}
}

// TestBytesAreASource: whatever the order of its rows, a dataset gives what Pixels and OneHot give, and allocates nothing.
func TestBytesAreASource(t *testing.T) {
	d := &Dataset{Name: "bytes", Rows: 2, Cols: 3, Classes: 4}
	for i := range 50 {
		d.Train.Labels = append(d.Train.Labels, byte(i%4))
		for p := range 6 {
			d.Train.Images = append(d.Train.Images, byte(i*7+p*31))
		}
	}
	set, err := d.Set()
	if err != nil {
		t.Fatal(err)
	}
	if set.Test != nil || !slices.Equal(set.Shape, []int{1, 2, 3}) || !slices.Equal(set.Classes, []string{"0", "1", "2", "3"}) || set.Regression() || Bytes(set.Train) != &d.Train {
		t.Errorf("%+v", set)
	}
	for _, rows := range [][]int{{4, 5, 6, 7}, {4, 4, 9}, {49, 0}, {11}, {}} {
		x, y, wantX, wantT := make([]float32, 30), make([]float32, 20), make([]float32, 30), make([]float32, 20)
		if n := testing.AllocsPerRun(10, func() { err = set.Train.Read32(x, y, rows) }); n > 0 || err != nil {
			t.Errorf("%v: %v allocations, %v", rows, n, err)
		}
		if err := Pixels(wantX, &d.Train, rows); err != nil {
			t.Fatal(err)
		}
		if err := OneHot(wantT, &d.Train, rows, 4); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x, wantX) || !slices.Equal(y, wantT) {
			t.Errorf("%v: %v and %v, want %v and %v", rows, x, y, wantX, wantT)
		}
	}
}

// TestEpochs: an epoch has every sample once, whatever the batches; the next one has another order; a place in it is found again.
func TestEpochs(t *testing.T) {
	const n, seed = 103, 11
	drawn := make([]int, 7*n)
	s := NewSamplerOf(Epochs, n, seed)
	fresh := s.State()
	var states []string
	for i := 0; i < len(drawn); i += 7 {
		states = append(states, s.State())
		if err := s.Draw(drawn[i : i+7]); err != nil {
			t.Fatal(err)
		}
	}
	for e := 0; e < len(drawn); e += n {
		epoch := slices.Sorted(slices.Values(drawn[e : e+n]))
		for i, v := range epoch {
			if v != i {
				t.Fatalf("seed %d: epoch %d has %v", seed, e/n, epoch)
			}
		}
		if e > 0 && slices.Equal(drawn[e:e+n], drawn[e-n:e]) {
			t.Errorf("seed %d: two epochs of one order", seed)
		}
	}
	early, order := [3]int{}, make([]int, 3)
	of3 := NewSamplerOf(Epochs, 3, seed)
	for range 3000 {
		if err := of3.Draw(order); err != nil {
			t.Fatal(err)
		}
		early[order[0]]++
	}
	for v, c := range early { // a count has mean 1,000 and standard deviation 26
		if c < 870 || c > 1130 {
			t.Errorf("seed %d: %d came first in %d of 3000 epochs", seed, v, c)
		}
	}
	for i, state := range append(states, fresh) {
		again, from := NewSamplerOf(Epochs, n, 99), 7*(i%len(states))
		if err := again.Resume(state); err != nil {
			t.Fatal(err)
		}
		got := make([]int, len(drawn)-from)
		if err := again.Draw(got); err != nil || !slices.Equal(got, drawn[from:]) {
			t.Errorf("seed %d: after %q not the sequence that was left: %v", seed, state, err)
		}
	}
	if n := testing.AllocsPerRun(10, func() { _ = s.Draw(drawn[:300]) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if large := (&Sampler{n: math.MaxInt32, order: []int32{}}); strconv.IntSize > 32 {
		large.n++
		if err := large.Draw(drawn); fmt.Sprint(err) != "epochs of 2147483648 samples: at most 2147483647: draw them with replacement" {
			t.Errorf("error %v", err)
		}
	}
	replaced := NewSampler(n, seed)
	for err, want := range map[error]string{
		replaced.Resume(fresh):                       fmt.Sprintf("sampler state %q: it is that of another kind of sampler, or of another number of samples; take the text that State returned", fresh),
		NewSamplerOf(Epochs, 3, 1).Resume(states[2]): fmt.Sprintf("sampler state %q: it is that of another kind of sampler, or of another number of samples; take the text that State returned", states[2]),
		s.Resume("00/1"):                             `sampler state "00/1": invalid PCG encoding; take the text that State returned`,
	} {
		if fmt.Sprint(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
