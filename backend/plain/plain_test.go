package plain_test

import (
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	_ "github.com/stheno/stheno/backend/plain"
)

// The engine that has the least passes the whole suite: what it lacks, the compiler gives it.
func TestConformance(t *testing.T) {
	backendtest.Test(t, func() (backend.Engine, error) { return backend.Open("plain") })
}
