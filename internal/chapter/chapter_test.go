package chapter

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

func call(args []string, more func(*flag.FlagSet), work func(*Chapter) error) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Run("chapter9", args, &out, &errs, more, work)
	return code, out.String(), errs.String()
}

// TestRun: what is wrong is one line and exit code 2, before any work; a picture is written where there is a folder for it.
func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	draws := func(c *Chapter) error {
		fmt.Fprintln(c, "at work on", c.Engine.Name())
		return c.Draw("fig", func(w io.Writer, format string) error {
			_, err := io.WriteString(w, "a picture as "+format)
			return err
		})
	}
	if code, stdout, stderr := call(nil, nil, draws); code != 0 || stdout != "at work on go\n" || stderr != "" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	file := filepath.Join(dir, "fig.svg")
	code, stdout, stderr := call([]string{"-out", dir, "-format", "svg"}, nil, draws)
	content, err := os.ReadFile(file)
	if code != 0 || stdout != "at work on go\nwrote "+file+"\n" || stderr != "" || err != nil || string(content) != "a picture as svg" {
		t.Errorf("exit %d, %q, %q; the file is %q (%v)", code, stdout, stderr, content, err)
	}
	for want, c := range map[string]struct {
		args []string
		work func(*Chapter) error
	}{
		`-format "gif" is unknown: choose png or svg`: {[]string{"-format", "gif"}, draws},
		`backend "tpu" is unknown`:                    {[]string{"-backend", "tpu"}, draws},
		"-out " + file + ": ":                         {[]string{"-out", file}, draws},
		"chapter9: no good":                           {nil, func(*Chapter) error { return errors.New("no good") }},
		"fig: no good": {[]string{"-out", dir}, func(c *Chapter) error {
			return c.Draw("fig", func(io.Writer, string) error { return errors.New("no good") })
		}},
	} {
		if code, stdout, stderr := call(c.args, nil, c.work); code != 2 || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, %q; want exit 2 and %q", c.args, code, stdout, stderr, want)
		}
	}
}

func softmaxRegression() models.Sequential {
	return models.Sequential{Name: "small", In: []int{784}, Layers: []models.Layer{models.Dense(10)}}
}

// TestTraining: a network is trained and its accuracies drawn, or it is loaded and answers as it was saved.
func TestTraining(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "small.safetensors")
	var training Training
	var before, after map[string][]float64
	code, stdout, stderr := call([]string{"-images", "500", "-iters", "30", "-out", dir}, training.Flags, func(c *Chapter) error {
		m, d, err := training.Trained(c, softmaxRegression())
		if err != nil {
			return err
		}
		defer m.Close()
		if d.Train.Len() != 500 || d.Test.Len() != 100 || m.DType != tensor.Float32 {
			t.Errorf("%d and %d images, %v", d.Train.Len(), d.Test.Len(), m.DType)
		}
		before, err = m.Params()
		return errors.Join(err, models.Save(file, m))
	})
	if code != 0 || !strings.Contains(stdout, "iteration 25: train_acc: 0.") || !strings.Contains(stdout, "of 100 images\nwrote "+filepath.Join(dir, "small-accuracy.png")) {
		t.Fatalf("exit %d, %s\n%s", code, stderr, stdout)
	}
	_, accuracy, _ := strings.Cut(stdout, "test accuracy")
	accuracy, _, _ = strings.Cut(accuracy, "\n")
	if share, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(accuracy), ", of 100 images"), 64); err != nil || share < 0.5 {
		t.Errorf("30 steps of Adam come to %v (%v), want half at least: SGD would not with such a learning rate", share, err)
	}
	var loading Training
	code, stdout, stderr = call([]string{"-images", "500", "-load", file}, loading.Flags, func(c *Chapter) error {
		m, _, err := loading.Trained(c, softmaxRegression())
		if err != nil {
			return err
		}
		defer m.Close()
		after, err = m.Params()
		return err
	})
	if code != 0 || stdout != "test accuracy"+accuracy+"\n" || fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("exit %d, %s: %q, trained to %q", code, stderr, stdout, accuracy)
	}
	for want, args := range map[string][]string{
		"chapter9: -images 99: choose 100 to 60000":                                {"-images", "99"},
		"chapter9: -images 60001: choose 100 to 60000":                             {"-images", "60001"},
		"chapter9: -iters 0: at least 1; to train nothing, -load a file":           {"-iters", "0"},
		"chapter9: -load: " + filepath.Join(dir, "none") + ": no such file or dir": {"-load", filepath.Join(dir, "none")},
	} {
		var wrong Training
		code, stdout, stderr := call(args, wrong.Flags, func(c *Chapter) error {
			_, _, err := wrong.Trained(c, softmaxRegression())
			return err
		})
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %q, %q; want exit 2 and %q", args, code, stdout, stderr, want)
		}
	}
}
