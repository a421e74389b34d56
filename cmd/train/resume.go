package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// checkpointFile is the name of the training's state in the folder of -out.
const checkpointFile = "checkpoint.safetensors"

// noted tells which flags a state keeps: all but those that say where files are and what is printed. free are those that another run may
// have otherwise.
var (
	unnoted = []string{"out", "save", "load", "resume", "json", "explain", "gradcheck", "mpi"}
	free    = []string{"backend", "tf32", "iters", "data", "test", "checkpoint-every"}
)

// note is what the state keeps of the flags.
func (o *options) note() map[string]string {
	note := map[string]string{}
	o.flags.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(unnoted, f.Name) {
			note[f.Name] = f.Value.String()
		}
	})
	return note
}

// checkpointPath is where the training's state goes; "" is nowhere.
func (o *options) checkpointPath() string {
	if o.out == "" {
		return ""
	}
	return filepath.Join(o.out, checkpointFile)
}

// checkResume finds what does not go together with -resume. A folder is also where the training goes on to write.
func (o *options) checkResume() error {
	if o.resume == "" {
		return nil
	}
	for _, other := range []string{"load", "gradcheck", "explain"} {
		if o.given[other] {
			return fmt.Errorf("-%s: a training that goes on with -resume is given its model: leave one of the two out", other)
		}
	}
	if info, err := os.Stat(o.resume); err == nil && info.IsDir() {
		if !o.given["out"] {
			o.out = o.resume
		}
		o.resume = filepath.Join(o.resume, checkpointFile)
	}
	return nil
}

// readState reads the file of -resume: the state, the flags that the training had, and its net.
func (o *options) readState() (err error) {
	if o.file, err = models.Open(o.resume); err == nil {
		o.state, err = train.StateOf(o.file)
	}
	if err != nil {
		return fmt.Errorf("-resume: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(o.state.Note)) {
		f, theirs := o.flags.Lookup(name), o.state.Note[name]
		switch {
		case f == nil || slices.Contains(unnoted, name):
			return fmt.Errorf("-resume: %s: its training had a flag %.40q, which is none here: take a newer program", o.resume, name)
		case o.given[name] && !slices.Contains(free, name) && f.Value.String() != theirs:
			return fmt.Errorf("-%s %s: %s was trained with %s: leave the flag out, or start anew", name, f.Value, o.resume, theirs)
		case o.given[name]:
			continue
		}
		if err := o.flags.Set(name, theirs); err != nil {
			return fmt.Errorf("-resume: %s: its %s is %.40q: %w", o.resume, name, theirs, err)
		}
		o.taken[name] = true
	}
	if err := o.settle(); err != nil {
		return fmt.Errorf("-resume: %s: %w", o.resume, err)
	}
	if done := o.state.Iters(); o.iters < done {
		return fmt.Errorf("-iters %d: %s has done %d already: give more", o.iters, o.resume, done)
	}
	return o.takeNet()
}

// checkpoint keeps the training's last state, and writes it where it is time: at the end it is written with the rest. One that can't
// be written is told, and stops nothing.
func (o *options) checkpoint(s *train.State, rep *reporter) {
	o.last = s
	path := o.checkpointPath()
	if every := o.checkpointEvery; path == "" || every == 0 || s.Iters()%every != 0 || s.Iters() == o.iters {
		return
	}
	if err := s.Save(path); err != nil {
		rep.clear()
		command.Tell(rep.stderr, commandName, fmt.Errorf("-checkpoint-every %d: %w: the training goes on", o.checkpointEvery, err))
	}
}

// writeCheckpoint writes the state that a training ends with.
func (o *options) writeCheckpoint(s *state) error {
	path := o.checkpointPath()
	if path == "" || s.checkpoint == nil && s.failed == nil {
		return nil
	}
	if s.failed != nil {
		return fmt.Errorf("-out %s: not written: %w", path, s.failed)
	}
	if err := output.WriteFile(path, s.checkpoint); err != nil {
		return fmt.Errorf("-out %w", err)
	}
	return nil
}
