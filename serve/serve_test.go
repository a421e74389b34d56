package serve_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/serve"

	"gorgonia.org/tensor"
)

// sums is a net of 4 inputs, as a 2x2 image, and 3 outputs, whose scores are x0+x1, x2 and 2·x3: answers that a reader can check. Its
// Net is without softmax.
func sums(name string, classes []string) models.Net {
	net, err := models.Sequential{Name: name, In: []int{1, 2, 2}, Layers: []models.Layer{models.Dense(3)}, Init: models.Std(0)}.Net()
	if err != nil {
		panic(err)
	}
	net.Params[0].Init = []float64{1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2}
	net.Output, net.Classes = nil, classes
	return net
}

func predictor(t testing.TB, net models.Net, dt tensor.Dtype, b models.Batching) *models.Predictor {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	if tt, ok := t.(*testing.T); ok {
		e = backendtest.NoLeaks(tt, e)
	}
	m, err := models.New(net, e, dt)
	if err != nil {
		t.Fatal(err)
	}
	p, err := models.NewPredictor(m, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(); e.Close() })
	return p
}

// newServer has the models "named", whose classes have names, and "wide", in float64, whose classes have none.
func newServer(t testing.TB, l serve.Limits, b models.Batching) *serve.Server {
	t.Helper()
	s, err := serve.New(l)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*models.Predictor{
		"named": predictor(t, sums("named", []string{"left", "ri\"ght", "ü"}), tensor.Float32, b),
		"wide":  predictor(t, sums("wide", nil), tensor.Float64, b),
	} {
		if err := s.Add(name, p); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// ask sends a request to the handler itself.
func ask(h http.Handler, method, path, body string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const (
	named = "/v2/models/named/infer"
	wide  = "/v2/models/wide/versions/1/infer"
	one   = `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,4],"data":[1,2,4,0.25]}]}`
	large = `{"inputs":[{"name":"input","datatype":"FP32","shape":[%s],"data":[1]}]}`
)

// in is a request of one input, whose members follow its name.
func in(members string, more ...string) string {
	return `{"inputs":[{"name":"input",` + members + `}]` + strings.Join(more, "") + `}`
}

// TestRequests: the protocol, request by request.
func TestRequests(t *testing.T) {
	s := newServer(t, serve.Limits{Body: 4000}, models.Batching{})
	version := models.Version()
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/v2/health/live", "", 200, `{"live":true}`},
		{"GET", "/v2/health/ready", "", 200, `{"ready":true}`},
		{"GET", "/v2", "", 200, `{"extensions":["binary_tensor_data","classification"],"name":"stheno","version":"` + version + `"}`},
		{"GET", "/v2/models/named/ready", "", 200, `{"name":"named","ready":true}`},
		{"GET", "/v2/models/named/versions/1/ready", "", 200, `{"name":"named","ready":true}`},
		{"GET", "/v2/models/named", "", 200, `{"inputs":[{"name":"input","datatype":"FP32","shape":[-1,1,2,2]}],"name":"named","outputs":[{"name":"output","datatype":"FP32","shape":[-1,3]},{"name":"class","datatype":"BYTES","shape":[-1]}],"platform":"stheno","versions":["1"]}`},
		{"GET", "/v2/models/wide/versions/1", "", 200, `{"inputs":[{"name":"input","datatype":"FP64","shape":[-1,1,2,2]}],"name":"wide","outputs":[{"name":"output","datatype":"FP64","shape":[-1,3]}],"platform":"stheno","versions":["1"]}`},

		{"POST", named, one, 200, `{"model_name":"named","model_version":"1","outputs":[{"name":"output","datatype":"FP32","shape":[1,3],"data":[3,4,0.5]},{"name":"class","datatype":"BYTES","shape":[1],"data":["ri\"ght"]}]}`},
		{"POST", wide, in(`"datatype":"FP64","shape":[2,1,2,2],"data":[[[[1,2],[0.1,0]]],[[[0,0],[ 0 ,1e-3 ]]]]`, `,"id":"a\"b"`), 200, `{"model_name":"wide","model_version":"1","id":"a\"b","outputs":[{"name":"output","datatype":"FP64","shape":[2,3],"data":[3,0.1,0,0,0,0.002]}]}`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[[1,2,4,0.25]]`, `,"outputs":[{"name":"class"}]`), 200, `{"model_name":"named","model_version":"1","outputs":[{"name":"class","datatype":"BYTES","shape":[1],"data":["ri\"ght"]}]}`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,4,0.25]`, `,"outputs":[{"name":"output","parameters":{"classification":2}}]`), 200, `{"model_name":"named","model_version":"1","outputs":[{"name":"output","datatype":"BYTES","shape":[1,2],"data":["4:1:ri\"ght","3:0:left"]}]}`},
		{"POST", wide, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,4,0.25]`, `,"outputs":[{"name":"output","parameters":{"classification":9}}]`), 200, `{"model_name":"wide","model_version":"1","outputs":[{"name":"output","datatype":"BYTES","shape":[1,3],"data":["4:1","3:0","0.5:2"]}]}`},

		{"GET", "/", "", 404, `nothing is at "/": the protocol's paths start with /v2`},
		{"POST", "/v2/nothing", "", 404, `nothing is at "/v2/nothing": the protocol's paths start with /v2`},
		{"GET", "/v2/models/other", "", 404, `model "other" is unknown: there is [named wide]`},
		{"POST", "/v2/models/other/infer", one, 404, `model "other" is unknown: there is [named wide]`},
		{"POST", "/v2/models/named/versions/2/infer", one, 404, `model named has no version "2": it has 1`},
		{"GET", named, "", 405, `method GET: this path takes POST`},
		{"DELETE", "/v2/models/named", "", 405, `method DELETE: this path takes GET`},
		{"POST", named, "", 400, `the request is not the protocol's JSON: unexpected end of JSON input`},
		{"POST", named, one + "}", 400, `the request is not the protocol's JSON: invalid character '}' after top-level value`},
		{"POST", named, `{"inputs":[{"shape":"x"}]}`, 400, `the request is not the protocol's JSON: json: cannot unmarshal string into Go struct field input.inputs.shape of type []int`},
		{"POST", named, `{}`, 400, `the request has 0 inputs: want one of the name "input"`},
		{"POST", named, `{"inputs":[{"name":"x"}]}`, 400, `the request has 1 inputs: want one of the name "input"`},
		{"POST", named, in(`"datatype":"FP32","shape":[4],"data":[1,2,3,4]`), 400, `input: shape [4]: want [-1 1 2 2], where -1 is the number of samples`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,2,2],"data":[1,2,3,4]`), 400, `input: shape [1 2 2]: want [-1 1 2 2], where -1 is the number of samples`},
		{"POST", named, in(`"datatype":"FP32","shape":[0,4],"data":[]`), 400, `input: shape [0 4]: want one sample at least`},
		{"POST", named, in(`"datatype":"FP32","shape":[-1,4],"data":[]`), 400, `input: shape [-1 4]: want one sample at least`},
		{"POST", named, in(`"datatype":"FP32","shape":[1048577,4],"data":[]`), 413, `input: 1048577 samples: send at most 1048576 in one request`},
		{"POST", named, in(`"datatype":"INT64","shape":[1,4],"data":[1,2,3,4]`), 400, `input: datatype "INT64": send FP32`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3]`), 400, `input: data has fewer numbers than its shape [1 4]`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3.0]`), 400, `input: data has 3 numbers, its shape [1 4] 4`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,4,5]`), 400, `input: data has more numbers than its shape [1 4]`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,null]`), 400, `input: data has null: want a number`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,"4"]`), 400, `input: data has "4": want a number`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,1e400]`), 400, `input: data has 1e400: want a number`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":{"a":1234}`), 400, `input: data is {"a":1234}: want an array of numbers`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":"12345678"`), 400, `input: data is "12345678": want an array of numbers`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[{"a":1},2,3,4]`), 400, `input: data has {"a":1}: want a number`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4]`), 400, `input: data has fewer numbers than its shape [1 4]`},
		{"POST", named, in(`"datatype":"FP32","shape":[2,4],"data":[[1,2],[3,4],[5,6],[7,8]]`), 400, `input: data is nested otherwise than its shape [2 4]`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,1,2,2],"data":[[1,2,3,4]]`), 400, `input: data is nested otherwise than its shape [1 1 2 2]`},
		{"POST", named, in(`"datatype":"FP32","shape":[2,4],"data":[1,2,3,4,[5,6,7,8]]`), 400, `input: data is nested otherwise than its shape [2 4]`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[[[[1,2,3,4]]]]`), 400, `input: data is nested otherwise than its shape [1 4]`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,1e39]`), 400, `input: number 3 of sample 0 is 1e+39: want finite numbers of FP32`},
		{"POST", named, in(`"datatype":"FP32","shape":[2,4],"data":[0,0,0,0,3e38,3e38,0,0]`), 400, `the net gives +Inf for sample 1: its inputs are too large`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,4]`, `,"outputs":[{"name":"scores"}]`), 400, `output "scores": the model has no such output`},
		{"POST", wide, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,4]`, `,"outputs":[{"name":"class"}]`), 400, `output "class": the model has no such output`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,4]`, `,"outputs":[{"name":"class"},{"name":"class"}]`), 400, `output class: it is asked for twice`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,4]`, `,"outputs":[{"name":"output","parameters":{"classification":-1}}]`), 400, `output output: classification -1: ask "output" for the largest so many`},
		{"POST", named, in(`"datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}`), 400, `input: binary_data_size is 16 and 0 bytes follow the JSON: shape [1 4] of FP32 has 16`},
		{"POST", named, strings.Repeat(" ", 4001), 413, `the body has more than 4000 bytes: send fewer samples in one request`},
	} {
		r := ask(s, c.method, c.path, c.body)
		want := c.want
		if c.status != 200 {
			b, _ := json.Marshal(map[string]string{"error": c.want})
			want = string(b)
		}
		if got := text(t, r); r.StatusCode != c.status || got != want || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %s:\ngot  %d %s\nwant %d %s", c.method, c.path, c.body, r.StatusCode, got, c.status, want)
		}
	}
}

// TestBinary: tensors as bytes behind the JSON, in and out.
func TestBinary(t *testing.T) {
	s := newServer(t, serve.Limits{}, models.Batching{})
	const length = "Inference-Header-Content-Length"
	head := in(`"datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}`, `,"parameters":{"binary_data_output":true}`)
	numbers := "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x80\x40\x00\x00\x80\x3e" // 1, 2, 4, 0.25
	r := ask(s, "POST", named, head+numbers, length, fmt.Sprint(len(head)))
	want := `{"model_name":"named","model_version":"1","outputs":[{"name":"output","datatype":"FP32","shape":[1,3],"parameters":{"binary_data_size":12}},{"name":"class","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":10}}]}`
	behind := "\x00\x00\x40\x40\x00\x00\x80\x40\x00\x00\x00\x3f" + "\x06\x00\x00\x00ri\"ght"
	if got := text(t, r); r.StatusCode != 200 || got != want+behind || r.Header.Get(length) != fmt.Sprint(len(want)) || r.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("got %d %v %q", r.StatusCode, r.Header, got)
	}
	wideHead := in(`"datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}`, `,"outputs":[{"name":"output","parameters":{"binary_data":true}}]`)
	if got := text(t, ask(s, "POST", wide, wideHead+numbers, length, fmt.Sprint(len(wideHead)))); !strings.HasSuffix(got, "\x00\x00\x00\x00\x00\x00\x08\x40\x00\x00\x00\x00\x00\x00\x10\x40\x00\x00\x00\x00\x00\x00\xe0\x3f") {
		t.Errorf("FP64: %q", got)
	}
	both := in(`"datatype":"FP32","shape":[1,4],"data":[1,2,3,4],"parameters":{"binary_data_size":16}`)
	nan := "\x00\x00\xc0\x7f" + numbers[4:]
	for _, c := range []struct{ head, behind, length, want string }{
		{head, numbers, "", `the request is not the protocol's JSON: `},
		{head, numbers, "x", `Inference-Header-Content-Length is "x": the body has `},
		{head, numbers, "-1", `Inference-Header-Content-Length is "-1": the body has `},
		{head, numbers, "9999", `Inference-Header-Content-Length is "9999": the body has `},
		{head, numbers + "x", fmt.Sprint(len(head)), `input: binary_data_size is 16 and 17 bytes follow the JSON: shape [1 4] of FP32 has 16`},
		{one, "x", fmt.Sprint(len(one)), `1 bytes follow the JSON, and the input has no binary_data_size`},
		{head, nan, fmt.Sprint(len(head)), `input: number 0 of sample 0 is NaN: want finite numbers of FP32`},
		{both, numbers, fmt.Sprint(len(both)), `input: it has data and binary_data_size: send one of them`},
	} {
		r := ask(s, "POST", named, c.head+c.behind, length, c.length)
		var told struct{ Error string }
		if err := json.Unmarshal([]byte(text(t, r)), &told); err != nil || r.StatusCode != 400 || !strings.HasPrefix(told.Error, c.want) {
			t.Errorf("%s: %d %s, want %s; %v", c.length, r.StatusCode, told.Error, c.want, err)
		}
	}
}

// TestLimits: what a server has no room or no time for is refused with the status that says so, and answered afterwards.
func TestLimits(t *testing.T) {
	s := newServer(t, serve.Limits{Requests: 2, Time: 20 * time.Millisecond}, models.Batching{Most: 4, Wait: time.Hour})
	late := func() {
		if r := ask(s, "POST", named, one); r.StatusCode != 503 || text(t, r) != `{"error":"no answer within 20ms: try again later"}` || r.Header.Get("Retry-After") != "1" {
			t.Errorf("a sample that waits for ever: %d", r.StatusCode)
		}
	}
	late()
	var wg sync.WaitGroup
	body, feed := io.Pipe()
	for range 2 {
		wg.Go(func() { // requests whose bodies do not come
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", named, body))
		})
	}
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(text(t, ask(s, "GET", "/metrics", "")), "stheno_requests_running 2"); {
		if time.Now().After(deadline) {
			t.Fatal("the requests do not run")
		}
	}
	if r := ask(s, "POST", named, one); r.StatusCode != 429 || text(t, r) != `{"error":"2 requests are being answered: try again later"}` || r.Header.Get("Retry-After") != "1" {
		t.Errorf("a third request: %d", r.StatusCode)
	}
	feed.CloseWithError(io.ErrUnexpectedEOF)
	wg.Wait()
	late()
	small := newServer(t, serve.Limits{Body: 1000, Memory: 10}, models.Batching{})
	if r := ask(small, "POST", named, one); r.StatusCode != 429 {
		t.Errorf("more bytes than all requests may have: %d", r.StatusCode)
	}
	outputs := newServer(t, serve.Limits{Memory: int64(2*len(one) + 8*4 + 8*4 + 40*3 - 1)}, models.Batching{})
	for range 3 { // what was taken is given back
		if r := ask(outputs, "POST", named, one); r.StatusCode != 429 {
			t.Errorf("numbers for which there is no room: %d", r.StatusCode)
		}
		if r := ask(outputs, "POST", named, strings.Replace(one, "[1,2,4,0.25]", "[1,2,4,5]", 1)); r.StatusCode != 200 {
			t.Errorf("numbers for which there is room: %d", r.StatusCode)
		}
	}
	if r := ask(small, "POST", named, one, "Content-Encoding", "gzip"); r.StatusCode != 415 {
		t.Errorf("a compressed body: %d", r.StatusCode)
	}
	long := httptest.NewRequest("POST", named, io.MultiReader(strings.NewReader(one), strings.NewReader(strings.Repeat(" ", 5000)))) // of unknown length
	w := httptest.NewRecorder()
	newServer(t, serve.Limits{Body: 1000}, models.Batching{}).ServeHTTP(w, long)
	if w.Code != 413 {
		t.Errorf("a body without a length that is too long: %d", w.Code)
	}
}

// TestReady: a server is ready while it has a model and is not drained, and answers in any case.
func TestReady(t *testing.T) {
	s, err := serve.New(serve.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	ready := func(want int) {
		t.Helper()
		if r := ask(s, "GET", "/v2/health/ready", ""); r.StatusCode != want {
			t.Errorf("ready: %d, want %d", r.StatusCode, want)
		}
	}
	ready(503)
	p := predictor(t, sums("a", nil), tensor.Float32, models.Batching{})
	if err := s.Add("a", p); err != nil {
		t.Fatal(err)
	}
	ready(200)
	s.Drain()
	ready(503)
	if r := ask(s, "POST", "/v2/models/a/infer", one); r.StatusCode != 200 {
		t.Errorf("an inference while the server is drained: %d", r.StatusCode)
	}
	p.Close()
	if r := ask(s, "POST", "/v2/models/a/infer", one); r.StatusCode != 503 || text(t, r) != `{"error":"the server is closing: ask another one"}` {
		t.Errorf("an inference after Close: %d", r.StatusCode)
	}
	for want, err := range map[string]error{
		"model a: another model has this name: choose one for each":                                                             s.Add("a", p),
		`model "a/b": a name has letters, digits, dots, dashes and underscores, 100 at most, and starts with a letter or digit`: s.Add("a/b", p),
		`model "z": there is none of this name`:                                                                                 s.Reload("z", "file"),
	} {
		if fmt.Sprint(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := serve.New(serve.Limits{Body: -1}); err == nil {
		t.Error("a negative limit is taken")
	}
}

// TestReload: the file of another model takes over, and is counted.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	saved := func(name string, bias float64) string {
		net, err := models.Sequential{Name: name, In: []int{4}, Layers: []models.Layer{models.Dense(2)}, Init: models.Std(0)}.Net()
		if err != nil {
			t.Fatal(err)
		}
		net.Params[1].Init, net.Classes = []float64{bias, 0}, []string{"a", name}
		m, err := models.New(net, e, tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		path := filepath.Join(dir, name)
		if err := models.Save(path, m); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first, second := saved("one", math.Log(3)), saved("two", math.Log(1./3))
	m, err := models.Load(first, e)
	if err != nil {
		t.Fatal(err)
	}
	p, err := models.NewPredictor(m, models.Batching{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	s, _ := serve.New(serve.Limits{})
	if err := s.Add("m", p); err != nil {
		t.Fatal(err)
	}
	class := func() string {
		return text(t, ask(s, "POST", "/v2/models/m/infer", in(`"datatype":"FP64","shape":[1,4],"data":[0,0,0,0]`, `,"outputs":[{"name":"class"}]`)))
	}
	if got := class(); !strings.Contains(got, `["a"]`) {
		t.Error(got)
	}
	if err := s.Reload("m", second); err != nil {
		t.Fatal(err)
	}
	if got := class(); !strings.Contains(got, `["two"]`) {
		t.Error(got)
	}
	if err := s.Reload("m", filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there is taken")
	}
	metrics := text(t, ask(s, "GET", "/metrics", ""))
	for _, want := range []string{`stheno_reloads_total{model="m",result="done"} 1`, `stheno_reloads_total{model="m",result="failed"} 1`,
		`stheno_requests_total{model="m",status="200"} 2`, `stheno_samples_total{model="m"} 2`, `stheno_request_seconds_count{model="m"} 2`, "go_goroutines"} {
		if !strings.Contains(metrics, want+"\n") && !strings.Contains(metrics, want+" ") {
			t.Errorf("the metrics do not have %s", want)
		}
	}
}

// FuzzInfer: whatever is sent, the answer is JSON, of one line where it is an error, and takes memory in proportion to what was sent.
func FuzzInfer(f *testing.F) {
	s := newServer(f, serve.Limits{Body: 1 << 16}, models.Batching{Most: 4})
	f.Add([]byte(one), "")
	f.Add([]byte(fmt.Sprintf(large, "1048576,4")), "")
	f.Add([]byte(in(`"datatype":"FP64","shape":[1,1,2,2],"data":[[[[1,2],[3,4]]]]`)), "70")
	f.Add([]byte(in(`"datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":4}`)+"abcd"), "90")
	f.Fuzz(func(t *testing.T, body []byte, length string) {
		r := httptest.NewRequest("POST", named, bytes.NewReader(body))
		r.Header.Set("Inference-Header-Content-Length", length)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var answer map[string]any
		if w.Header().Get("Content-Type") == "application/json" {
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || bytes.ContainsAny(w.Body.Bytes(), "\n\r") {
				t.Errorf("%q, %q: %d %q: %v", body, length, w.Code, w.Body, err)
			}
		}
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("%q, %q: status %d, %s", body, length, w.Code, w.Body)
		}
	})
}
