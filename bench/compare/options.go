package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"
)

// options are the flags, checked.
type options struct {
	quick, keepEnv bool
	list           bool
	out, python    string
	job, against   string
	folder         *output.Folder // of -out
	parts          []part
	before         *report.Report // that of -against
}

// parse reads the flags. A part or a job that there is not is an error.
func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	fs := flag.NewFlagSet("compare", flag.ContinueOnError)
	fs.BoolVar(&o.quick, "quick", false, "fewer rounds and jobs: 3 minutes at most")
	scaling := fs.Bool("scaling", false, "nothing but how time and memory grow with the sizes")
	only := fs.String("only", "", "nothing but these parts, by comma: "+strings.Join(partNames(), ", "))
	fs.StringVar(&o.job, "job", "", "of the jobs, those whose title has this in it, such as 1024")
	fs.StringVar(&o.out, "out", "", "also write compare.md, compare.json and pictures to this folder")
	fs.StringVar(&o.against, "against", "", "compare.json of an earlier run: say which ratios are outside of its spread")
	fs.StringVar(&o.python, "python", "", "also look for peers with this interpreter")
	fs.BoolVar(&o.keepEnv, "keep-env", false, "keep the variables of the environment that choose kernels and threads")
	fs.BoolVar(&o.list, "list", false, "say which parts and jobs the flags choose, and stop")
	if err := command.Parse(fs, args, stderr); err != nil {
		return nil, err
	}
	var err error
	if o.parts, err = choose(*only, *scaling, o.quick); err != nil {
		return nil, err
	}
	return &o, o.check()
}

// prepare looks at what the flags name outside of the program, before anything is measured.
func (o *options) prepare() (err error) {
	if o.python != "" && exec.Command(o.python, "-c", "").Run() != nil {
		return fmt.Errorf("-python %s: this is no Python that runs; give its path, such as bench/peers/venv/bin/python", o.python)
	}
	if o.against != "" {
		if o.before, err = earlier(o.against); err != nil {
			return fmt.Errorf("-against %s: %w", o.against, err)
		}
	}
	if o.out != "" {
		if o.folder, err = output.OpenFolder("compare", "out", o.out); err != nil {
			return err
		}
	}
	return nil
}

// choose gives the parts that the flags name: only is a list by comma.
func choose(only string, scaling, quick bool) (list []part, err error) {
	var names []string
	if only != "" {
		names = strings.Split(strings.ReplaceAll(only, " ", ""), ",")
	}
	if scaling {
		names = append(names, "scaling")
	}
	for _, name := range names {
		if !slices.Contains(partNames(), name) {
			return nil, fmt.Errorf("-only %s: there is no part %q; choose from %s", only, name, strings.Join(partNames(), ", "))
		}
	}
	for _, p := range parts {
		if slices.Contains(names, p.name) || len(names) == 0 && (p.quick || !quick) {
			list = append(list, p)
		}
	}
	return list, nil
}

func (o *options) check() error {
	if o.job != "" && !slices.ContainsFunc(o.parts, func(p part) bool { return p.name == "jobs" }) {
		return fmt.Errorf("-job %s: the jobs are not among the parts that -only and -scaling choose", o.job)
	}
	if len(jobsOf(o.job, o.quick)) == 0 {
		var titles []string
		for _, j := range jobTable {
			titles = append(titles, j.title)
		}
		return fmt.Errorf("-job %s: no job has this in its title; choose from: %s", o.job, strings.Join(titles, " | "))
	}
	return nil
}

// tellChoice names the parts that the flags choose, and the jobs of the part that has several.
func (o *options) tellChoice(w io.Writer) {
	for _, p := range o.parts {
		fmt.Fprintln(w, p.name)
		if p.name == "jobs" {
			for _, j := range jobsOf(o.job, o.quick) {
				fmt.Fprintf(w, "  %s\n", j.title)
			}
		}
	}
}

// earlier is the report of an earlier run.
func earlier(path string) (*report.Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the path is named already
	}
	return decode(text)
}

func decode(text []byte) (*report.Report, error) {
	r := &report.Report{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("it is no compare.json: %w", err)
	}
	return r, nil
}
