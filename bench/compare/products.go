package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/blas/openblas"
	"github.com/stheno/stheno/ir"
)

// contender is a way to make a product, or the peak that all are held to, and what must be set before it runs.
type contender struct {
	name string
	rate func() (gflops float64)
	set  func()
}

// products compares matrix products: OpenBLAS and our kernels, on one thread and on all cores, in turn.
func (c *comparer) products() error {
	lib, err := openblas.Open()
	if err != nil {
		c.leaveOut("the table of matrix products: %v", err)
		return nil
	}
	e, err := backend.Open("go")
	if err != nil {
		return err
	}
	defer e.Close()
	rounds := min(c.pace().rounds, 9) // 9 give the interval from the second to the eighth
	for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
		for _, p := range bench.Products {
			x, err := p.Program(e, dt)
			if err != nil {
				return err
			}
			call := p.Call(lib, dt)
			blas := func() float64 { return gflops(p.Flops(), call) }
			one := p.Call(native.Implementation{}, dt)
			contenders := []contender{
				{report.BLASOne, blas, func() { lib.SetThreads(1) }},
				{report.NativeOne, func() float64 { return gflops(p.Flops(), one) }, nil},
				{report.BLASAll, blas, func() { lib.SetThreads(all()) }},
				{report.NativeAll, func() float64 {
					return gflops(p.Flops(), func() {
						if err := x.Run(); err != nil {
							panic(err) // our own bug: a product on the host cannot fail
						}
					})
				}, nil},
			}
			if loop, flops, err := peak.Loop(8 * dt.Bytes()); err == nil {
				contenders = append(contenders, contender{report.PeakOne, func() float64 { return gflops(flops, loop) }, nil})
			}
			row, err := c.product(p, dt, rounds, contenders)
			lib.SetThreads(1)
			x.Close()
			if err != nil {
				return err
			}
			c.Products = append(c.Products, row)
		}
	}
	(&report.Report{Machine: c.Machine, Products: c.Products}).Tables(c.tell)
	return nil
}

func (c *comparer) product(p bench.Product, dt ir.DType, rounds int, contenders []contender) (report.Product, error) {
	shape := strings.NewReplacer("/trans=", ", transposed: ").Replace(p.String())
	row := report.Product{Shape: shape, DType: dt.String(), Rates: map[string]report.Rates{}}
	if p.M == p.N && p.N == p.K {
		row.Size = p.M
	}
	order := rand.New(rand.NewPCG(1, 1))
	for round := range rounds + 1 {
		for _, i := range order.Perm(len(contenders)) {
			who := contenders[i]
			if who.set != nil {
				who.set()
			}
			rate := who.rate()
			if who.name == report.BLASAll {
				time.Sleep(c.pace().pause)
			}
			if round > 0 { // the first warms up
				row.Rates[who.name] = append(row.Rates[who.name], rate)
			}
		}
	}
	if len(row.Rates) != len(contenders) {
		return row, fmt.Errorf("%v: two contenders of one name", p)
	}
	return row, nil
}

// gflops runs f for some milliseconds, in portions that are long beside the start of a thread, and gives the rate of the
// fastest portion: the machine may be shared.
func gflops(flops float64, f func()) (best float64) {
	f() // the operands come near
	many := max(1, int(6e8/flops))
	for range 3 {
		began := time.Now()
		for range many {
			f()
		}
		best = max(best, flops*float64(many)/time.Since(began).Seconds()/1e9)
	}
	return best
}
