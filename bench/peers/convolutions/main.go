// Command convolutions is one of Stheno's own engines as a peer that makes single convolutions.
//
//	convolutions ENGINE
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/work"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "convolutions: %v\n", err)
		os.Exit(2)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("want one engine: name one of %s", strings.Join(backend.Names(), ", "))
	}
	e, err := backend.Open(args[0])
	if err != nil {
		return err
	}
	defer e.Close()
	answers := json.NewEncoder(out)
	if err := answers.Encode(work.Hello{Version: runtime.Version(), Library: e.Device()}); err != nil {
		return err
	}
	p := &peer{e: e}
	defer p.end()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		r, err := p.answer(lines.Text())
		if err != nil {
			r = work.Reply{Error: err.Error()}
		}
		if err := answers.Encode(r); err != nil {
			return err
		}
	}
	return lines.Err()
}

// peer holds the pass that was asked for last.
type peer struct {
	e    backend.Engine
	unit string
	last *bench.Convolved
}

func (p *peer) end() {
	if p.last != nil {
		p.last.Close()
		p.last, p.unit = nil, ""
	}
}

// answer makes n passes. If there is one to make it also sums up the result.
func (p *peer) answer(request string) (r work.Reply, err error) {
	var unit string
	var n int
	if _, err := fmt.Sscan(request, &unit, &n); err != nil || n < 1 {
		return r, fmt.Errorf("request %q: want UNIT N", request)
	}
	if unit != p.unit {
		shape, pass, err := work.ParseUnit(unit)
		if err != nil {
			return r, err
		}
		p.end()
		if p.last, err = bench.NewConvolved(p.e, shape, pass); err != nil {
			return r, err
		}
		p.unit = unit
	}
	spent, err := p.last.Run(n)
	if err != nil {
		return r, err
	}
	r.MS = spent.Seconds() * 1e3 / float64(n)
	if n == 1 {
		r.Sum, r.Size, err = p.last.Sum()
	}
	return r, err
}
