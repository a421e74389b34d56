//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package loader

import "testing"

func TestReasons(t *testing.T) {
	got := reasons([]refusal{{"a", "no file"}, {"b", "no file"}, {"c", "has no sgemm_"}, {"d", "no file"}})
	if want := "a, b: no file; c: has no sgemm_; d: no file"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
