//go:build !openblas && static

package openblas

import "errors"

// open loads nothing: what can load a library needs the system's loader itself, and does not start without it.
func open() (library, error) {
	return nil, errors.New("a program that was built with -tags static loads no OpenBLAS: build it without the tag, or use -backend=go")
}
