package serve_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/stheno/stheno/internal/python"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/serve"
)

// client asks all that Triton's client for Python offers of the protocol, with its own defaults, and prints what it got.
const client = `
import json, sys
import numpy, tritonclient.http as http
c = http.InferenceServerClient(sys.argv[1])
x = numpy.array([[1, 2, 4, 0.25], [0.1, 0, 0, 0]], "float32")
def ask(model, datatype, binary, outputs=None, shape=(2, 4)):
    i = http.InferInput("input", list(shape), datatype)
    i.set_data_from_numpy(x.reshape(shape).astype({"FP32": "float32", "FP64": "float64"}[datatype]), binary_data=binary)
    return c.infer(model, [i], outputs=outputs, request_id="7")
def texts(a): return [t.decode() if isinstance(t, bytes) else t for t in a.ravel()]
out = {"health": [c.is_server_live(), c.is_server_ready(), c.is_model_ready("named"), c.is_model_ready("named", "1"), c.is_model_ready("none")],
       "server": c.get_server_metadata()["name"], "inputs": c.get_model_metadata("named")["inputs"]}
for binary in False, True:
    r = ask("named", "FP32", binary)
    out["class %s" % binary] = texts(r.as_numpy("class"))
    out["output %s" % binary] = r.as_numpy("output").astype("float64").tolist()
    out["id %s" % binary] = r.get_response()["id"]
    r = ask("wide", "FP64", binary, [http.InferRequestedOutput("output", binary_data=binary)], (2, 1, 2, 2))
    out["wide %s" % binary] = r.as_numpy("output").tolist()
    r = ask("named", "FP32", binary, [http.InferRequestedOutput("output", binary_data=binary, class_count=1)])
    out["top %s" % binary] = texts(r.as_numpy("output"))
try: ask("none", "FP32", True)
except http.InferenceServerException as e: out["error"] = e.message()
print(json.dumps(out))
`

// TestTritonClient: a client that people have gets from this server what it gets from others, where Python has it.
func TestTritonClient(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts Python: not with -short")
	}
	interpreter, err := python.With("..", "tritonclient.http", "numpy")
	if err != nil {
		t.Skip(err)
	}
	h := httptest.NewServer(newServer(t, serve.Limits{}, models.Batching{}))
	defer h.Close()
	cmd := exec.Command(interpreter, "-c", client, strings.TrimPrefix(h.URL, "http://"))
	cmd.Env, cmd.Stderr = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1"), os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	tenth := float64(float32(0.1))
	for key, want := range map[string]any{
		"health": []any{true, true, true, true, false}, "server": "stheno",
		"inputs":      []any{map[string]any{"name": "input", "datatype": "FP32", "shape": []any{-1., 1., 2., 2.}}},
		"class False": []any{"ri\"ght", "left"}, "class True": []any{"ri\"ght", "left"},
		"output False": []any{[]any{3., 4., 0.5}, []any{tenth, 0., 0.}}, "output True": []any{[]any{3., 4., 0.5}, []any{tenth, 0., 0.}},
		"id False": "7", "id True": "7",
		"wide False": []any{[]any{3., 4., 0.5}, []any{tenth, 0., 0.}}, "wide True": []any{[]any{3., 4., 0.5}, []any{tenth, 0., 0.}},
		"top False": []any{`4:1:ri"ght`, "0.1:0:left"}, "top True": []any{`4:1:ri"ght`, "0.1:0:left"},
		"error": `model "none" is unknown: there is [named wide]`,
	} {
		if !reflect.DeepEqual(got[key], want) {
			t.Errorf("%s: the client got %v, want %v", key, got[key], want)
		}
	}
}
