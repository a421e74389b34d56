package judge

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// TestGorgoniaExamples runs Gorgonia's example programs on the TapeMachine and on ours, with nothing changed but the line that
// makes the machine, and what the table says. What they compute must be the same.
func TestGorgoniaExamples(t *testing.T) {
	long(t, "Gorgonia's example programs, a minute or two")
	dir := copyGorgonia(t)
	allListed(t, filepath.Join(dir, "examples"))
	programs := prepare(t, dir)
	goModule(t, dir, append([]string{"build", "-tags", "native", "-o", "bin/"}, programs...)...)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "example\tcompared\tlargest difference: go\tblas\tms a run: TapeMachine\tgo\tblas\t")
	for _, e := range examples {
		t.Run(e.dir, func(t *testing.T) {
			if e.skip != "" {
				t.Skip(e.skip)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", e.dir, judgeExample(t, dir, e), e.note)
		})
	}
	must(t, w.Flush())
	t.Log("\n" + table.String())
}

// allListed fails where Gorgonia has an example that the table lacks.
func allListed(t *testing.T, dir string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		in, _ := filepath.Rel(dir, filepath.Dir(path))
		if filepath.Ext(path) == ".go" && !slices.ContainsFunc(examples, func(e example) bool { return e.dir == filepath.ToSlash(in) }) {
			t.Errorf("the example %s is not in the table", in)
		}
		return err
	}))
}

// judgeExample runs one example on all machines and gives its line of the table.
func judgeExample(t *testing.T, dir string, e example) string {
	tape := runExample(t, dir, e, "tape")
	cells, times := []string{tape.size()}, []string{fmt.Sprintf("%.3g", tape.millis())}
	for _, engine := range []string{"go", "blas"} {
		difference, millis := "-", "-"
		t.Run(engine, func(t *testing.T) {
			needEngine(t, engine)
			ours := runExample(t, dir, e, engine)
			if host := ours.onHost(); !slices.Equal(host, e.host) {
				t.Errorf("ops on the host: %q, want %q", host, e.host)
			}
			difference = fmt.Sprintf("%.1e", ours.compare(t, tape, strings.Contains(e.ours, "Only(")))
			millis = fmt.Sprintf("%.3g", ours.millis())
		})
		cells, times = append(cells, difference), append(times, millis)
	}
	return strings.Join(append(cells, times...), "\t")
}

func runExample(t *testing.T, dir string, e example, machine string) records {
	t.Helper()
	record := filepath.Join(t.TempDir(), "record")
	env := []string{"MACHINE=" + machine, "RECORD=" + record, sameDraws}
	out := runWith(t, filepath.Join(dir, "examples", e.dir), env, e.stdin, filepath.Join(dir, "bin", filepath.Base(e.dir)), e.args...)
	r, err := readRecords(record)
	if err != nil || len(r) == 0 {
		t.Fatalf("it leaves no record: %v; it prints\n%s", err, firstLines(out, 25))
	}
	return r
}

// prepare edits the examples in the copy, gives them the data that they want, and lists them.
func prepare(t *testing.T, dir string) (programs []string) {
	t.Helper()
	install(t, "testdata/examples/targets.go", filepath.Join(dir, "targets.go"))
	install(t, "testdata/examples/witness.go", filepath.Join(dir, "witness", "witness.go"))
	edit(t, filepath.Join(dir, "nn.go"), // of which ours draws other units than Gorgonia's, by their positions
		"\top := newDropoutOp(", "\tif dropProb >= 0 {\n\t\treturn x, nil\n\t}\n\top := newDropoutOp(")
	linearRegression(t, dir)
	writeMNIST(t, filepath.Join(dir, "examples", "testdata", "mnist"))
	writeTheta(t, filepath.Join(dir, "examples", "iris", "cmd", "theta.bin"))
	for _, e := range examples {
		if e.skip == "" {
			e.change(t, filepath.Join(dir, "examples", e.dir))
			programs = append(programs, "./examples/"+e.dir)
		}
	}
	return programs
}

// change edits an example: its machine is the witness's, which is either.
func (e *example) change(t *testing.T, dir string) {
	t.Helper()
	main := filepath.Join(dir, "main.go")
	edit(t, main, e.edits...)
	file := main
	if e.file != "" {
		file = filepath.Join(dir, e.file)
	}
	_, args, _ := strings.Cut(e.tape, "(")
	graph := args[:strings.IndexAny(args, ",)")]
	imports, options := "\nimport \"gorgonia.org/gorgonia/witness\"\n", ""
	if e.ours != "" {
		imports, options = imports+"\nimport \"github.com/stheno/stheno/graph\"\n", ", "+e.ours
	}
	edit(t, file, "package main\n", "package main\n"+imports,
		"= "+e.tape, fmt.Sprintf("= witness.New(%s, func() witness.Tape { return %s }%s)", graph, e.tape, options))
}

// linearRegression makes a program of the example that is a test.
func linearRegression(t *testing.T, dir string) {
	t.Helper()
	main := filepath.Join(dir, "examples", "linear_regression", "main.go")
	install(t, filepath.Join(dir, "example_linearregression_test.go"), main)
	edit(t, main, "package gorgonia_test", "package main", "func Example_linearRegression()", "func main()")
}
