package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestParts: the flags choose parts.
func TestParts(t *testing.T) {
	for args, want := range map[string]string{
		"":                            "jobs numerical products convolutions groups examples whole compile scaling",
		"-quick":                      "jobs numerical products whole compile",
		"-only whole,jobs":            "jobs whole",
		"-only jobs -job 1024":        "jobs",
		"-scaling -quick":             "scaling",
		"-only compile -scaling":      "compile scaling",
		"-quick -job 784-50-10":       "jobs numerical products whole compile",
		"-only=whole,scaling":         "whole scaling",
		"-python python3 -only whole": "whole",
	} {
		o, err := parse(strings.Fields(args), &bytes.Buffer{})
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		var names []string
		for _, p := range o.parts {
			names = append(names, p.name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
	if n := len(jobsOf("1024", true)); n != 2 {
		t.Errorf("%d jobs of 1024 units, want 2", n)
	}
	if n := len(jobsOf("convnet, forward", false)); n != 4 {
		t.Errorf("%d jobs of the convnet's forward pass, want 4", n)
	}
	if n := len(jobsOf("", true)); n != 2 {
		t.Errorf("%d jobs in a quick run, want 2", n)
	}
}

// TestBadInput: what is not there is one line that names the flag and the choices, exit code 2, before anything is measured.
func TestBadInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no JSON"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{`-only nothing: there is no part "nothing"; choose from jobs, numerical, products, convolutions, groups, examples, whole, compile, scaling`, []string{"-only", "nothing"}},
		{`-only jobs,: there is no part ""`, []string{"-only", "jobs,"}},
		{"-job nosuch: no job has this in its title; choose from: The main job: 784-50-10", []string{"-only", "jobs", "-job", "nosuch"}},
		{"-job 1024: the jobs are not among the parts", []string{"-only", "whole", "-job", "1024"}},
		{"-python " + file + ": this is no Python that runs", []string{"-python", file}},
		{"-against " + file + ": it is no compare.json", []string{"-against", file}},
		{"-against " + file + "s: no such file or directory", []string{"-against", file + "s"}},
		{"-out " + file + ": not a directory", []string{"-out", file}},
		{"-peer (compare -h lists the flags)", []string{"-peer", "numpy"}},
		{`"jobs" is not a flag`, []string{"jobs"}},
	} {
		var stdout, stderr bytes.Buffer
		code := run(c.args, &stdout, &stderr)
		if got := stderr.String(); code != 2 || stdout.Len() > 0 || !strings.Contains(got, c.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit 2 and one line with %q", c.args, code, stdout.String(), got, c.want)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-list", "-only", "whole,jobs", "-job", "one sample"}, &stdout, &stderr); code != 0 || stdout.String() != "jobs\n  784-50-10, one sample a step, float32\nwhole\n" {
		t.Errorf("-list: exit %d, %q", code, stdout.String())
	}
	if code := run([]string{"-h"}, &stdout, &stderr); code != 0 || !strings.Contains(stderr.String(), "-only") {
		t.Errorf("-h: exit %d, %q", code, stderr.String())
	}
}
