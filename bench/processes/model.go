package main

import (
	"math/bits"
	"sort"
)

// network is what messages between processes cost (the α-β model of Hockney, 1994).
type network struct {
	name  string
	alpha float64 // µs a message
	beta  float64 // ns a byte
}

// networks are those that are predicted. Their latencies are assumed: what a message takes from one program to another.
var networks = []network{
	{"10 Gbit/s, 20 µs", 20, 8. / 10},
	{"100 Gbit/s, 3 µs", 3, 8. / 100},
}

// short is how many numbers go whole from process to process, as in dist.NewTree; longer ones are exchanged in halves.
const short = 2048

// bytesOf is what numbers of float32 take.
func bytesOf(numbers int) float64 { return 4 * float64(numbers) }

// levels is how often processes are halved.
func levels(processes int) int { return bits.Len(uint(processes)) - 1 }

// sum is how long the network takes for a sum of so many numbers over 2, 4, 8, ... processes, in ms.
func (n network) sum(numbers, processes int) float64 {
	l := float64(levels(processes))
	if numbers < short {
		return l * (n.alpha + bytesOf(numbers)*n.beta/1e3) / 1e3
	}
	return (2*l*n.alpha + moved(numbers, processes)*n.beta/1e3) / 1e3
}

// moved is how many bytes of a long sum each process sends.
func moved(numbers, processes int) float64 {
	return 2 * bytesOf(numbers) * (1 - 1/float64(processes))
}

// profile is what is known of a net's step: measured, but for the order of the gradients.
type profile struct {
	net   *net
	parts []computed // from the whole batch down to one sample
	host  float64    // ns a byte that a core spends on a sum: copies and additions
}

// of is what a process computes with so many samples: between two measured sizes on the line between them.
func (p *profile) of(samples float64) computed {
	at := sort.Search(len(p.parts)-2, func(i int) bool { return float64(p.parts[i+1].Samples) <= samples })
	a, b := p.parts[at], p.parts[at+1]
	t := (samples - float64(b.Samples)) / float64(a.Samples-b.Samples)
	mix := func(x, y float64) float64 { return y + t*(x-y) }
	return computed{int(samples), mix(a.Gradient, b.Gradient), mix(a.Update, b.Update), mix(a.Loss, b.Loss), mix(a.Whole, b.Whole)}
}

// bucket is a sum that begins when this share of the gradient's time has gone by.
type bucket struct {
	numbers int
	share   float64
}

// small is the length below which gradients are summed up together, as in package train.
const small = 1 << 14

// buckets are the sums of a net's step, in the order in which they begin. The time of a gradient is shared out by arithmetic: forward, then from the
// last layer to the first the gradient by the weights, and that by the layer's inputs.
func (n *net) buckets() (list []bucket) {
	flops := make([]float64, len(n.layers))
	all, at := 0., 0.
	for i, l := range n.layers {
		flops[i] = float64(l.Places * l.Inputs * l.Outputs)
		all += 3 * flops[i]
		at += flops[i]
	}
	all -= flops[0] // nobody asks for the gradient by the samples
	few := 0
	for i := len(n.layers) - 1; i >= 0; i-- {
		l := n.layers[i]
		at += flops[i]
		few += l.Outputs // the biases
		if weights := l.Inputs * l.Outputs; weights < small {
			few += weights
		} else {
			list = append(list, bucket{weights, at / all})
		}
		at += flops[i]
	}
	return append(list, bucket{few, 1})
}

// step is the time of a step over a network, in ms, of processes that each have so many samples, and share a core with `crowd` - 1 others.
// What a core does for a sum holds up what it computes; what the network does, does not.
func (p *profile) step(samples float64, processes int, on network, crowd float64) float64 {
	c := p.of(samples)
	var core, wire, before float64
	for _, b := range p.net.buckets() {
		core += crowd * (b.share - before) * c.Gradient
		wire = max(wire, core) + on.sum(b.numbers, processes)
		core += crowd * moved(b.numbers, processes) * p.host / 1e6
		before = b.share
	}
	return max(core, wire) + crowd*(c.Update+c.Loss) + on.sum(2, processes) // the loss, and whether to stop
}

// alone is the time of a step of one process.
func (p *profile) alone() float64 { return p.parts[0].Whole }

// strong is how many times as fast as one process so many are that share the batch; 0 where there is not a sample for each.
func (p *profile) strong(processes int, on network) (ms, times float64) {
	if processes > p.net.batch {
		return 0, 0
	}
	ms = p.step(float64(p.net.batch)/float64(processes), processes, on, 1)
	return ms, p.alone() / ms
}

// weak is the same where each has a batch of its own.
func (p *profile) weak(processes int, on network) (ms, times float64) {
	ms = p.step(float64(p.net.batch), processes, on, 1)
	return ms, float64(processes) * p.alone() / ms
}

// pays is the largest number of processes of which each is worth at least half of one alone, when they share the batch.
func (p *profile) pays(on network) (processes int) {
	processes = 1
	for n := 2; n <= p.net.batch; n *= 2 {
		if _, times := p.strong(n, on); times >= float64(n)/2 {
			processes = n
		}
	}
	return processes
}

// patient is the number of bytes of a sum from which latency is less than a tenth of its time.
func (n network) patient(processes int) float64 {
	return 9 * 2 * float64(levels(processes)) * n.alpha * 1e3 / (2 * (1 - 1/float64(processes)) * n.beta)
}

// fit is the network that the times of sums over two processes are those of: its α is that of the shortest, its β that of the longest.
func fit(name string, list []summed) network {
	last := list[len(list)-1]
	alpha := list[0].Tree
	return network{name, alpha, max(last.Tree-2*alpha, 0) * 1e3 / moved(last.Numbers, 2)}
}
