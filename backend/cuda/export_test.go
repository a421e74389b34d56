package cuda

import "github.com/stheno/stheno/backend"

// Only leaves the loop one of its ways, for tests that train models, which stand outside of this package.
func (l *Loop) Only(way int) { l.ways, l.autotune = l.ways[way:way+1], newAutotune(1) }

// open starts the engine on the machine's driver.
func open() (backend.Engine, error) { return backend.Open("cuda") }
