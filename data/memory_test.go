package data

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"
)

// peak is the most memory that the heap has while work goes on, and what it has after that, above what it had before.
func peak(work func()) (most, after uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // little garbage
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	debug.FreeOSMemory()
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	above := func() uint64 {
		metrics.Read(sample)
		return max(sample[0].Value.Uint64(), before) - before
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			most = max(most, above())
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	work()
	close(done)
	wg.Wait()
	debug.FreeOSMemory()
	return most, above()
}

// TestMemoryIsBounded: a table that takes 32 MB as numbers is read, split, standardised and drawn from within 8 bytes for each sample and what
// OpenOptions says.
func TestMemoryIsBounded(t *testing.T) {
	const n, columns, limit = 200_000, 20, 8 << 20
	path := filepath.Join(t.TempDir(), "large.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for c := range columns - 1 {
		fmt.Fprintf(w, "c%d,", c)
	}
	fmt.Fprintln(w, "y")
	for i := range n {
		for range columns - 1 {
			fmt.Fprintf(w, "%d,", i%97)
		}
		fmt.Fprintln(w, i)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	var s *Set
	took, kept := peak(func() {
		s = open(t, path, OpenOptions{Regression: true, Standardise: true, Memory: limit})
		x, y, rows := make([]float32, 100*s.Train.Inputs()), make([]float32, 100), make([]int, 100)
		sampler := NewSampler(s.Train.Len(), 1)
		for range 200 {
			if err := sampler.Draw(rows); err != nil {
				t.Fatal(err)
			}
			if err := s.Train.Read32(x, y, rows); err != nil {
				t.Fatal(err)
			}
		}
	})
	if most := uint64(8*n + limit + 10_000_000); took > most || kept > 8*n+3_000_000 || s.store.file == nil || s.Train.Len()+s.Test.Len() != n {
		t.Errorf("%d bytes, at most %d are promised, then %d; %v", took, most, kept, s)
	}
	t.Logf("%d samples of %d bytes: %.1f MB at most, then %.1f", n, 8*columns, float64(took)/1e6, float64(kept)/1e6)
}
