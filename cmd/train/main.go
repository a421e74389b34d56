// Command train trains the networks of "Deep Learning from Scratch", fully connected or convolutional, on MNIST or on data of your own:
// tables, NumPy's arrays, pictures, IDX files.
//
//	go run ./cmd/train
//	go run ./cmd/train -model simpleconv -save simpleconv.safetensors
//	go run ./cmd/train -data data/testdata/iris.csv -standardise
//	go run ./cmd/train -backend=blas -hidden 256,128 -activation relu -out run
//	go run ./cmd/train -resume run
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
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/mpi"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = command.ExitUsage
	exitInterrupted = 130
)

func main() {
	os.Exit(run(onSignals(), os.Args[1:], os.Stdout, os.Stderr))
}

var (
	// errFailed ends a run that was right but whose result is not: the report has been printed.
	errFailed = errors.New("the gradient check failed")
	// errLeft ends a training that was not waited for.
	errLeft = errors.New("another one writes the outputs")
)

const (
	patience = 200 * time.Millisecond // with a step or an evaluation that is interrupted
	lastWait = 2 * time.Second        // for what is being written, at a second signal
)

// run is main without the process: it returns the exit code. What is interrupted is not waited for long, whatever is being read,
// compiled or computed: the process is to end.
func run(sig signals, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if err != nil {
		if _, rank, _, launched := mpi.Launched(); launched && rank > 0 { // all have the same flags: one tells
			stderr = io.Discard
		}
		return exitCode(err, false, stderr)
	}
	told := stderr
	if o.follows() {
		stdout, stderr = io.Discard, io.Discard
	}
	type result struct {
		interrupted bool
		err         error
	}
	out := command.NewPrinter(sig.first, stdout)
	rep := newReporter(o, out, stderr)
	end := func(r result) int { return o.end(out.Failed(r.err), r.interrupted, sig.first.Done(), told) }
	done, begun := make(chan result, 1), make(chan struct{})
	go func() {
		interrupted, err := o.trainTogether(sig.first, sync.OnceFunc(func() { close(begun) }), rep, told)
		if err != errLeft {
			done <- result{interrupted, err}
		}
	}()
	select {
	case r := <-done:
		return end(r)
	case <-sig.first.Done():
	}
	select {
	case <-begun:
	default:
		fmt.Fprintln(stderr, "train: interrupted before the first step: nothing is written")
		return exitInterrupted
	}
	soon, cancel := context.WithTimeout(sig.again, patience)
	defer cancel()
	for _, stop := range []context.Context{soon, sig.again} {
		select {
		case r := <-done:
			return end(r)
		case <-stop.Done():
		}
		if s := o.keeper.takeLast(sig.again.Err() != nil); s != nil {
			go func() { done <- result{true, o.finish(s, rep)} }()
		}
	}
	select {
	case r := <-done:
		return end(r)
	case <-time.After(lastWait):
		fmt.Fprintln(stderr, "train: interrupted again: what was not written yet is lost")
		return exitInterrupted
	}
}

// end says how a run ended, for all processes.
func (o *options) end(err error, interrupted bool, stop <-chan struct{}, stderr io.Writer) (code int) {
	if err != nil && !o.together.shared && o.follows() { // it has not joined
		code = exitCode(err, interrupted, io.Discard)
		if !mpi.FirstHere() { // what is wrong here is so in the first one too, which tells it
			return code
		}
		select {
		case <-stop:
		case <-time.After(time.Second):
			_, rank, _, _ := mpi.Launched()
			command.Tell(stderr, commandName, fmt.Errorf("process %d: %w", rank, err))
		}
		return code
	}
	if err == nil || !o.together.shared || err == errFailed {
		code = exitCode(err, interrupted, stderr)
		if code == exitFailed && o.together.shared {
			o.together.Abort(code)
		}
		return code
	}
	code = exitCode(err, interrupted, io.Discard)
	o.together.failed(err, code, stop, func(err error) { command.Tell(stderr, commandName, err) })
	return code
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
	command.Tell(stderr, commandName, err)
	var lost *dist.LostError
	if errors.As(err, &diverged) || errors.Is(err, errFailed) || errors.As(err, &lost) {
		return exitFailed
	}
	return exitUsage
}

// trainTogether is train with the processes that were started with this one, if any were. It leaves them when all are done.
func (o *options) trainTogether(ctx context.Context, begun func(), rep *reporter, told io.Writer) (interrupted bool, err error) {
	if err := o.join(); err != nil {
		return false, err
	}
	o.together.watch(func(err error) { command.Tell(told, commandName, err) })
	if interrupted, err = o.train(ctx, begun, rep); err == nil {
		err = o.together.Close()
	}
	return interrupted, err
}

// train does what the flags ask for. It calls begun when there is something to keep.
func (o *options) train(ctx context.Context, begun func(), rep *reporter) (interrupted bool, err error) {
	began := time.Now()
	if !o.explain { // which writes nothing
		defer func() {
			if o.keeper.take() { // nobody writes there any more
				o.folder.Close()
			}
		}()
		if err := o.prepareOutputs(rep.stderr); err != nil {
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
	defer d.Close()
	layers, m, err := o.newModel(engine, d)
	if err != nil {
		return false, err
	}
	defer m.Close()
	if o.explain {
		return false, o.explainStep(rep.stdout, m, d)
	}
	if err := o.loadInto(m, layers); err != nil {
		return false, err
	}
	if err := o.checkRoom(m); err != nil {
		return false, err
	}
	if err := o.agree(m, d); err != nil {
		return false, err
	}
	if err := o.takeFolder(rep.stderr); err != nil {
		return false, err
	}
	o.together.tell(rep.stderr)
	rep.start(engine, m, d, time.Since(began))
	if o.gradcheck {
		if err := o.checkGradient(rep, engine, m, layers, d); err != nil {
			return false, err
		}
	}
	o.keeper.begin()
	h, err := train.Run(ctx, m, d, o.config(), o.events(begun, rep))
	rep.clear()
	if err != nil {
		return false, err
	}
	s := o.stateOf(m, h)
	if o.together.Rank() > 0 { // the first one has it all
		o.keeper.take()
		begun()
		return h.Interrupted, nil
	}
	if err := o.look(m, d, s); err != nil {
		return false, err
	}
	if !o.keeper.take() {
		return true, errLeft
	}
	begun() // also where nothing was trained: what is written is written whole
	return h.Interrupted, o.finish(s, rep)
}

// explainStep prints the programs of a step.
func (o *options) explainStep(stdout io.Writer, m *models.Model, d *data.Set) error {
	if o.apart() {
		text, err := train.Explain(m, d, o.config())
		if err == nil {
			_, err = io.WriteString(stdout, text)
		}
		return err
	}
	step, err := m.Step(o.batch, o.config().Optimizer)
	if err != nil {
		return err
	}
	defer step.Close()
	_, err = io.WriteString(stdout, step.Program().Explain())
	return err
}

// newModel is the model that the flags and the file describe, with its list of layers.
func (o *options) newModel(engine backend.Engine, d *data.Set) (layers models.Sequential, m *models.Model, err error) {
	if layers, err = o.sequential(d); err != nil {
		return layers, nil, err
	}
	net, err := layers.Net()
	if err != nil {
		return layers, nil, fmt.Errorf("-model %s: %w", o.model, err)
	}
	if err := o.describe(&net, d); err != nil {
		return layers, nil, fmt.Errorf("-%s: %w", o.fileFlag(), err)
	}
	m, err = models.New(net, engine, o.dtype)
	return layers, m, err
}

// finish writes what a training leaves behind, and gives the folder back. It is for who has taken the keeper.
func (o *options) finish(s *state, rep *reporter) error {
	defer o.folder.Close()
	err := o.writeOutputs(s)
	rep.done(&s.history)
	return err
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
