package main

import (
	"strings"

	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/models"
)

// net is a network that is trained.
type net struct {
	name      string
	model     models.Sequential
	layers    []work.Layer // the arithmetic of those with weights
	batch     int
	rate      float64
	gate      int     // the loss after so many steps must be that of the first row,
	tolerance float64 // but for this share of it
}

// A net with dropouts draws others in each row: its loss is looked at after the first step, of which it tells little.
var nets = []net{
	{"784-50-10, batch 100", perceptron(50), work.Spec{Widths: []int{784, 50, 10}}.Layers(), 100, 0.1, 10, 1e-4},
	{"784-1024-1024-10, batch 256", perceptron(1024, 1024), work.Spec{Widths: []int{784, 1024, 1024, 10}}.Layers(), 256, 0.1, 10, 1e-4},
	{"Gorgonia's convnet, batch 100", convNet, work.Spec{Name: "convnet"}.Layers(), 100, 0.001, 1, 0.05},
}

// perceptron is the book's net with hidden layers of so many units.
func perceptron(hidden ...int) models.Sequential {
	s, err := models.MLP{Widths: append(append([]int{784}, hidden...), 10), Std: 0.01, Seed: 1}.Sequential()
	if err != nil {
		panic(err) // our own bug
	}
	return s
}

// convNet is Gorgonia's example convnet with its dropouts; it has biases, which the example has not.
var convNet = models.Sequential{Name: "convnet", In: []int{1, 28, 28}, Init: models.He, Seed: 1, Layers: []models.Layer{
	models.Conv{Filters: 32, Size: 3, Pad: 1}, models.Activate("relu"), models.MaxPool{Size: 2}, models.Dropout(0.2),
	models.Conv{Filters: 64, Size: 3, Pad: 1}, models.Activate("relu"), models.MaxPool{Size: 2}, models.Dropout(0.2),
	models.Conv{Filters: 128, Size: 3, Pad: 1}, models.Activate("relu"), models.MaxPool{Size: 2}, models.Dropout(0.2),
	models.Dense(625), models.Activate("relu"), models.Dropout(0.55),
	models.Dense(10),
}}

// netsOf are the nets whose name has this in it.
func netsOf(part string) (list []net) {
	for _, n := range nets {
		if strings.Contains(n.name, part) {
			list = append(list, n)
		}
	}
	return list
}

func netNames() (names []string) {
	for _, n := range nets {
		names = append(names, n.name)
	}
	return names
}

// numbers is how many parameters a net has, which is how many numbers a step adds up over the processes.
func (n *net) numbers() (sum int, err error) {
	built, err := n.model.Net()
	for _, p := range built.Params {
		sum += p.Size()
	}
	return sum, err
}
