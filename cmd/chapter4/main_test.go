package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/internal/output"
)

func call(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// TestPrintsTheChapter: every line that the notebook shows, with its digits.
func TestPrintsTheChapter(t *testing.T) {
	code, stdout, stderr := call()
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	rest := stdout
	for _, want := range []string{
		"[6. 8.]\n[0. 4.]\n[6. 0.]\n",
		"[-6.11110793e-10  8.14814391e-10]\n",
		"[ 2.34235971e+12 -3.96091057e+12]\n",
		"[-2.58983747e+13 -1.29524862e+12]\n",
		"[-2.99999994  3.99999992]\n",
		"[[-0.0473092   0.27156731 -0.34171092]\n [-0.24679116 -0.77143416 -0.04453794]]\n",
		"[-0.25049756 -0.53135036 -0.2451107 ]\n", // the notebook: ...757, ...069, from a W with more digits than it prints
		"argmax\n2\n",
		"1.0100394", // likewise
		"[[ 0.21734865  0.16412855 -0.3814772 ]\n [ 0.32602297  0.24619282 -0.5722158 ]]\n",
		"W1 (784, 100)\nb1 (100,)\nW2 (100, 10)\nb2 (10,)\n",
	} {
		at := strings.Index(rest, want)
		if at < 0 {
			t.Fatalf("%q is missing, or not in the chapter's order, in\n%s", want, stdout)
		}
		rest = rest[at+len(want):]
	}
}

func TestDraws(t *testing.T) {
	for format, magic := range map[string]string{"png": "\x89PNG", "svg": "<?xml"} {
		dir := filepath.Join(t.TempDir(), "pictures")
		if code, _, stderr := call("-out", dir, "-format", format); code != 0 {
			t.Fatal(stderr)
		}
		for _, f := range []string{"fig4-9", "fig4-10"} {
			content, err := os.ReadFile(filepath.Join(dir, f+"."+format))
			if err != nil || !strings.HasPrefix(string(content), magic) {
				t.Errorf("%s: %v, %d bytes", f, err, len(content))
			}
		}
		if err := output.Verify(dir, "chapter4"); err != nil {
			t.Error(err)
		}
	}
}

// TestWhatIsDrawn: -2·(x0, x1) on the grid, and steps that each leave 0.8 of the way.
func TestWhatIsDrawn(t *testing.T) {
	points, vectors, err := negativeGradients()
	if err != nil || len(points) != 18*18 || len(vectors) != len(points) {
		t.Fatalf("%d points, %d vectors (%v), want 324", len(points), len(vectors), err)
	}
	for i, p := range points {
		if p.X0 != -2+0.25*float64(i/18) || p.X1 != -2+0.25*float64(i%18) {
			t.Errorf("point %d is %v", i, p)
		}
		if v := vectors[i]; math.Abs(v.X0+2*p.X0) > 1e-9 || math.Abs(v.X1+2*p.X1) > 1e-9 {
			t.Errorf("the negative gradient at %v is %v", p, v)
		}
	}
	places, err := descentPath()
	if err != nil || len(places) != 21 {
		t.Fatalf("%d places (%v), want 21", len(places), err)
	}
	for i, p := range places {
		left := math.Pow(0.8, float64(i))
		if math.Abs(p.X0+3*left) > 1e-9 || math.Abs(p.X1-4*left) > 1e-9 {
			t.Errorf("place %d is %v", i, p)
		}
	}
}

func TestBadInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		`-format "gif" is unknown: choose png or svg`: {"-format", "gif"},
		`backend "tpu" is unknown`:                    {"-backend", "tpu"},
		`"more" is not a flag`:                        {"more"},
		"-size (chapter4 -h lists the flags)":         {"-size", "3"},
		"-out " + file + ": not a directory: choose":  {"-out", file},
	} {
		code, stdout, stderr := call(args...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit 2 and one line with %q", args, code, stdout, stderr, want)
		}
	}
}

func TestFormatNumbers(t *testing.T) {
	for want, v := range map[string][]float64{
		"[0.5  0.25 3.  ]":                {0.5, 0.25, 3},
		"[1.e-05 1.e+00]":                 {1e-5, 1},
		"[ 1.5e-05 -1.0e+00]":             {1.5e-5, -1},
		"[1.e-100 1.e+000]":               {1e-100, 1},
		"[1.00000001e+08 0.00000000e+00]": {100000001, 0},
		"[-1.  0. 10.]":                   {-1, 0, 10},
		"[0. 0.]":                         {0, 0},
		"[5.e-05]":                        {5e-5},
		"[0.0001 0.1   ]":                 {1e-4, 0.1},
		"[   1. 1000.]":                   {1, 1000},
		"[1.000e+00 1.001e+03]":           {1, 1001},
		"[99999999.]":                     {99999999},
		"[1.e+08]":                        {1e8},
		"[0.33333333]":                    {1. / 3},
	} {
		if got := formatArray(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}
