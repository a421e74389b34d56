package models

import "slices"

// Image is the shape of the images that a network reads.
type Image struct{ Channels, Height, Width int }

func (i Image) shape() []int { return []int{i.Channels, i.Height, i.Width} }

// SimpleConvNet is the book's first convolutional network (7.5): 30 filters of 5x5, relu, pooling, a hidden layer, the book's of 100
// units. The book draws its weights with a standard deviation of 0.01.
func SimpleConvNet(in Image, hidden, classes int) Sequential {
	return Sequential{Name: "simpleconv", In: in.shape(), Layers: []Layer{
		Conv{Filters: 30, Size: 5}, Activate("relu"), MaxPool{Size: 2},
		Dense(hidden), Activate("relu"),
		Dense(classes),
	}, Init: Std(0.01)}
}

// DeepConvNet is the book's deep network (8.1.1): six convolutions of 3x3, a pooling after each second one, a hidden layer, the book's
// of 50 units, and dropout of one half behind the last two layers, with the initial weights of He.
func DeepConvNet(in Image, hidden, classes int) Sequential {
	conv := func(filters, pad int) []Layer {
		return []Layer{Conv{Filters: filters, Size: 3, Pad: pad}, Activate("relu")}
	}
	return Sequential{Name: "deepconv", In: in.shape(), Init: He, Layers: slices.Concat(
		conv(16, 1), conv(16, 1), []Layer{MaxPool{Size: 2}},
		conv(32, 1), conv(32, 2), []Layer{MaxPool{Size: 2}},
		conv(64, 1), conv(64, 1), []Layer{MaxPool{Size: 2}},
		[]Layer{Dense(hidden), Activate("relu"), Dropout(0.5)},
		[]Layer{Dense(classes), Dropout(0.5)},
	)}
}
