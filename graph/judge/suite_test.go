package judge

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// differences are the tests of Gorgonia that its TapeMachine passes and ours does not, with the reason.
var differences = map[string]string{
	"TestDropoutAll": "it holds Dropout to Gorgonia's derivative, which divides by the probability to drop instead of the probability " +
		"to keep, and is 0 where nothing is dropped: ours is the derivative",
	"TestBatchNormAll": "it compares, digit by digit, the rounding noise of gradients whose exact value is 0, after a step of Adam " +
		"that makes its sign a whole step",
}

// private are the files of tests that read the TapeMachine's own fields.
var private = []string{"vm_tape_test.go", "regalloc_test.go", "compile_test.go"}

// TestGorgoniaSuite runs each of Gorgonia's own tests in a process of its own, on the TapeMachine and on ours, with nothing changed
// but what NewTapeMachine makes. Whatever passes on the first must pass on the second.
func TestGorgoniaSuite(t *testing.T) {
	long(t, "Gorgonia's own tests, half a minute")
	dir := copyGorgonia(t)
	hookTests(t, dir)
	suite := filepath.Join(dir, "suite.test")
	goModule(t, dir, "test", "-vet=off", "-c", "-o", suite, ".")
	tests := strings.Fields(run(t, dir, nil, suite, "-test.list", "^(Test|Example)"))
	if len(tests) < 100 {
		t.Fatalf("only %d tests", len(tests))
	}
	verdicts := make([]verdict, len(tests))
	eachOfTwo(len(tests), func(i int) { verdicts[i] = judgeTest(t, suite, tests[i]) })
	report(t, tests, verdicts)
}

// hookTests lets every test take its machine from the hook in testdata.
func hookTests(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	must(t, err)
	machine := regexp.MustCompile(`\bNewTapeMachine\(`)
	for _, file := range files {
		if slices.Contains(private, filepath.Base(file)) {
			continue
		}
		b, err := os.ReadFile(file)
		must(t, err)
		b = machine.ReplaceAll(b, []byte("NewJudged("))
		must(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(b), "*tapeMachine", "*judged")), 0o644))
	}
	install(t, "testdata/suite/machine.go", filepath.Join(dir, "machine.go"))
	install(t, "testdata/suite/machine_test.go", filepath.Join(dir, "machine_test.go"))
}

// verdict tells on which machine a test passes, and what it prints on ours.
type verdict struct {
	tape, stheno bool
	output       string
}

func judgeTest(t *testing.T, suite, name string) (v verdict) {
	v.tape, _ = passes(suite, name, "tape")
	v.stheno, v.output = passes(suite, name, "stheno")
	return v
}

func passes(suite, name, machine string) (bool, string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, suite, "-test.run", "^"+name+"$")
	cmd.Dir = filepath.Dir(suite)
	cmd.Env = append(os.Environ(), "MACHINE="+machine, sameDraws)
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

func report(t *testing.T, tests []string, verdicts []verdict) {
	tape, stheno, both := 0, 0, 0
	for i, name := range tests {
		v, why := verdicts[i], differences[name]
		switch {
		case v.tape && !v.stheno && why == "":
			t.Errorf("%s passes on the TapeMachine and fails on ours:\n%s", name, firstLines(v.output, 25))
		case v.stheno && why != "":
			t.Errorf("%s passes: take it out of the differences", name)
		case !v.stheno && why != "":
			t.Logf("known difference: %s: %s", name, why)
		}
		tape, stheno = tape+count(v.tape), stheno+count(v.stheno)
		both += count(v.tape && v.stheno)
	}
	for name := range differences {
		if !slices.Contains(tests, name) {
			t.Errorf("Gorgonia has no test %s: take it out of the differences", name)
		}
	}
	t.Logf("%d tests of Gorgonia; %d pass on the TapeMachine, %d on ours, %d on both", len(tests), tape, stheno, both)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// eachOfTwo calls f for 0 to n-1, two at a time.
func eachOfTwo(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
