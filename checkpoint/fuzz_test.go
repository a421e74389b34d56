package checkpoint

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzHeader: a header that is read is JSON with the same tensors and metadata to encoding/json, and one that is not is an error of
// one line.
func FuzzHeader(f *testing.F) {
	for _, c := range hostile {
		if header, _, err := split(c.file); err == nil && len(header) < 1<<12 {
			f.Add(header)
		}
	}
	f.Add([]byte(`{"__metadata__":{"k":"v\\u00e9\\n"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"\\"":{"data_offsets":[8,8],"shape":[0],"dtype":"F64"}}  `))
	f.Add([]byte(`{"__metadata__":null}`))
	f.Fuzz(func(t *testing.T, header []byte) {
		var entries []entry
		var meta map[string]string
		var err error
		spent := allocated(func() { entries, meta, err = parseHeader(header) })
		if spent > uint64(1<<20+64*len(header)) {
			t.Errorf("%d bytes set aside for a header of %d", spent, len(header))
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %v", err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(header, &want); err != nil {
			t.Fatalf("it is no JSON: %v", err)
		}
		var wantMeta map[string]string
		if text, ok := want[metadataKey]; ok {
			delete(want, metadataKey)
			if err := json.Unmarshal(text, &wantMeta); err != nil || len(wantMeta) != len(meta) {
				t.Errorf("metadata %q, to encoding/json %q, %v", meta, wantMeta, err)
			}
		}
		for k, v := range meta {
			if wantMeta[k] != v {
				t.Errorf("metadata %q: %q, to encoding/json %q", k, v, wantMeta[k])
			}
		}
		if len(want) != len(entries) {
			t.Errorf("%d tensors, to encoding/json %d", len(entries), len(want))
		}
		for _, e := range entries {
			var w struct {
				DType   string `json:"dtype"`
				Shape   []int  `json:"shape"`
				Offsets [2]int `json:"data_offsets"`
			}
			if err := json.Unmarshal(want[e.name], &w); err != nil || w.DType != e.dtype || len(w.Shape) != len(e.shape) || w.Offsets != [2]int{e.start, e.end} {
				t.Errorf("%+v, to encoding/json %+v, %v", e, w, err)
			}
		}
	})
}
