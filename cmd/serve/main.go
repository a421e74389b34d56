// Command serve answers for models over HTTP, in the Open Inference Protocol (version 2), which the clients of other model servers speak.
//
//	go run ./cmd/serve -model run/model.safetensors
//	go run ./cmd/serve -addr :8443 -cert cert.pem -key key.pem -model digits=run/model.safetensors -reload
//
// INT and TERM stop it: it takes no further request, and ends when those that run are answered. HUP reads the files of the models
// again, -reload each time that one changes; no request is lost, and a file that cannot be read changes nothing.
//
// Exit code 2: a flag, a file, an engine or the address is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	_ "github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/serve"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	again := make(chan os.Signal, 1)
	if len(hangups) > 0 { // of none, Notify makes all
		signal.Notify(again, hangups...)
	}
	os.Exit(run(ctx, again, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: it serves until the context ends, and reads the files again at each signal.
func run(ctx context.Context, again <-chan os.Signal, args []string, stdout, stderr io.Writer) int {
	return command.Run(commandName, stdout, stderr, func(out io.Writer) error {
		o, err := parse(args, stderr)
		if err != nil {
			return err
		}
		return o.serve(ctx, again, out, stderr)
	})
}

// serve answers until the context ends.
func (o *options) serve(ctx context.Context, again <-chan os.Signal, stdout, stderr io.Writer) error {
	engine, err := backend.Open(o.backend)
	if err != nil {
		return fmt.Errorf("-backend %s: %w", o.backend, err)
	}
	defer engine.Close()
	server, err := serve.New(o.limits)
	if err != nil {
		return err
	}
	for i := range o.files {
		f := &o.files[i]
		p, err := f.predictor(engine, o.batching)
		if err != nil {
			return fmt.Errorf("-model: %w", err)
		}
		defer p.Close()
		if err := server.Add(f.name, p); err != nil {
			return fmt.Errorf("-model: %w", err)
		}
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("-addr %s: %w", o.addr, err)
	}
	h := &http.Server{Handler: server, ReadTimeout: o.limits.Time, WriteTimeout: 2 * o.limits.Time, IdleTimeout: idle, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(stderr, commandName+": ", 0)}
	ended := make(chan error, 1)
	scheme := "http"
	if o.cert != "" {
		scheme = "https"
		if h.TLSConfig, err = o.tls(); err != nil {
			listener.Close()
			return err
		}
		go func() { ended <- h.ServeTLS(listener, "", "") }()
	} else {
		go func() { ended <- h.Serve(listener) }()
	}
	for _, f := range o.files {
		fmt.Fprintf(stdout, "%s://%s/v2/models/%s/infer answers for %s\n", scheme, listener.Addr(), f.name, command.Printable(f.path))
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go o.watch(watching, again, server, stderr)
	select {
	case err := <-ended:
		return fmt.Errorf("-addr %s: %w", o.addr, err)
	case <-ctx.Done():
	}
	server.Drain()
	leave, cancel := context.WithTimeout(context.Background(), o.stop)
	defer cancel()
	if err := h.Shutdown(leave); errors.Is(err, context.DeadlineExceeded) {
		h.Close()
		return fmt.Errorf("-stop %v: some requests were not answered within it", o.stop)
	} else if err != nil {
		return err
	}
	return nil
}

// predictor reads a model.
func (f *file) predictor(engine backend.Engine, b models.Batching) (*models.Predictor, error) {
	f.known = stateOf(f.path)
	m, err := models.Load(f.path, engine)
	if err != nil {
		return nil, err
	}
	p, err := models.NewPredictor(m, b)
	if err != nil {
		m.Close()
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return p, nil
}
