package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stheno/stheno/bench/work"
)

// conversation is our side of work.Serve: a peer that has said hello and can be asked.
type conversation struct {
	hello work.Hello
	in    io.WriteCloser
	out   *bufio.Scanner
}

// converse waits for the peer's hello.
func converse(in io.WriteCloser, out io.Reader) (*conversation, error) {
	c := &conversation{in: in, out: bufio.NewScanner(out)}
	return c, c.line(&c.hello)
}

// ask has the peer do n of a unit, and gives the milliseconds of one.
func (c *conversation) ask(unit string, n int) (ms float64, err error) {
	r, err := c.request(unit, n)
	return r.MS, err
}

// request has the peer do n of a unit.
func (c *conversation) request(unit string, n int) (r work.Reply, err error) {
	if _, err := fmt.Fprintln(c.in, unit, n); err != nil {
		return r, err
	}
	if err := c.line(&r); err != nil {
		return r, err
	}
	if r.Error != "" {
		return r, fmt.Errorf("%s", r.Error)
	}
	return r, nil
}

func (c *conversation) line(v any) error {
	if !c.out.Scan() {
		return io.ErrUnexpectedEOF
	}
	if err := json.Unmarshal(c.out.Bytes(), v); err != nil {
		return fmt.Errorf("it says %q: %v", c.out.Text(), err)
	}
	return nil
}

// process is a peer that runs.
type process struct {
	*conversation
	cmd    *exec.Cmd
	errors bytes.Buffer
	late   bool
	mu     sync.Mutex // of late
}

// threadVariables tell libraries how many threads to take.
var threadVariables = []string{"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOMAXPROCS"}

// withThreads is a command that may use so many threads.
func withThreads(threads int, argv ...string) *exec.Cmd {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	for _, v := range threadVariables {
		cmd.Env = append(cmd.Env, v+"="+strconv.Itoa(threads))
	}
	return cmd
}

// start runs a peer until it says hello: it has done the gate's steps then.
func start(argv []string, threads int, patience time.Duration) (*process, error) {
	p := &process{cmd: withThreads(threads, argv...)}
	p.cmd.Stderr = &p.errors
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	defer p.patience(patience)()
	if p.conversation, err = converse(in, out); err != nil {
		return nil, p.why(err, patience)
	}
	return p, nil
}

// longest is how long a peer may take to answer.
const longest = 2 * time.Minute

// ask is that of the conversation. A peer that does not answer is ended.
func (p *process) ask(unit string, n int) (float64, error) {
	r, err := p.request(unit, n)
	return r.MS, err
}

// request is that of the conversation. A peer that does not answer is ended.
func (p *process) request(unit string, n int) (work.Reply, error) {
	enough := p.patience(longest)
	r, err := p.conversation.request(unit, n)
	enough()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = p.why(err, longest)
	}
	return r, err
}

// patience ends the process unless the returned function is called in time.
func (p *process) patience(limit time.Duration) (enough func()) {
	t := time.AfterFunc(limit, func() {
		p.mu.Lock()
		p.late = true
		p.mu.Unlock()
		p.cmd.Process.Kill()
	})
	return func() { t.Stop() }
}

// why says what ended the process.
func (p *process) why(err error, limit time.Duration) error {
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(p.errors.String()), "\n")
	switch last := lines[len(lines)-1]; {
	case p.late:
		return fmt.Errorf("stopped: no answer after %.0f s", limit.Seconds())
	case last != "":
		return fmt.Errorf("%s", last)
	}
	return err
}

// peakMB is the most memory that the process has had resident, in units of 10⁶ bytes; 0 where the system does not tell.
func (p *process) peakMB() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	if f := strings.Fields(after); len(f) > 0 {
		kib, _ := strconv.ParseFloat(f[0], 64)
		return kib * 1024 / 1e6
	}
	return 0
}

// close ends the conversation and waits for the process.
func (p *process) close() {
	p.in.Close()
	defer p.patience(5 * time.Second)()
	p.cmd.Wait()
}
