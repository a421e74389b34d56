package work_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/bench/work"
)

// A peer is told its job as arguments.
func ExampleParse() {
	job, err := work.Parse([]string{"784-50-10", "100", "float32", "digits", "2"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(job.Net(), job.Batch, job.DType, job.Pixels, job.Threads)
	// Output: 784-50-10 100 float32 digits 2
}
