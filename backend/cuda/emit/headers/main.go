// Command headers writes the headers of the kernels that come from Go, into the folder of the kernels: go generate runs it there.
package main

import (
	"fmt"
	"os"

	"github.com/stheno/stheno/backend/cuda/emit"
)

func main() {
	for name, text := range emit.Headers() {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			fmt.Fprintf(os.Stderr, "headers: %v\n", err)
			os.Exit(2)
		}
	}
}
