package backendtest_test

import (
	"fmt"
	"log"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	_ "github.com/stheno/stheno/backend/plain"
)

// The author of an engine has one test of its own, for all of the suite.
func ExampleTest() {
	testConformance := func(t *testing.T) { // func TestConformance, in the engine's folder
		backendtest.Test(t, func() (backend.Engine, error) { return backend.Open("plain") })
	}
	_ = testConformance
}

// An engine gives the same bits, run again and compiled again, as another of its kind.
func ExampleSameBits() {
	one, err := backend.Open("plain")
	if err != nil {
		log.Fatal(err)
	}
	defer one.Close()
	other, err := backend.Open("plain")
	if err != nil {
		log.Fatal(err)
	}
	defer other.Close()
	fmt.Println(backendtest.SameBits(one, other))
	// Output: <nil>
}
