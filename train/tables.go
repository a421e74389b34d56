package train

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"
)

// tables are a split in the memory of an engine that repeats programs by itself.
type tables struct {
	looper         backend.Looper
	images, labels backend.Table
}

func newTables(l backend.Looper, s *data.Split) (*tables, error) {
	images, err := l.NewTable(s.Images, s.Pixels())
	if err != nil {
		return nil, err
	}
	labels, err := l.NewTable(s.Labels, 1)
	if err != nil {
		images.Close()
		return nil, err
	}
	return &tables{l, images, labels}, nil
}

// newLoop repeats a program on batches of the split: their pixels, from 0 to 1, go to x and their labels, one-hot, to t.
func (t *tables) newLoop(p *graph.Executable, x, labels *graph.Var, batch, most int) (backend.Loop, error) {
	return t.looper.NewLoop(p.Exec(), batch, most,
		backend.Feed{Into: x.Buffer, Table: t.images, Encoding: backend.Scaled},
		backend.Feed{Into: labels.Buffer, Table: t.labels, Encoding: backend.OneHot})
}

func (t *tables) close() {
	t.images.Close()
	t.labels.Close()
}

// counter counts hits, batch by batch.
type counter struct {
	program *models.Executable // held for the loop
	loop    backend.Loop
	batch   int
	idx     []int
	hits    []float64
}

// count is how many of the images from, from+1, ... to-1, a whole number of batches, are right.
func (c *counter) count(from, to int) (int, error) {
	idx, hits := c.idx[:to-from], c.hits[:(to-from)/c.batch]
	for i := range idx {
		idx[i] = from + i
	}
	if err := c.loop.Run(idx, hits); err != nil {
		return 0, err
	}
	right := 0
	for _, n := range hits {
		right += int(n)
	}
	return right, nil
}

func (c *counter) close() {
	c.loop.Close()
	c.program.Close()
}
