package serve_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/serve"

	"gorgonia.org/tensor"
)

// BenchmarkInfer answers for one digit as JSON, with the book's network, without a connection.
func BenchmarkInfer(b *testing.B) {
	net, err := models.TwoLayerNet(784, 50, 10, 0.01, 1).Net()
	if err != nil {
		b.Fatal(err)
	}
	s, err := serve.New(serve.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Add("m", predictor(b, net, tensor.Float32, models.Batching{})); err != nil {
		b.Fatal(err)
	}
	numbers := make([]string, 784)
	for i := range numbers {
		numbers[i] = "0"
		if i%5 == 0 {
			numbers[i] = fmt.Sprint(float32(i%256) / 255)
		}
	}
	body := in(`"datatype":"FP32","shape":[1,784],"data":[` + strings.Join(numbers, ",") + `]`)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("POST", "/v2/models/m/infer", strings.NewReader(body)))
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
