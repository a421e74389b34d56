// Command compare times Stheno's engines against other programs that do the same work, in turn, in one run. What the
// machine lacks is named, with the package that brings it.
//
//	go run ./bench/compare            everything, up to 20 minutes
//	go run ./bench/compare -quick     fewer rounds and jobs, up to 3 minutes
//	go run ./bench/compare -out DIR   also compare.md, compare.json and pictures
//
// bench/README.md says how it measures and how all peers are installed.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	return command.Run("compare", stdout, stderr, func(out io.Writer) error {
		o, err := parse(args, stderr)
		if err == nil {
			err = o.prepare()
		}
		if err != nil {
			return err
		}
		defer o.folder.Close()
		return o.compare(out)
	})
}

// part is a piece of the comparison.
type part struct {
	name  string
	quick bool // belongs to the quick run
	run   func(c *comparer) error
}

var parts = []part{
	{"jobs", true, (*comparer).jobs},
	{"numerical", true, (*comparer).numerical},
	{"products", true, (*comparer).products},
	{"convolutions", false, (*comparer).convolutions},
	{"groups", false, (*comparer).groupConvolutions},
	{"examples", false, (*comparer).examples},
	{"whole", true, (*comparer).whole},
	{"compile", true, (*comparer).compile},
	{"scaling", false, (*comparer).scaling},
}

func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// comparer is one run of the comparison.
type comparer struct {
	quick    bool
	job      string // part of the titles of the jobs to do
	dir      string // of what is built
	programs []program
	tell     io.Writer
	report.Report
}

// compare does what the flags ask for.
func (o *options) compare(w io.Writer) error {
	if o.list {
		o.tellChoice(w)
		return nil
	}
	if _, err := os.Stat("bench/peers/c/step.c"); err != nil {
		return fmt.Errorf("bench/peers is not here: run it from the top of the repository")
	}
	env, err := cleanEnv(o.keepEnv)
	if err != nil {
		return err
	}
	c := &comparer{quick: o.quick, job: o.job, tell: w}
	if c.dir, err = os.MkdirTemp("", "stheno-compare"); err != nil {
		return err
	}
	defer os.RemoveAll(c.dir)
	began := time.Now()
	c.Machine = machine(env)
	c.find(o.python)
	c.greet()
	c.peaks("before the first part")
	c.Machine.Markdown(w)
	for _, m := range c.Missing {
		fmt.Fprintf(w, "Left out: %s\n\n", m)
	}
	spent := []string{fmt.Sprintf("preparations %.0f", time.Since(began).Seconds())}
	for _, p := range o.parts {
		start := time.Now()
		if err := p.run(c); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		spent = append(spent, fmt.Sprintf("%s %.0f", p.name, time.Since(start).Seconds()))
		c.peaks("after the part " + p.name)
	}
	fmt.Fprintf(w, "%.0f seconds: %s\n", time.Since(began).Seconds(), strings.Join(spent, ", "))
	if o.before != nil {
		report.Agreement(w, o.before, &c.Report)
	}
	if o.folder == nil {
		return nil
	}
	return write(o.folder, &c.Report)
}

// write puts the report into a folder.
func write(folder *output.Folder, r *report.Report) error {
	var files []output.File
	var pictures []string
	for _, p := range report.Pictures {
		if p.Has(r) {
			files = append(files, output.File{Name: p.Name, Fill: func(w io.Writer) error { return p.Draw(r, w) }})
			pictures = append(pictures, p.Name)
		}
	}
	return folder.Write(append(files, output.File{Name: "compare.json", Fill: r.JSON}, output.File{Name: "compare.md", Fill: func(w io.Writer) error {
		fmt.Fprintf(w, "# The comparison\n\nWritten by `go run ./bench/compare`; bench/README.md says how it measures.\n\n")
		r.Markdown(w, pictures...)
		return nil
	}})...)
}
