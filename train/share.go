package train

import (
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/models"
)

// share is Score, of which each process does its parts. What the parts count is put together in their order, by all: the same bits for any
// number of processes where that of the parts is fixed. A process that is asked to stop has all stop.
func (e *Evaluator) share(s data.Source) (float64, error) {
	parts, mine := Config{Group: e.group, Parts: e.parts}.partsOf()
	width := len(tallyOf(e.d).numbers())
	all := make([]float64, parts*width+1) // behind the counts, how many processes were asked to stop
	for _, i := range mine {
		sum := tallyOf(e.d)
		from, to := models.Cut(s.Len(), parts, i)
		err := e.tally(s, from, to, sum)
		if err == errInterrupted {
			all[parts*width] = 1
			break
		}
		if err != nil {
			return 0, err
		}
		copy(all[i*width:], sum.numbers())
	}
	op, err := e.group.Sum(all) // each number is one process's, and 0 in the others: no rounding
	if err == nil {
		err = dist.Do(op)
	}
	if err != nil {
		return 0, err
	}
	if all[parts*width] > 0 {
		return 0, errInterrupted
	}
	sum := tallyOf(e.d)
	for i := range parts {
		sum.merge(all[i*width : (i+1)*width])
	}
	return sum.score(), nil
}
