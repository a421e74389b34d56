//go:build linux

package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestStatic: with the tag static the command is one file that needs no loader, no library and no other file, as an image from scratch
// has none: in a folder that it is alone in, it trains, writes, loads, and says in one line that it has no OpenBLAS.
func TestStatic(t *testing.T) {
	if testing.Short() {
		t.Skip("it links the command: not with -short")
	}
	root := t.TempDir()
	file := filepath.Join(root, "train")
	build := exec.Command("go", "build", "-tags", "static", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("it has a segment %v: it needs a loader", p.Type)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("only root can shut a process in a folder")
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"-iters 20 -out /o -save /s", exitOK, "ms an iteration"},
		{"-iters 0 -load /o/model.safetensors", exitOK, "test_acc: "},
		{"-backend=blas", exitUsage, "train: -backend blas: a program that was built with -tags static loads no OpenBLAS: build it without the tag, or use -backend=go\n"},
	} {
		cmd := &exec.Cmd{Path: "/train", Args: append([]string{"/train"}, strings.Fields(c.args)...), Dir: "/", Env: []string{}, SysProcAttr: &syscall.SysProcAttr{Chroot: root}}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.want) || c.code != exitOK && strings.Count(string(out), "\n") != 1 {
			t.Errorf("train %s: exit code %d, %s", c.args, code, out)
		}
	}
}
