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
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errFailed ends a run that was right but whose result is not: its text has been printed.
var errFailed = errors.New("failed")

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	interrupted := false
	if err == nil {
		interrupted, err = o.train(ctx, stdout, stderr)
	}
	return exitCode(err, interrupted, stderr)
}

// exitCode says how a run ended, and tells an error.
func exitCode(err error, interrupted bool, stderr io.Writer) int {
	var diverged *train.DivergedError
	switch {
	case err == nil && interrupted:
		return exitInterrupted
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	}
	for line := range strings.SplitSeq(err.Error(), "\n") { // several errors have one each
		fmt.Fprintf(stderr, "train: %s\n", line)
	}
	if errors.As(err, &diverged) {
		return exitFailed
	}
	return exitUsage
}

// train does what the flags ask for.
func (o *options) train(ctx context.Context, stdout, stderr io.Writer) (interrupted bool, err error) {
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
	h, err := train.Run(ctx, m, d, o.config(), rep.events())
	rep.clear()
	if err != nil {
		return false, err
	}
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
