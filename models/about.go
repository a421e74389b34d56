package models

import (
	"strconv"
	"strings"
)

// The keys of Net.About that an MLP has.
const (
	AboutActivation = "activation" // a name of ActivationNames
	AboutHidden     = "hidden"     // units of the hidden layers, such as 256,128
	AboutLoss       = "loss"       // only of the loss that has a name
)

// about is what the parameters of a network do not tell; m has an activation.
func (m MLP) about() map[string]string {
	about := map[string]string{AboutActivation: m.Activation, AboutHidden: JoinWidths(m.Widths[1 : len(m.Widths)-1])}
	if m.Loss == nil {
		about[AboutLoss] = "softmax cross-entropy"
	}
	return about
}

// JoinWidths lists layer sizes as 256,128.
func JoinWidths(widths []int) string {
	var parts []string
	for _, w := range widths {
		parts = append(parts, strconv.Itoa(w))
	}
	return strings.Join(parts, ",")
}
