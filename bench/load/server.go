package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/stheno/stheno/internal/python"
)

// peer is a server that can be measured.
type peer struct {
	name   string
	python []string // the modules that it needs; nil for a program of Go
	// command starts it on a port; it is the interpreter's where it needs one.
	command func(dir, model, interpreter string, port int) (*exec.Cmd, error)
}

var peers = []peer{
	{"Stheno", nil, func(dir, model, _ string, port int) (*exec.Cmd, error) {
		program := filepath.Join(dir, "serve")
		if out, err := exec.Command("go", "build", "-o", program, "github.com/stheno/stheno/cmd/serve").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build: %w: %.400s", err, out)
		}
		return exec.Command(program, "-model", model, "-addr", address(port)), nil
	}},
	{"FastAPI, uvicorn, onnxruntime", []string{"onnxruntime", "onnx", "safetensors", "fastapi", "uvicorn"},
		func(_, model, interpreter string, port int) (*exec.Cmd, error) {
			return exec.Command(interpreter, filepath.Join("bench", "peers", "python", "onnxruntime_serve.py"), model, strconv.Itoa(port), strconv.Itoa(runtime.NumCPU())), nil
		}},
}

// lackingError is that of a peer that this machine cannot run.
type lackingError struct{ error }

// server is one that runs.
type server struct {
	url string
	cmd *exec.Cmd
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// start starts a peer, and waits until it is ready.
func (p peer) start(dir, model string) (*server, error) {
	interpreter := ""
	if p.python != nil {
		var err error
		if interpreter, err = python.With(".", p.python...); err != nil {
			return nil, &lackingError{err}
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd, err := p.command(dir, model, interpreter, port)
	if err != nil {
		return nil, err
	}
	cmd.Env, cmd.Stderr = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1"), os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{"http://" + address(port) + "/v2/models/model/infer", cmd}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get("http://" + address(port) + "/v2/health/ready"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return s, nil
			}
		}
	}
	s.stop()
	return nil, errors.New("it is not ready within a minute")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// stop ends the server as a user would.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt) // it may have ended
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
}

// memory is what the server and its workers have resident, in MB; 0 where there is no /proc.
func (s *server) memory() float64 { return resident(s.cmd.Process.Pid) }

func resident(pid int) (mb float64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(kb, "kB")), 64)
			mb = n / 1024
		}
	}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // a kernel may not have it
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			mb += resident(n)
		}
	}
	return mb
}
