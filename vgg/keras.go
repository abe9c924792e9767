package vgg

import "fmt"

// Keras's VGGs (keras.applications) are the authors' nets under names of its own, channels last. Their preprocessing is
// "caffe" mode, which is the authors'.

var schemeKeras = Scheme{
	Name: "keras", pre: authors, layout: layoutFlatHWC,
	convs: "block", weight: "/kernel", bias: "/bias", foreign: "/moving_mean", tensor: kerasName, vggs: true,
}

// schemeKeras3 is that of .weights.h5 files of Keras 3, which has no names of layers, only their class and order.
var schemeKeras3 = Scheme{
	Name: "keras3", pre: authors, layout: layoutFlatHWC,
	convs: "conv2d", weight: "/kernel", bias: "/bias", foreign: "/moving_mean", tensor: keras3Name, vggs: true,
}

func kerasName(l Layer) string {
	switch l.Name {
	case "fc6":
		return "fc1"
	case "fc7":
		return "fc2"
	case "fc8":
		return "predictions"
	}
	return fmt.Sprintf("block%d_%s", l.Block, "conv"+l.Name[len("conv1_"):])
}

func keras3Name(l Layer) string {
	class := "conv2d"
	if l.Kind == FullyConnected {
		class = "dense"
	}
	if l.order == 0 {
		return class
	}
	return fmt.Sprintf("%s_%d", class, l.order)
}
