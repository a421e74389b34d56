//go:build linux && amd64

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// limited is a call of the command with so many KB of address space, and what it says.
type limited struct {
	limit      int
	args, want string
}

// TestUnderALimit: in a process with an end to its memory, what is too large for it is one line that says how much is needed and how
// much is left, and exit code 2; a number of iterations is never too large. With STHENO_LONG=1 there are more calls.
func TestUnderALimit(t *testing.T) {
	const both = " GB of memory are needed, and "
	dir := t.TempDir()
	sparse := func(name string, start []byte, size int64) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, start, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Skip("no large file with nothing in it here:", err)
		}
		return path
	}
	const tb, gb = 1 << 40, 1 << 30
	header := fmt.Appendf(nil, `{"W1":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, tb/4, tb)
	header = append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	large := sparse("large", header, int64(len(header))+tb)
	set := filepath.Dir(sparse("set/train-images-idx3-ubyte", []byte{0, 0, 8, 3, 0, 0, 64, 0, 0, 0, 4, 0, 0, 0, 4, 0}, 16+16*gb))
	small := smallSet(t)
	calls := []limited{
		{4 << 20, "-hidden 1048576,1048576", "layer widths [784 1048576 1048576 10]: the weights between 1048576 and 1048576 units are too many"},
		{4 << 20, "-hidden 1048576,1000,1048576", "layer widths [784 1048576 1000 1048576 10]: 23.45" + both},
		{4 << 20, "-load " + sparse("zeros", nil, tb), "zeros: the header is no JSON object in UTF-8 (is this a safetensors file?)"},
		{4 << 20, "-load /dev/zero", "/dev/zero: the header is no JSON object in UTF-8 (is this a safetensors file?)"},
		{4 << 20, "-load " + large, "the tensors have 1099511627776 bytes: 1099.51" + both},
		{4 << 20, "-data " + set, "train-images-idx3-ubyte: the header promises 17179869184 bytes: 17.18" + both},
	}
	if os.Getenv("STHENO_LONG") == "1" { // those that begin to work, or fill the memory first
		calls = append(calls, []limited{
			{4 << 20, "-hidden 200000 -batch 10000", both},
			{8 << 20, "-hidden 20000 -batch 60000", "program step: "},
			{8 << 20, "-hidden 20000 -batch 60000 -backend blas", "program step: "},
			{3000000, "-hidden 1000000,30 -batch 10 -iters 1 -data " + small + " -save " + filepath.Join(dir, "saved"), "to save the parameters: "},
			{4 << 20, "-hidden 1000000,30 -batch 10 -iters 0 -data " + small + " -gradcheck", "to check the gradient of 40000123 parameters: "},
		}...)
	}
	for _, c := range calls {
		p := start(t, fmt.Sprintf("ulimit -v %d;", c.limit), strings.Fields(c.args)...)
		var stdout bytes.Buffer
		_, _ = stdout.ReadFrom(p.stdout)
		_ = p.Wait()
		if s := p.stderr.String(); p.ProcessState.ExitCode() != exitUsage || !strings.HasPrefix(s, "train: ") || !strings.Contains(s, c.want) || strings.Count(s, "\n") != 1 {
			t.Errorf("%s: exit code %d, %.500q, want one line with %q", c.args, p.ProcessState.ExitCode(), s, c.want)
		}
	}
	for _, iters := range []string{"10000000000", "100000000000000", "9223372036854775807"} {
		p := start(t, "ulimit -v 4194304;", "-iters", iters)
		p.line()
		p.signal(syscall.SIGTERM)
		p.ends(exitInterrupted, "")
	}
}
