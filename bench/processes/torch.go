package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/internal/python"
)

// script trains a net with PyTorch.
const script = "bench/peers/python/torch_ddp.py"

// folder is where PyTorch finds what all start from.
type folder struct {
	path string
	runs int
}

func newFolder() (*folder, error) {
	path, err := os.MkdirTemp("", "processes")
	return &folder{path: path}, err
}

func (f *folder) remove() { os.RemoveAll(f.path) }

// python is an interpreter that can run the script.
func (f *folder) python() (string, error) {
	if _, err := os.Stat(script); err != nil {
		return "", fmt.Errorf("%s is not here: run it from the top of the repository", script)
	}
	return python.With(".", "torch", "numpy")
}

// batches is how many batches the script goes round.
const batches = 64

// fill writes the parameters, the samples and the order of these, one number behind the other.
func (f *folder) fill(n *net) error {
	built, err := n.model.Net()
	if err != nil {
		return err
	}
	var params []float32
	for _, p := range built.Params {
		values := make([]float32, p.Size())
		for i, v := range p.Init {
			values[i] = float32(v)
		}
		params = append(params, values...)
	}
	set, err := samples()
	if err != nil {
		return err
	}
	x, t, err := first(set.Train, trained)
	if err != nil {
		return err
	}
	order := make([]int, batches*n.batch)
	if err := data.NewSampler(trained, seed).Draw(order); err != nil {
		return err
	}
	drawn := make([]int32, len(order))
	for i, row := range order {
		drawn[i] = int32(row)
	}
	for name, values := range map[string]any{"params": params, "x": x, "t": t, "order": drawn} {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, values); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(f.path, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// torch trains the net in PyTorch with so many processes, one thread each.
func (f *folder) torch(ctx context.Context, interpreter string, n *net, processes int, during time.Duration) (*reply, error) {
	if err := f.fill(n); err != nil {
		return nil, err
	}
	var layers []string
	for _, l := range n.model.Layers {
		layers = append(layers, l.String())
	}
	var shape []string
	for _, d := range n.model.In {
		shape = append(shape, strconv.Itoa(d))
	}
	f.runs++ // the processes meet in a file of their own
	ctx, cancel := context.WithTimeout(ctx, patience+during)
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, script, f.path, filepath.Join(f.path, fmt.Sprintf("meeting%d", f.runs)), strconv.Itoa(processes),
		strings.Join(shape, "x"), strings.Join(layers, ", "), strconv.Itoa(n.batch), fmt.Sprint(n.rate), strconv.Itoa(n.gate), fmt.Sprint(during.Seconds()))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "GLOO_SOCKET_IFNAME=lo")
	return replyOf(ctx, cmd)
}
