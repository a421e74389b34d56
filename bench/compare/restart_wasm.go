package main

import "errors"

func restart(string, []string, []string) error { return errors.ErrUnsupported }
