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
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"stheno/bench/report"
)

// options are the flags.
type options struct {
	quick, scaling, keepEnv bool
	out, python, only       string
	against, job            string
}

func main() {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "fewer rounds and jobs: 3 minutes at most")
	flag.BoolVar(&o.scaling, "scaling", false, "nothing but how time and memory grow with the sizes")
	flag.StringVar(&o.only, "only", "", "nothing but these parts, by comma: "+strings.Join(partNames(), ", "))
	flag.StringVar(&o.job, "job", "", "of the jobs, those whose title has this in it, such as 1024")
	flag.StringVar(&o.out, "out", "", "also write compare.md, compare.json and pictures to this folder")
	flag.StringVar(&o.against, "against", "", "compare.json of an earlier run: say which ratios are outside of its spread")
	flag.StringVar(&o.python, "python", "", "also look for peers with this interpreter")
	flag.BoolVar(&o.keepEnv, "keep-env", false, "keep the variables of the environment that choose kernels and threads")
	flag.Parse()
	if err := run(&o, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "compare: %v\n", err)
		os.Exit(2)
	}
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

// chosen are the parts that the flags name.
func (o *options) chosen() (list []part, err error) {
	var only []string
	if o.only != "" {
		only = strings.Split(o.only, ",")
	}
	if o.scaling {
		only = append(only, "scaling")
	}
	for _, name := range only {
		if !slices.Contains(partNames(), name) {
			return nil, fmt.Errorf("-only %s: there is no such part; choose from %s", name, strings.Join(partNames(), ", "))
		}
	}
	for _, p := range parts {
		if slices.Contains(only, p.name) || len(only) == 0 && (p.quick || !o.quick) {
			list = append(list, p)
		}
	}
	return list, nil
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

func run(o *options, w io.Writer) error {
	list, err := o.chosen()
	if err != nil {
		return err
	}
	if _, err := os.Stat("bench/peers/c/step.c"); err != nil {
		return fmt.Errorf("bench/peers is not here: run it from the top of the repository")
	}
	before, err := read(o.against)
	if err != nil {
		return err
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
	c.peaks()
	c.Machine.Markdown(w)
	for _, m := range c.Missing {
		fmt.Fprintf(w, "Left out: %s\n\n", m)
	}
	spent := []string{fmt.Sprintf("preparations %.0f", time.Since(began).Seconds())}
	for _, p := range list {
		start := time.Now()
		if err := p.run(c); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		spent = append(spent, fmt.Sprintf("%s %.0f", p.name, time.Since(start).Seconds()))
		c.peaks()
	}
	fmt.Fprintf(w, "%.0f seconds: %s\n", time.Since(began).Seconds(), strings.Join(spent, ", "))
	if before != nil {
		report.Agreement(w, before, &c.Report)
	}
	if o.out == "" {
		return nil
	}
	return write(o.out, &c.Report)
}

// read is an earlier report, nil without a path.
func read(path string) (*report.Report, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &report.Report{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("-against %s: it is no compare.json: %v", path, err)
	}
	return r, nil
}

// write puts the report into a folder.
func write(dir string, r *report.Report) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var pictures []string
	for _, p := range report.Pictures {
		if !p.Has(r) {
			continue
		}
		if err := create(filepath.Join(dir, p.Name), func(w io.Writer) error { return p.Draw(r, w) }); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		pictures = append(pictures, p.Name)
	}
	if err := create(filepath.Join(dir, "compare.json"), r.JSON); err != nil {
		return err
	}
	return create(filepath.Join(dir, "compare.md"), func(w io.Writer) error {
		fmt.Fprintf(w, "# The comparison\n\nWritten by `go run ./bench/compare`; bench/README.md says how it measures.\n\n")
		r.Markdown(w, pictures...)
		return nil
	})
}

func create(path string, fill func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
