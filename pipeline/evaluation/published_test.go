package evaluation

import (
	"fmt"
	"slices"
	"testing"

	"fc7/vgg"
)

func TestPublishedErrors(t *testing.T) {
	for _, c := range []struct {
		nets   []string
		views  string
		scales []int
		want   string
	}{
		{[]string{"vgg16"}, "dense", []int{512, 256, 384}, "[{table 4, S=[256;512] 24.8 7.5}]"},
		{[]string{"vgg16"}, "dense", []int{384}, "[{table 3, S=384 26.8 8.7} {table 3, S=[256;512] 25.6 8.1}]"},
		{[]string{"vgg11_lrn"}, "dense", []int{256}, "[{table 3, S=256 29.7 10.5}]"},
		{[]string{"vgg19", "vgg16"}, "dense+crops", []int{256, 384, 512}, "[{table 6 23.7 6.8}]"},
		{[]string{"vgg16_bn"}, "centre", []int{256}, "[{torchvision 26.64 8.484}]"},
		{[]string{"vgg16_bn"}, "dense", []int{256}, "[]"}, // not in the paper
		{[]string{"vgg16/8"}, "dense", []int{256}, "[]"},
		{[]string{"vgg16"}, "crops", []int{256}, "[]"},
	} {
		if got := fmt.Sprint(publishedErrors(c.nets, c.views, c.scales)); got != c.want {
			t.Errorf("%v %s %v: %s, want %s", c.nets, c.views, c.scales, got, c.want)
		}
	}
	for _, r := range published {
		for net := range r.errors {
			if net != "vgg16+vgg19" && !slices.Contains(vgg.Names(), net) {
				t.Errorf("%s: no net is called %s", r.source, net)
			}
		}
	}
}
