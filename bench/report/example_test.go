package report_test

import (
	"fmt"

	"github.com/stheno/stheno/bench/report"
)

// How a program that uses all cores is named in tables.
func ExampleLabel() {
	fmt.Println(report.Label("NumPy", 2))
	// Output: NumPy, 2 threads
}
