package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/internal/python"
)

// judged is what scikit-learn's net has got right of a table (data/testdata/tables.py).
type judged struct {
	Name               string
	Seed               int
	Right, Train, Test int
}

// TestScikitLearn: on the data sets that scikit-learn carries, one command gets as much right as its MLPClassifier does with the same net and
// the same split. Two trainings from other first weights differ by chance: by one standard deviation of such a count at most.
func TestScikitLearn(t *testing.T) {
	interpreter, err := python.With("../..", "sklearn")
	if err != nil {
		t.Skip(err)
	}
	seeds := []string{"0"}
	if os.Getenv("STHENO_LONG") != "" {
		seeds = strings.Fields("0 1 2 3 4 5 6 7 8 9")
	}
	dir := t.TempDir()
	cmd := exec.Command(interpreter, append([]string{"../../data/testdata/tables.py", dir}, seeds...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	sameTables(t, dir)
	total := map[string]*struct{ ours, theirs, of int }{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var j judged
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			t.Fatal(err)
		}
		if total[j.Name] == nil {
			total[j.Name] = new(struct{ ours, theirs, of int })
		}
		sum := total[j.Name]
		sum.ours, sum.theirs, sum.of = sum.ours+right(t, dir, j), sum.theirs+j.Right, sum.of+j.Test
	}
	if len(total) != 4 {
		t.Errorf("%d data sets", len(total))
	}
	for name, sum := range total {
		n, p := float64(sum.of), float64(sum.theirs)/float64(sum.of)
		chance := math.Sqrt(n*p*(1-p)) + 1
		t.Logf("%-13s %4d test samples of %d splits: stheno %.2f %%, scikit-learn %.2f %%", name, sum.of, len(seeds), 100*float64(sum.ours)/n, 100*p)
		if float64(sum.ours) < float64(sum.theirs)-chance {
			t.Errorf("%s: %d of %d are right, scikit-learn has %d", name, sum.ours, sum.of, sum.theirs)
		}
	}
}

// right is how many test samples of a split the command gets right.
func right(t *testing.T, dir string, j judged) int {
	t.Helper()
	part := func(name string) string { return filepath.Join(dir, fmt.Sprintf("%s-%d-%s.csv", j.Name, j.Seed, name)) }
	code, stdout, stderr := call(t, "-data", part("train"), "-test", part("test"), "-standardise", "-hidden", "50", "-activation", "relu", "-init", "xavier",
		"-optimizer", "adam", "-sampling", "epochs", "-batch", "32", "-iters", fmt.Sprint(200*(j.Train/32)), "-seed", fmt.Sprint(j.Seed), "-json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var done struct {
		Accuracy float64 `json:"test_acc"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &done); code != exitOK || err != nil {
		t.Fatalf("exit %d, %s, %v", code, stderr, err)
	}
	return int(math.Round(done.Accuracy * float64(j.Test)))
}

// sameTables holds the tables of the tree to those that the script has written.
func sameTables(t *testing.T, dir string) {
	t.Helper()
	for _, table := range []string{irisTable, wineTable} {
		ours, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.ReadFile(filepath.Join(dir, filepath.Base(table)))
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("%s differs from what data/testdata/tables.py writes: %v", table, err)
		}
	}
}
