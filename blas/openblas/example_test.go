package openblas_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"testing"

	"github.com/stheno/stheno/blas/openblas"

	"gonum.org/v1/gonum/blas"
)

// Prints [7 10 15 22].
func Example() {
	lib, err := openblas.Open()
	if err != nil {
		log.Fatal(err) // it says which package to install
	}
	a, c := []float64{1, 2, 3, 4}, make([]float64, 4)
	lib.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2)
	fmt.Println(c)
}

// TestExample runs the example where the library is: go test cannot skip one.
func TestExample(t *testing.T) {
	if _, err := openblas.Open(); err != nil {
		t.Skip(err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = out
	Example()
	os.Stdout = stdout
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(in); err != nil || string(got) != "[7 10 15 22]\n" {
		t.Errorf("%v, printed %q", err, got)
	}
}
