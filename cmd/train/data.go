package main

import (
	"fmt"

	"github.com/stheno/stheno/data"
)

// taskOf is what a net or a data set is for, as -task calls it.
func taskOf(regression bool) string {
	if regression {
		return "regression"
	}
	return "classification"
}

// dataset is the embedded MNIST or a folder.
func (o *options) dataset() (*data.Set, error) {
	if o.data == "embedded" {
		mnist, err := data.MNIST()
		if err != nil {
			return nil, err
		}
		return mnist.Set()
	}
	d, err := data.Load(o.data)
	if err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	s, err := d.Set()
	if err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	return s, o.checkBatch(s)
}
