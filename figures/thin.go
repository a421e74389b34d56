package figures

import "gonum.org/v1/plot/plotter"

// thin gives the points (xs[0], ys[0]), (xs[1], ys[1]), ..., but of a long series only those that a picture of so many columns shows: of
// each column the first, the lowest, the highest and the last, in their order (M4; Jugel, Jerzak, Hackenbroich and Markl,
// "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014). Drawing takes then the same time for any length.
func thin(ys []float64, xs []int, columns int) plotter.XYs {
	if len(ys) <= 4*columns {
		columns = len(ys) // a point each
	}
	xys := make(plotter.XYs, 0, min(len(ys), 4*columns))
	for c := range columns {
		from, to := c*len(ys)/columns, (c+1)*len(ys)/columns
		low, high := from, from
		for i := from; i < to; i++ {
			if ys[i] < ys[low] {
				low = i
			}
			if ys[i] > ys[high] {
				high = i
			}
		}
		last := -1
		for _, i := range [...]int{from, min(low, high), max(low, high), to - 1} {
			if i > last {
				xys = append(xys, plotter.XY{X: place(xs, i), Y: ys[i]})
				last = i
			}
		}
	}
	return xys
}
