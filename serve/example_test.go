package serve_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/serve"
)

// A server is a handler: here of a test's server, else of an http.Server's.
func ExampleServer() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	m, err := models.Load("../models/testdata/old/mlp.safetensors", engine)
	if err != nil {
		log.Fatal(err)
	}
	p, err := models.NewPredictor(m, models.Batching{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	s, err := serve.New(serve.Limits{})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Add("mlp", p); err != nil {
		log.Fatal(err)
	}
	h := httptest.NewServer(s)
	defer h.Close()
	r, err := http.Post(h.URL+"/v2/models/mlp/infer", "application/json", strings.NewReader(
		`{"inputs":[{"name":"input","datatype":"FP64","shape":[1,9],"data":[1,0,0,0,0,0,0,0,1]}],"outputs":[{"name":"output","parameters":{"classification":1}}]}`))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err != nil {
		log.Fatal(err)
	}
	before, largest, _ := strings.Cut(string(answer), `"data":["`)
	fmt.Println(before)
	fmt.Println(largest[:4], "is that of class", largest[strings.Index(largest, ":")+1:][:1])
	// Output:
	// {"model_name":"mlp","model_version":"1","outputs":[{"name":"output","datatype":"BYTES","shape":[1,1],
	// 0.93 is that of class 0
}
