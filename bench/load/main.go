// Command load measures servers under load: cmd/serve and, where Python has onnxruntime, FastAPI and uvicorn, a server of these with
// the same net. It prints requests a second, the median and the 99th percentile of their times, failures, and the memory before and
// after, for several numbers of clients that each ask one sample after the other. Before that, it times one sample in the process.
//
//	go run ./bench/load
//	go run ./bench/load -clients 16 -seconds 600
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command's flags, checked.
type options struct {
	clients []int
	time    time.Duration // of each row
	hidden  int
	peers   bool
	answer  []float64 // of the first server
}

func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	var clients string
	var seconds float64
	fs := flag.NewFlagSet("load", flag.ContinueOnError)
	fs.StringVar(&clients, "clients", "1,16,256", "numbers of clients, one measurement each")
	fs.Float64Var(&seconds, "seconds", 10, "of each measurement")
	fs.IntVar(&o.hidden, "hidden", 50, "units of the hidden layer of the net")
	fs.BoolVar(&o.peers, "peers", true, "also measure the server in Python, where it can run")
	if err := command.Parse(fs, args, stderr); err != nil {
		return nil, err
	}
	for _, text := range strings.Split(clients, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 10000 {
			return nil, fmt.Errorf("-clients %q: %q is not a number from 1 to 10000; give a list such as 1,16,256", clients, text)
		}
		o.clients = append(o.clients, n)
	}
	if !(seconds > 0 && seconds <= 86400) {
		return nil, fmt.Errorf("-seconds %v: a number above 0, a day at most", seconds)
	}
	if o.hidden < 1 || o.hidden > 1<<20 {
		return nil, fmt.Errorf("-hidden %d: a number of units from 1 to %d", o.hidden, 1<<20)
	}
	o.time = time.Duration(seconds * float64(time.Second))
	return &o, nil
}

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return command.Run("load", stdout, stderr, func(out io.Writer) error {
		o, err := parse(args, stderr)
		if err != nil {
			return err
		}
		return o.measure(ctx, out)
	})
}

// measure prints the table.
func (o *options) measure(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	model := filepath.Join(dir, "model.safetensors")
	if err := o.net(model); err != nil {
		return err
	}
	body, err := request()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "net 784-%d-10\n\none sample in the process, the median of %d:\n", o.hidden, samples)
	if err := o.once(out, model); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nover HTTP, a digit of MNIST as JSON of %d bytes, for %v each:\n\n", len(body), o.time)
	fmt.Fprintln(out, "| server | clients | requests a second | median, ms | 99 %, ms | longest, ms | failed | memory before, MB | after |")
	fmt.Fprintln(out, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, peer := range peers {
		if peer.python != nil && !o.peers {
			continue
		}
		s, err := peer.start(dir, model)
		var lacking *lackingError
		if errors.As(err, &lacking) {
			fmt.Fprintf(out, "\n%s: %v\n", peer.name, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", peer.name, err)
		}
		err = o.rows(ctx, out, peer.name, s, body)
		s.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", peer.name, err)
		}
	}
	return nil
}

// rows measures one server.
func (o *options) rows(ctx context.Context, out io.Writer, name string, s *server, body []byte) error {
	if err := o.sameWork(s.url, body); err != nil {
		return err
	}
	const warm = 200 * time.Millisecond
	for _, clients := range o.clients {
		if r := load(ctx, s.url, body, clients, min(warm, o.time)); r.done == 0 {
			return fmt.Errorf("it answers nothing: %v", r.err)
		}
		before := s.memory()
		r := load(ctx, s.url, body, clients, o.time)
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		fmt.Fprintf(out, "| %s | %d | %.0f | %.2f | %.2f | %.1f | %d | %.0f | %.0f |\n", name, clients, float64(r.done)/r.took.Seconds(),
			ms(r.quantile(0.5)), ms(r.quantile(0.99)), ms(r.quantile(1)), r.failed, before, s.memory())
		if r.failed > 0 {
			fmt.Fprintf(out, "\n%d failed: %v\n", r.failed, r.err)
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// net writes the file of the net, with initial weights.
func (o *options) net(path string) error {
	e, err := backend.Open("go")
	if err != nil {
		return err
	}
	defer e.Close()
	net, err := models.TwoLayerNet(784, o.hidden, 10, 0.01, 1).Net()
	if err != nil {
		return err
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		return err
	}
	defer m.Close()
	return models.Save(path, m)
}

// request is the body of a client's request: the first test image.
func request() ([]byte, error) {
	d, err := data.MNIST()
	if err != nil {
		return nil, err
	}
	x := make([]float32, 784)
	if err := data.PixelRange(x, &d.Test, 0, 1); err != nil {
		return nil, err
	}
	b := []byte(`{"inputs":[{"name":"input","datatype":"FP32","shape":[1,784],"data":[`)
	for i, v := range x {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(v), 'g', -1, 32)
	}
	return append(b, `]}],"outputs":[{"name":"output"}]}`...), nil
}
