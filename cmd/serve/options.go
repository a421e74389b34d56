package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/serve"
)

const (
	commandName = "serve"
	idle        = 2 * time.Minute // after which a connection that asks nothing is closed
	maxHeader   = 64 << 10        // bytes of a request's headers
)

// options are the command's flags, checked.
type options struct {
	addr, backend string
	files         files
	batching      models.Batching
	limits        serve.Limits
	cert, key     string
	reload        bool
	stop          time.Duration
}

// file is one of -model.
type file struct {
	name, path string
	known      state // when it was read last
}

// files are those of all -model.
type files []file

func (f *files) String() string {
	var paths []string
	for _, one := range *f {
		paths = append(paths, one.path)
	}
	return strings.Join(paths, " ")
}

// Set adds NAME=FILE, or FILE, whose name is then that of the model.
func (f *files) Set(text string) error {
	name, path, named := strings.Cut(text, "=")
	if !named {
		path = text
		base := filepath.Base(text)
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	if path == "" {
		return errors.New("it names no file")
	}
	*f = append(*f, file{name: name, path: path})
	return nil
}

// parse reads the flags. A wrong one is one line; -h prints what there is.
func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet(commandName, flag.ContinueOnError)
	fs.Var(&o.files, "model", "a model's file, or NAME=FILE; can be given several times")
	fs.StringVar(&o.addr, "addr", "localhost:8080", "address to listen on; :8080 is that port of all of the machine's addresses")
	fs.StringVar(&o.backend, "backend", "go", "engine: go, blas (OpenBLAS) or cuda")
	fs.IntVar(&o.batching.Most, "batch", 64, "samples that are computed at once, at most; rounded up to a power of two")
	fs.DurationVar(&o.batching.Wait, "wait", 0, "how long a sample waits for others to be computed with it; 0 is not at all")
	fs.Int64Var(&o.limits.Body, "body", 4<<20, "bytes of a request, at most")
	fs.IntVar(&o.limits.Requests, "requests", 512, "inferences that are answered at once; further ones get status 429")
	fs.DurationVar(&o.limits.Time, "time", 10*time.Second, "for an answer; then the status is 503")
	fs.StringVar(&o.cert, "cert", "", "file with the server's certificate (PEM): serve HTTPS; with -key")
	fs.StringVar(&o.key, "key", "", "file with the key of -cert (PEM)")
	fs.BoolVar(&o.reload, "reload", false, "read a model's file again when it changes, not only on HUP")
	fs.DurationVar(&o.stop, "stop", 10*time.Second, "how long the requests that run have when the server is stopped")
	if err := command.Parse(fs, args, stderr); err != nil {
		return nil, err
	}
	return &o, o.check()
}

func (o *options) check() error {
	switch {
	case len(o.files) == 0:
		return errors.New("-model: name the file of a model, such as run/model.safetensors")
	case o.batching.Most < 1 || o.batching.Most > 1<<16:
		return fmt.Errorf("-batch %d: a number of samples from 1 to %d", o.batching.Most, 1<<16)
	case o.limits.Time <= 0:
		return fmt.Errorf("-time %v: a time above 0, such as 10s", o.limits.Time)
	case o.batching.Wait < 0 || o.batching.Wait >= o.limits.Time:
		return fmt.Errorf("-wait %v: a time from 0 to below -time, %v", o.batching.Wait, o.limits.Time)
	case o.limits.Body < 1:
		return fmt.Errorf("-body %d: a number of bytes of at least 1", o.limits.Body)
	case o.limits.Requests < 1:
		return fmt.Errorf("-requests %d: a number of at least 1", o.limits.Requests)
	case o.stop <= 0:
		return fmt.Errorf("-stop %v: a time above 0, such as 10s", o.stop)
	case (o.cert == "") != (o.key == ""):
		return errors.New("-cert and -key go together: give both, or none")
	}
	return nil
}

// tls is what HTTPS is served with.
func (o *options) tls() (*tls.Config, error) {
	c, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, fmt.Errorf("-cert %s, -key %s: %w", o.cert, o.key, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}, nil
}
