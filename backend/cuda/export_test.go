//go:build cuda

package cuda

// Only leaves the loop one of its ways, for tests that train models, which stand outside of this package.
func (l *Loop) Only(way int) { l.ways, l.autotune = l.ways[way:way+1], newAutotune(1) }
