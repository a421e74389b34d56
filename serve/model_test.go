package serve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/serve"

	"gorgonia.org/tensor"
)

// TestPreprocessing: samples come as they were in the data, and values go in their own units; who says so sends what the net reads.
func TestPreprocessing(t *testing.T) {
	table := &data.Preprocessing{Columns: []data.Column{{Name: "a"}, {Name: "c", Categories: []string{"x", "y"}}, {Name: "b"}},
		Divisor: 2, Mean: []float64{1, 0, 0, 0}, Std: []float64{1, 1, 1, 2}, Targets: []data.Target{{Mean: 10, Std: 2}}}
	net := sums("table", nil)
	net.Shape, net.Preprocessing = nil, table.Text()
	pictures := sums("pictures", nil)
	pictures.Preprocessing = (&data.Preprocessing{Image: &data.Image{Channels: 1, Height: 2, Width: 2}, Divisor: 255}).Text()
	s, err := serve.New(serve.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, net := range map[string]models.Net{"table": net, "pictures": pictures} {
		if err := s.Add(name, predictor(t, net, tensor.Float64, models.Batching{})); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ model, members, want string }{
		{"table", `"shape":[1,3],"data":[4,1,6]`, `"data":[12,1,3]`},
		{"table", `"shape":[2,3],"data":[4,1,6,2,-1,0]`, `"data":[12,1,3,10,0,0]`},
		{"table", `"shape":[1,4],"parameters":{"preprocessed":true},"data":[1,0,1,1.5]`, `"data":[1,1,3]`},
		{"table", `"shape":[1,4],"data":[1,0,1,1.5]`, `{"error":"input: shape [1 4]: want [-1 3], where -1 is the number of samples"}`},
		{"pictures", `"shape":[1,4],"data":[255,0,51,0]`, `"data":[1,0.2,0]`},
		{"pictures", `"shape":[1,1,2,2],"data":[255,0,51,0]`, `"data":[1,0.2,0]`},
		{"pictures", `"shape":[1,1,2,2],"parameters":{"preprocessed":true},"data":[1,0,0.2,0]`, `"data":[1,0.2,0]`},
	} {
		if got := text(t, ask(s, "POST", "/v2/models/"+c.model+"/infer", in(`"datatype":"FP64",`+c.members))); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.members, got, c.want)
		}
	}
	if got := text(t, ask(s, "GET", "/v2/models/table", "")); !strings.Contains(got, `"name":"input","datatype":"FP64","shape":[-1,3]`) {
		t.Error(got)
	}
	net.Preprocessing = `{"columns":[{"name":"a"}]}`
	if err := s.Add("less", predictor(t, net, tensor.Float64, models.Batching{})); fmt.Sprint(err) != "model less: the preprocessing gives 1 numbers, the net reads 4" {
		t.Errorf("error %v", err)
	}
}
