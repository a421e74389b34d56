package train_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// The smallest data set, two images of two pixels, is learned; the network goes to a file and comes back.
func ExampleRun() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	net, err := models.MLP{Widths: []int{2, 4, 2}, Seed: 1}.Net()
	if err != nil {
		log.Fatal(err)
	}
	m, err := models.New(net, engine, tensor.Float32)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	pixels := data.Split{Images: []byte{255, 0, 0, 255}, Labels: []byte{0, 1}}
	set := &data.Dataset{Name: "two images", Train: pixels, Test: pixels, Rows: 1, Cols: 2, Classes: 2}
	h, err := train.Run(context.Background(), m, set, train.Config{Batch: 2, Iters: 200, LR: 0.5}, train.Events{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("accuracy:", h.TestAcc)

	dir, err := os.MkdirTemp("", "train")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "two.safetensors")
	if err := models.Save(path, m); err != nil {
		log.Fatal(err)
	}
	back, err := models.Load(path, engine)
	if err != nil {
		log.Fatal(err)
	}
	defer back.Close()
	fmt.Println("back:", back.Net.About[models.AboutLayers])
	// Output:
	// accuracy: 1
	// back: dense 4, sigmoid, dense 2
}
