package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSamplerSequence(t *testing.T) {
	const seed = 7
	got := make([]int, 1000)
	NewSampler(60000, seed).Draw(got)
	r := rand.New(rand.NewPCG(seed, 0))
	for i, v := range got {
		if want := r.IntN(60000); v != want {
			t.Fatalf("seed %d: draw %d is %d, want %d", seed, i, v, want)
		}
	}
	again, split := make([]int, 1000), NewSampler(60000, seed)
	split.Draw(again[:123])
	split.Draw(again[123:])
	if !slices.Equal(got, again) {
		t.Error("the sequence depends on the batch size")
	}
	other := make([]int, 1000)
	NewSampler(60000, seed+1).Draw(other)
	if slices.Equal(got, other) {
		t.Error("two seeds, one sequence")
	}
}

// Draws are even, and with replacement: 3 of 3 would else never repeat.
func TestSamplerIsEven(t *testing.T) {
	const n, draws, seed = 10, 100_000, 3
	indices, seen := make([]int, draws), [n]int{}
	NewSampler(n, seed).Draw(indices)
	for _, v := range indices {
		seen[v]++
	}
	// A count has mean 10,000 and standard deviation 95.
	for v, c := range seen {
		if c < 9500 || c > 10500 {
			t.Errorf("seed %d: %d drawn %d times of %d", seed, v, c, draws)
		}
	}
}

func TestSamplerResumes(t *testing.T) {
	want, got := make([]int, 50), make([]int, 50)
	a := NewSampler(1000, 5)
	a.Draw(want)
	state := a.State()
	a.Draw(want)
	b := NewSampler(1000, 99)
	if err := b.Resume(state); err != nil {
		t.Fatal(err)
	}
	b.Draw(got)
	if !slices.Equal(got, want) {
		t.Error("not the sequence that was left")
	}
	for bad, want := range map[string]string{
		"zz": `sampler state "zz": encoding/hex: invalid byte: U+007A 'z'; take the text that State returned`,
		"00": `sampler state "00": invalid PCG encoding; take the text that State returned`,
	} {
		if err := b.Resume(bad); fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
