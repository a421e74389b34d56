package models

import (
	"strconv"
	"strings"
)

// The keys of Net.About that a Sequential has.
const (
	AboutLayers     = "layers"     // all that evaluation knows: conv 5x5/1+0 of 30, relu, maxpool 2x2/2, dense 100, relu, dense 10
	AboutActivation = "activation" // a name of ActivationNames; only where all layers have the same
	AboutHidden     = "hidden"     // units of the Dense layers but the last, such as 256,128
	AboutBatchNorm  = "batchnorm"  // true where it has some
	AboutLoss       = "loss"       // only of the two that are usual: "mean squared error" is regression's
	AboutTrained    = "trained"    // the layers with their dropouts, only where there are some
)

// about is what the parameters of a network do not tell. Dropout is a matter of training, not of the network: it stands apart.
func (s Sequential) about() map[string]string {
	var layers, trained []string
	var units []int
	about, activations, norms := map[string]string{}, map[Activate]bool{}, false
	for _, l := range s.Layers {
		trained = append(trained, l.String())
		switch l := l.(type) {
		case Dropout:
			continue
		case Dense:
			units = append(units, int(l))
		case Activate:
			activations[l] = true
			about[AboutActivation] = string(l)
		case BatchNorm:
			norms = true
		}
		layers = append(layers, l.String())
	}
	if len(activations) > 1 {
		delete(about, AboutActivation)
	}
	about[AboutLayers] = strings.Join(layers, ", ")
	if len(trained) > len(layers) {
		about[AboutTrained] = strings.Join(trained, ", ")
	}
	about[AboutHidden] = JoinWidths(units[:max(len(units)-1, 0)])
	about[AboutBatchNorm] = strconv.FormatBool(norms)
	if s.Loss == nil {
		about[AboutLoss] = s.usualLoss().name
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
