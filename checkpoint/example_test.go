package checkpoint_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno/stheno/checkpoint"
)

func Example() {
	dir, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")

	w := checkpoint.Tensor{Name: "W", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}}
	if err := checkpoint.Save(path, []checkpoint.Tensor{w}, map[string]string{"net": "mine"}); err != nil {
		log.Fatal(err)
	}
	tensors, meta, err := checkpoint.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(meta["net"], tensors[0].Name, tensors[0].Shape, tensors[0].Data)
	// Output: mine W [2 2] [1 2 3 4]
}
