// Command train trains a network of fully connected layers on MNIST, as chapter 4 of "Deep Learning from Scratch"
// does, or on any data set in MNIST's form.
//
//	go run ./cmd/train
//	go run ./cmd/train -backend=blas -hidden 256,128 -activation relu -out run
//
// Exit codes: 0 done, 1 the loss diverged or the gradient check failed, 2 a flag, a file or an engine is wrong,
// 130 interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx := onSignals(func() {
		fmt.Fprintln(os.Stderr, "train: interrupted again: what was not written yet is lost")
		os.Exit(exitInterrupted)
	})
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// errFailed ends a run that was right but whose result is not: the report has been printed.
var errFailed = errors.New("the gradient check failed")

// run is main without the process: it returns the exit code. When the context ends before there is anything to keep, it returns at
// once, whatever is being read or compiled: the process is to end.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if err != nil {
		return exitCode(err, false, stderr)
	}
	code, begun := make(chan int, 1), make(chan struct{})
	go func() {
		out := &printer{w: stdout}
		interrupted, err := o.train(ctx, sync.OnceFunc(func() { close(begun) }), out, stderr)
		code <- exitCode(out.failed(err), interrupted, stderr)
	}()
	select {
	case c := <-code:
		return c
	case <-begun:
	case <-ctx.Done():
	}
	select {
	case <-begun: // maybe both have come
		return <-code
	default:
		fmt.Fprintln(stderr, "train: interrupted before the first step: nothing is written")
		return exitInterrupted
	}
}

// exitCode says how a run ended, and tells an error.
func exitCode(err error, interrupted bool, stderr io.Writer) int {
	var diverged *train.DivergedError
	switch {
	case err == nil && interrupted:
		return exitInterrupted
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case err == errFailed: // and nothing else
		return exitFailed
	}
	command.Tell(stderr, "train", err)
	if errors.As(err, &diverged) || errors.Is(err, errFailed) {
		return exitFailed
	}
	return exitUsage
}

// train does what the flags ask for. It calls begun when there is something to keep.
func (o *options) train(ctx context.Context, begun func(), stdout, stderr io.Writer) (interrupted bool, err error) {
	began := time.Now()
	if !o.explain { // which writes nothing
		if err := o.prepareOutputs(); err != nil {
			return false, err
		}
	}
	if err := o.readFile(); err != nil {
		return false, err
	}
	engine, err := backend.Open(o.backend)
	if err != nil {
		return false, fmt.Errorf("-backend %s: %w", o.backend, err)
	}
	defer engine.Close()
	if err := o.precision(engine); err != nil {
		return false, err
	}
	d, err := o.dataset()
	if err != nil {
		return false, err
	}
	mlp := o.mlp(d)
	net, err := mlp.Net()
	if err != nil {
		return false, err
	}
	m, err := models.New(net, engine, o.dtype)
	if err != nil {
		return false, err
	}
	defer m.Close()
	if o.explain {
		step, err := m.Step(o.batch, models.SGD{})
		if err != nil {
			return false, err
		}
		defer step.Close()
		_, err = io.WriteString(stdout, step.Program().Explain())
		return false, err
	}
	if o.file != nil {
		if err := o.file.Into(m); err != nil {
			return false, fmt.Errorf("-load: %w", err)
		}
	}
	rep := newReporter(o, stdout, stderr)
	rep.start(engine, m, d, time.Since(began))
	if o.gradcheck {
		if err := o.checkGradient(rep, engine, m, mlp, d); err != nil {
			return false, err
		}
	}
	h, err := train.Run(ctx, m, d, o.config(), rep.events(begun))
	rep.clear()
	if err != nil {
		return false, err
	}
	begun() // also where nothing was trained: what is written is written whole
	err = o.writeOutputs(m, h)
	rep.done(h)
	return h.Interrupted, err
}

// precision does what -tf32 asks for.
func (o *options) precision(engine backend.Engine) error {
	if !o.tf32 {
		return nil
	}
	e, ok := engine.(backend.TF32)
	if !ok {
		return fmt.Errorf("-tf32: engine %s has no TF32: it is for -backend=cuda", engine.Name())
	}
	if err := e.SetTF32(true); err != nil {
		return fmt.Errorf("-tf32: %w", err)
	}
	return nil
}

// dataset is the embedded MNIST or a folder.
func (o *options) dataset() (*data.Dataset, error) {
	if o.data == "embedded" {
		return data.MNIST()
	}
	d, err := data.Load(o.data)
	if err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	return d, o.checkBatch(d)
}
