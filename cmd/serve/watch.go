package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/serve"
)

// every is how often -reload looks at the files.
var every = time.Second

// state is what tells that a file has changed.
type state struct {
	info os.FileInfo
	at   time.Time
	size int64
}

func stateOf(path string) (s state) {
	if info, err := os.Stat(path); err == nil {
		s = state{info, info.ModTime(), info.Size()}
	}
	return s
}

// changed reports whether a file is another than it was, and is there.
func (s state) changed(now state) bool {
	return now.info != nil && (s.info == nil || !os.SameFile(s.info, now.info) || s.at != now.at || s.size != now.size)
}

// watch reads files again: all at each signal and, with -reload, each one that has changed, until the context ends.
func (o *options) watch(ctx context.Context, again <-chan os.Signal, server *serve.Server, stderr io.Writer) {
	var look <-chan time.Time
	if o.reload {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		look = ticker.C
	}
	for {
		all := false
		select {
		case <-ctx.Done():
			return
		case <-again:
			all = true
		case <-look:
		}
		for i := range o.files {
			f := &o.files[i]
			now := stateOf(f.path)
			if !all && !f.known.changed(now) {
				continue
			}
			f.known = now
			if err := server.Reload(f.name, f.path); err != nil {
				command.Tell(stderr, commandName, fmt.Errorf("%s: not reloaded, the model before answers: %w", f.name, err))
				continue
			}
			fmt.Fprintf(stderr, "%s: %s: reloaded\n", commandName, f.name)
		}
	}
}
