// Package loader loads the machine's shared libraries at run time, without cgo, where purego has a way to.
package loader
