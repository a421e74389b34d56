package gorgonia

import (
	"fmt"
	"sync"
)

// Where Gorgonia reads the clock, the copy counts: the same draws in every process.
var seeds = struct {
	sync.Mutex
	of map[string]int64
}{of: map[string]int64{}}

// seed is that of a generator.
func seed(of ...interface{}) int64 {
	seeds.Lock()
	defer seeds.Unlock()
	name := fmt.Sprint(of...)
	seeds.of[name]++
	return seeds.of[name]
}
