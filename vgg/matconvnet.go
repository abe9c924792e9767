package vgg

import (
	"fmt"

	"fc7/vgg/weights"
)

// MatConvNet's imagenet-vgg-verydeep nets are the authors' with their first filters turned to RGB; fully connected
// layers are convolutions. The mean to subtract is in the file.

// metaAverageImage is where the weights package keeps that mean.
const metaAverageImage = "matconvnet.averageImage"

var schemeMatConvNet = Scheme{
	Name: "matconvnet", pre: authorsRGB, layout: layoutSlim,
	convs: "conv", weight: ".filters", bias: ".biases", foreign: ".moments", tensor: paperName, preprocess: matconvnetPreprocess,
}

// matconvnetPreprocess takes the mean from the file's averageImage: the mean RGB, or an image of means, of which the
// weights package took the mean of each channel. fc7 subtracts one number a channel, so the name says where an image
// was reduced.
func matconvnetPreprocess(f *weights.File) (Preprocess, error) {
	p := authorsRGB
	text := f.Metadata[metaAverageImage]
	if text == "" {
		return p, nil
	}
	if n, err := fmt.Sscan(text, &p.Mean[0], &p.Mean[1], &p.Mean[2]); err != nil || n != 3 {
		return p, fmt.Errorf("averageImage %q: expected three numbers", text)
	}
	p.Name = "matconvnet"
	var h, w, c int
	size := f.Metadata["matconvnet.averageImageSize"]
	if n, _ := fmt.Sscanf(size, "%dx%dx%d", &h, &w, &c); n == 3 && h*w > 1 {
		p.Name = fmt.Sprintf("matconvnet, channel means of a %s average image", size)
	}
	return p, nil
}
