package native

import "unsafe"

// gatherBytes is how far apart pixels lie whose channels are copied side by side before they are multiplied: each is else a line of the cache
// of its own, fetched anew for each tile.
const gatherBytes = 2048

// gathers tells whether copies pay: where several panels are multiplied with each, and the results of so many images, which pass by for each
// copy, stay in the second-level cache.
func (c *ConvWeights[T]) gathers(n int, to columns) bool {
	const most = 1 << 19 // bytes
	steps := n * c.g.To[0] * c.g.To[1] / c.of
	pays := to.count >= 2*c.kern.nr && steps*to.count*int(unsafe.Sizeof(T(0))) <= most
	return c.gather && to.count >= c.kern.nr && (pays || c.always)
}

// gathered adds the first rows of a stripe from copies, and tells how many. What is left has fewer than a panel. The first tile of each
// panel makes the copy beside its sums, and the next ones ask for what the first tile behind them copies.
func (c *ConvWeights[T]) gathered(p *stripe, runs []int, x operand[T], results []T, to columns, onto bool, gradient []T, soon *coming[T]) (done int) {
	k, ld, w := c.kern, c.g.NewChannels, soon.work
	there, steps := withoutGaps(grow(&w.runs, len(runs))[:0], runs)
	panel := operand[T]{grow(&w.a, steps*k.nr), 1, k.nr}
	rows := k.nr / k.mr * k.mr // whole tiles
	first, others := columns{to.first, k.nr}, columns{to.first + k.nr, to.count - k.nr}
	for ; done+k.nr <= p.rows; done += rows {
		here := *p
		here.first += done
		w.sum.set(k.nr, runs, x.rs, x.cs, results[to.first:], ld, ld, onto)
		w.sum.copied(panel.data, x.data[done:], gradient[here.first*ld+to.first:])
		if next := done + rows; next+k.nr <= p.rows {
			w.sum.ask.column(x.data[runs[0]+next:], rows, x.cs)
		} else {
			w.sum.ask.column(soon.then, rows, x.cs)
		}
		c.tiles(&here, k.mr, rows, there, panel, results, first, onto, gradient, &w.sum)
		c.tiles(&here, 0, rows, there, panel, results, others, onto, gradient, &w.sum)
	}
	return done
}

// withoutGaps are the runs of a sum whose left side lies without gaps, and how many steps they have.
func withoutGaps(list, runs []int) (there []int, steps int) {
	for i := 0; i < len(runs); i += 3 {
		if n := len(list); n > 0 && runs[i+1] == 0 {
			list[n-1] += runs[i+2]
		} else {
			list = append(list, 0, runs[i+1], runs[i+2])
		}
		steps += runs[i+2]
	}
	return list, steps
}
