//go:build !amd64

package native

// prefetch does nothing: nobody has measured that it helps here.
func prefetch(*byte, int, int) {}
