package figures_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/stheno/stheno/figures"
)

func ExampleLoss() {
	var picture bytes.Buffer
	if err := figures.Loss(&picture, "svg", []float64{2.3, 1.1, 0.6, 0.4}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(picture.Bytes(), []byte("<svg")))
	// Output: true
}
