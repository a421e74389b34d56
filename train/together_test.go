package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// left is what a training of a group leaves in each of its processes.
type left struct {
	at      *State
	state   []byte // its file
	history string
}

// inGroup runs a training in a group of so many processes, each with an engine and a model of its own, and makes sure that all end alike.
func (k *cut) inGroup(t *testing.T, size int, from *State, change func(rank int, c *Config, ev *Events, cancel func())) (out left) {
	t.Helper()
	return k.onMachines(t, []int{size}, from, change)
}

// onMachines is inGroup on several machines, each of which has so many of the processes.
func (k *cut) onMachines(t *testing.T, machines []int, from *State, change func(rank int, c *Config, ev *Events, cancel func())) (out left) {
	t.Helper()
	var mu sync.Mutex
	size := 0
	for _, n := range machines {
		size += n
	}
	all := make([]left, size)
	err := disttest.RunOn(machines, func(g dist.Group) error {
		m, end := k.model(t)
		defer end()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c, ev := k.c, Events{}
		c.Group = g
		c.Resume = from
		var last *State
		ev.Checkpoint = func(s *State) error { last = s; return nil }
		if change != nil {
			change(g.Rank(), &c, &ev, cancel)
		}
		h, err := Run(ctx, m, stripes(60), c, ev)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		h.Training, h.Evaluation = 0, 0
		best := "none"
		if h.Best != nil {
			best = fmt.Sprintf("%+v", *h.Best)
		}
		h.Best = nil
		all[g.Rank()] = left{last, timeless(t, last), fmt.Sprintf("%+v, best %s", *h, best)}
		return nil
	})
	if err != nil {
		t.Fatalf("%d processes: %v", size, err)
	}
	for rank, l := range all {
		if !bytes.Equal(l.state, all[0].state) || l.history != all[0].history {
			t.Errorf("%d processes: process %d ends otherwise than process 0:\n%s\n%s", size, rank, l.history, all[0].history)
		}
	}
	return all[0]
}

// reread is a state that has gone through a file.
func reread(t *testing.T, s *State) *State {
	t.Helper()
	if s == nil {
		return nil
	}
	file := filepath.Join(t.TempDir(), "state")
	if err := s.Save(file); err != nil {
		t.Fatal(err)
	}
	s, err := OpenState(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSameBits: with Parts, 1, 2, 4 and 8 processes come to the same parameters, losses, scores and files, to the last bit, whatever the
// optimizer, with all that a step can depend on.
func TestSameBits(t *testing.T) {
	for _, k := range resumed() {
		k.c.Parts, k.c.Iters = 8, 12
		if k.c.EarlyStop > 0 {
			k.c.EarlyStop = 0
		}
		t.Run(fmt.Sprintf("%s %v %#v", k.engine, k.dt, k.c.optimizer()), func(t *testing.T) {
			want := k.inGroup(t, 1, nil, nil)
			for _, size := range []int{2, 4, 8} {
				if got := k.inGroup(t, size, nil, nil); !bytes.Equal(got.state, want.state) || got.history != want.history {
					t.Errorf("%d processes: %s\nwant that of one: %s", size, got.history, want.history)
				}
			}
		})
	}
}

// TestSameBitsAnyWay: sums through memory, of gradients that are there already or are brought, and by messages, give the same bits.
func TestSameBitsAnyWay(t *testing.T) {
	for _, k := range resumed() {
		k.c.Parts, k.c.Iters, k.c.EarlyStop = 4, 6, 0
		t.Run(fmt.Sprintf("%s %v %#v", k.engine, k.dt, k.c.optimizer()), func(t *testing.T) {
			want := k.inGroup(t, 1, nil, nil)
			defer func(before int) { small = before }(small)
			for _, small = range []int{1 << 14, 4, 1} {
				for _, machines := range [][]int{{2}, {4}, {1, 1}, {2, 2}} {
					if got := k.onMachines(t, machines, nil, nil); !bytes.Equal(got.state, want.state) || got.history != want.history {
						t.Errorf("machines of %v processes, small below %d: %s\nwant that of one: %s", machines, small, got.history, want.history)
					}
				}
			}
		})
	}
}

// TestResumeOnOthers: a training that is cut goes on with another number of processes, to the bits of one without the cut.
func TestResumeOnOthers(t *testing.T) {
	k := resumed()[5]
	k.c.Parts = 4
	want := k.inGroup(t, 1, nil, nil)
	var now left
	for i, size := range []int{4, 1, 2} {
		now = k.inGroup(t, size, reread(t, now.at), func(_ int, c *Config, ev *Events, cancel func()) {
			if to := 10*i + 7; to < c.Iters-3 {
				ev.Step = func(iter int) {
					if iter == to {
						cancel()
					}
				}
			}
		})
	}
	if !bytes.Equal(now.state, want.state) {
		t.Error("a training that went on with others ends otherwise")
	}
	k.c.Parts = 0
	err := disttest.Run(2, func(g dist.Group) error {
		m, end := k.model(t)
		defer end()
		c := k.c
		c.Group, c.Resume = g, now.at
		_, err := Run(t.Context(), m, stripes(60), c, Events{})
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "Parts is unset here and 4 in the state") {
		t.Errorf("without its parts: %v", err)
	}
}

// TestTogether: any number of processes learns what one does, up to rounding, and the losses and scores are the same.
func TestTogether(t *testing.T) {
	net := func() models.Net {
		n, err := models.Sequential{Name: "plain", In: []int{16}, Seed: 5, Decay: 0.01, Layers: []models.Layer{
			models.Dense(8), models.Activate("tanh"), models.Dense(4),
		}}.Net()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	of := func(size int) (params []float64, h *History) {
		if err := disttest.Run(size, func(g dist.Group) error {
			k := &cut{engine: "go", dt: tensor.Float64}
			other, end := k.model(t)
			defer end()
			m, err := models.New(net(), other.Engine(), tensor.Float64)
			if err != nil {
				return err
			}
			defer m.Close()
			got, err := Run(t.Context(), m, stripes(60), Config{Batch: 20, Iters: 30, LR: 0.1, Seed: 4, Optimizer: models.Momentum{}, Validation: 0.2, Group: g}, Events{})
			if err != nil || g.Rank() > 0 {
				return err
			}
			h = got
			learned, err := m.Learned()
			for _, p := range learned {
				params = append(params, p.Init...)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return params, h
	}
	want, wanted := of(1)
	for _, size := range []int{2, 3, 5, 8} {
		params, h := of(size)
		for i, v := range params {
			if !(math.Abs(v-want[i]) <= 1e-10) {
				t.Fatalf("%d processes: parameter %d is %v, want %v", size, i, v, want[i])
			}
		}
		for i, l := range h.Losses {
			if !(math.Abs(l-wanted.Losses[i]) <= 1e-10) {
				t.Errorf("%d processes: loss %d is %v, want %v", size, i, l, wanted.Losses[i])
			}
		}
		if h.TrainAcc != wanted.TrainAcc || h.TestAcc != wanted.TestAcc || h.Best.ValAcc != wanted.Best.ValAcc {
			t.Errorf("%d processes: %v, %v, %v; want %v, %v, %v", size, h.TrainAcc, h.TestAcc, h.Best.ValAcc, wanted.TrainAcc, wanted.TestAcc, wanted.Best.ValAcc)
		}
	}
}

// TestOneStopsAll: processes that are asked to stop, each at another time, stop behind the same step; so do those that one of is in an evaluation.
func TestOneStopsAll(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 10 {
		k := resumed()[1]
		k.c.Iters = 1 << 30
		at := []int{r.IntN(20), r.IntN(20), 1 << 30}
		k.inGroup(t, 3, nil, func(rank int, _ *Config, ev *Events, cancel func()) {
			ev.Step = func(iter int) {
				if iter == at[rank] {
					cancel()
				}
			}
		})
	}
}

// TestOneFails: when a process ends, the others are told, and do not wait for ever.
func TestOneFails(t *testing.T) {
	k := resumed()[0]
	luck := errors.New("out of luck")
	err := disttest.Run(3, func(g dist.Group) error {
		m, end := k.model(t)
		defer end()
		c := k.c
		c.Group, c.CheckpointEvery = g, 3
		_, err := Run(t.Context(), m, stripes(60), c, Events{Checkpoint: func(*State) error {
			if g.Rank() == 1 {
				return luck
			}
			return nil
		}})
		var lost *dist.LostError
		if g.Rank() != 1 && !errors.As(err, &lost) {
			t.Errorf("process %d: %v, want that another is lost", g.Rank(), err)
		}
		return err
	})
	if !errors.Is(err, luck) {
		t.Errorf("%v, want the error of process 1", err)
	}
}

// TestGroupErrors: what does not go together is one line in each process, before the first step.
func TestGroupErrors(t *testing.T) {
	k := resumed()[0]
	for _, c := range []struct {
		size, batch, parts int
		want               string
	}{
		{3, 2, 0, "batch size 2: 3 processes need a sample each"},
		{1, 20, 3, "a batch in 3 parts: want a power of two, such as 8, or 0 for one part a process"},
		{1, 20, -1, "a batch in -1 parts"},
		{4, 20, 2, "4 processes for the 2 parts of a batch: want a power of two, 2 at most"},
		{3, 20, 4, "3 processes for the 4 parts of a batch"},
		{2, 7, 8, "batch size 7: its 8 parts need a sample each"},
	} {
		err := disttest.Run(c.size, func(g dist.Group) error {
			m, end := k.model(t)
			defer end()
			config := k.c
			config.Group, config.Batch, config.Parts = g, c.batch, c.parts
			_, err := Run(t.Context(), m, stripes(60), config, Events{})
			return err
		})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestSumsBegin: a sum is under way before the last gradient is computed, where the engine tells of them; and a step allocates nothing.
func TestSumsBegin(t *testing.T) {
	k := &cut{engine: "go", dt: tensor.Float32}
	other, end := k.model(t)
	defer end()
	net, err := models.MLP{Widths: []int{16, 3000, 4}, Seed: 1}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, other.Engine(), tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	set, err := stripes(60).Set()
	if err != nil {
		t.Fatal(err)
	}
	all, err := newTogether(m, set, Config{Batch: 20, Group: dist.Alone()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer all.close()
	s := all.sums.(*sumsOf[float32])
	if len(s.buckets) < 2 {
		t.Fatalf("want several buckets:\n%s", s.explain())
	}
	if err := s.add(0, 0); err != nil {
		t.Fatal(err)
	}
	if s.next != len(s.buckets) {
		t.Errorf("%d of %d sums were begun by the gradient", s.next, len(s.buckets))
	}
	if err := all.step.SetLR(0.1); err != nil {
		t.Fatal(err)
	}
	idx, losses := make([]int, 20), make([]float64, 1)
	step := func() {
		if _, err := all.run(idx, losses); err != nil {
			t.Error(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(20, step); n > 0 {
		t.Errorf("%v allocations a step", n)
	}
}

// TestTogetherRegression: R² is put together from what each process has counted, with the same bits where the parts are the same.
func TestTogetherRegression(t *testing.T) {
	of := func(size, parts int) (scores [2]float64) {
		if err := disttest.Run(size, func(g dist.Group) error {
			h, err := Run(t.Context(), regressor(t, tensor.Float64, 3, 2), planes(t), Config{Batch: 20, Iters: 8, LR: 0.05, Group: g, Parts: parts}, Events{})
			if err == nil && g.Rank() == 0 {
				scores = [2]float64{h.TrainAcc, h.TestAcc}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return scores
	}
	want := of(1, 0)
	for _, size := range []int{2, 3} {
		for i, v := range of(size, 0) {
			if !(math.Abs(v-want[i]) <= 1e-9) {
				t.Errorf("%d processes: R² is %v, want %v", size, v, want[i])
			}
		}
	}
	want = of(1, 4)
	for _, size := range []int{2, 4} {
		if got := of(size, 4); got != want {
			t.Errorf("%d processes: R² is %v, want %v to the last bit", size, got, want)
		}
	}
}
