package evaluation

import (
	"slices"
	"strings"
)

// Published is an error on the validation set of ILSVRC-2012 as others give it, in percent.
type Published struct {
	Source string  `json:"source"` // "table 4, S=[256;512]"
	Top1   float64 `json:"top1"`
	Top5   float64 `json:"top5"`
}

// publishedRow is a way of testing, and the top-1 and top-5 error of nets tested so; two nets together are joined by +.
type publishedRow struct {
	source string
	views  string
	scales []int
	errors map[string][2]float64
}

// published are the figures of arXiv 1409.1556, tables 3 to 6, and those that torchvision's documentation gives for its
// IMAGENET1K_V1 weights as accuracies, Caffe's for its models, and MatConvNet's page of pretrained models. Tables 5 and
// 6 are of nets trained with scale jitter.
var published = []publishedRow{
	{"table 3, S=256", "dense", []int{256}, map[string][2]float64{
		"vgg11": {29.6, 10.4}, "vgg11_lrn": {29.7, 10.5}, "vgg13": {28.7, 9.9}, "vgg16c": {28.1, 9.4}, "vgg16": {27.0, 8.8}, "vgg19": {27.3, 9.0},
	}},
	{"table 3, S=384", "dense", []int{384}, map[string][2]float64{"vgg16c": {28.1, 9.3}, "vgg16": {26.8, 8.7}, "vgg19": {26.9, 8.7}}},
	{"table 3, S=[256;512]", "dense", []int{384}, map[string][2]float64{"vgg16c": {27.3, 8.8}, "vgg16": {25.6, 8.1}, "vgg19": {25.5, 8.0}}},
	{"table 4, S=256", "dense", []int{224, 256, 288}, map[string][2]float64{
		"vgg13": {28.2, 9.6}, "vgg16c": {27.7, 9.2}, "vgg16": {26.6, 8.6}, "vgg19": {26.9, 8.7},
	}},
	{"table 4, S=384", "dense", []int{352, 384, 416}, map[string][2]float64{"vgg16c": {27.8, 9.2}, "vgg16": {26.5, 8.6}, "vgg19": {26.7, 8.6}}},
	{"table 4, S=[256;512]", "dense", []int{256, 384, 512}, map[string][2]float64{"vgg16c": {26.3, 8.2}, "vgg16": {24.8, 7.5}, "vgg19": {24.8, 7.5}}},
	{"table 5", "crops", []int{256, 384, 512}, map[string][2]float64{"vgg16": {24.6, 7.5}, "vgg19": {24.6, 7.4}}},
	{"table 5", "dense+crops", []int{256, 384, 512}, map[string][2]float64{"vgg16": {24.4, 7.2}, "vgg19": {24.4, 7.1}}},
	{"table 6", "dense+crops", []int{256, 384, 512}, map[string][2]float64{"vgg16+vgg19": {23.7, 6.8}}},
	{"torchvision", "centre", []int{256}, map[string][2]float64{
		"vgg11": {30.980, 11.372}, "vgg13": {30.072, 10.754}, "vgg16": {28.408, 9.618}, "vgg19": {27.624, 9.124},
		"vgg11_bn": {29.630, 10.190}, "vgg13_bn": {28.414, 9.626}, "vgg16_bn": {26.640, 8.484}, "vgg19_bn": {25.782, 8.158},
		"alexnet-torchvision": {43.478, 20.934},
	}},
	// Of predecessors: one centre crop by Caffe, of images of 256 x 256, and by MatConvNet.
	{"Caffe", "centre", []int{256}, map[string][2]float64{"alexnet": {42.9, 19.8}, "caffenet": {42.6, 19.6}}},
	{"MatConvNet", "centre", []int{256}, map[string][2]float64{
		"alexnet": {42.6, 19.6}, "caffenet": {42.4, 19.6}, "cnn-f": {41.1, 18.8}, "cnn-m": {37.3, 15.9}, "cnn-s": {36.7, 15.3},
	}},
}

// publishedErrors finds the figures for nets (by their full names, vgg16) tested in a way.
func publishedErrors(nets []string, views string, scales []int) []Published {
	nets, scales = slices.Sorted(slices.Values(nets)), slices.Sorted(slices.Values(scales))
	var found []Published
	for _, r := range published {
		e, ok := r.errors[strings.Join(nets, "+")]
		if ok && r.views == views && slices.Equal(r.scales, scales) {
			found = append(found, Published{r.source, e[0], e[1]})
		}
	}
	return found
}
