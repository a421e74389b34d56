//go:build !wasm

package main

import "syscall"

// restart puts a program in the place of this one.
func restart(path string, args, env []string) error { return syscall.Exec(path, args, env) }
