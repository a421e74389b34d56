// Command predict says what a trained net makes of pictures, and of rows of numbers.
//
//	go run ./cmd/predict -load model.safetensors digit.png
//	go run ./cmd/predict -load model.onnx -top 1 -json *.png
//	go run ./cmd/predict -load model.safetensors -explain <digit.png
//
// Exit code 2: a flag, a file or an engine is wrong.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/internal/command"
)

const commandName = "predict"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main without the process.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return command.Run(commandName, stdout, stderr, func(out io.Writer) error {
		o, err := parse(args, stderr)
		if err != nil {
			return err
		}
		return o.predict(stdin, out)
	})
}

// most is how many samples are predicted at once.
const most = 100

// predict reads all inputs, then says what the net makes of them.
func (o *options) predict(stdin io.Reader, out io.Writer) error {
	engine, err := backend.Open(o.backend)
	if err != nil {
		return fmt.Errorf("-backend %s: %w", o.backend, err)
	}
	defer engine.Close()
	n, err := openNet(o.load, engine)
	if err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	defer n.Close()
	p := &printer{net: n, top: o.top, json: o.json, w: out}
	var seen []sample
	for _, file := range o.files {
		samples, err := n.read(file, stdin, o.as)
		if err != nil {
			return err
		}
		if o.explain && !o.json {
			for _, s := range samples {
				n.explain(out, s)
			}
		}
		for from := 0; from < len(samples); from += most {
			some := samples[from:min(from+most, len(samples))]
			y, err := n.predict(some)
			if err != nil {
				return err
			}
			for i, s := range some {
				if err := p.print(s.name, y[i]); err != nil {
					return err
				}
			}
		}
		seen = append(seen, samples[:min(len(samples), mostDrawn-len(seen))]...)
	}
	if o.explainOut == "" {
		return nil
	}
	return n.draw(o.explainOut, seen)
}
