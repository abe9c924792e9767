package evaluation

import (
	"fmt"
	"slices"
	"strings"
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

// validation is what tables 3 to 6 of arXiv 1409.1556 and torchvision's documentation give, written down a second time:
// top-1 and top-5 errors in percent; the last rows are torchvision's accuracies.
const validation = `
way                              | vgg11     | vgg11_lrn | vgg13    | vgg16c   | vgg16    | vgg19
table 3, S=256 dense 256         | 29.6/10.4 | 29.7/10.5 | 28.7/9.9 | 28.1/9.4 | 27.0/8.8 | 27.3/9.0
table 3, S=384 dense 384         |           |           |          | 28.1/9.3 | 26.8/8.7 | 26.9/8.7
table 3, S=[256;512] dense 384   |           |           |          | 27.3/8.8 | 25.6/8.1 | 25.5/8.0
table 4, S=256 dense 224,256,288 |           |           | 28.2/9.6 | 27.7/9.2 | 26.6/8.6 | 26.9/8.7
table 4, S=384 dense 352,384,416 |           |           |          | 27.8/9.2 | 26.5/8.6 | 26.7/8.6
table 4, S=[256;512] dense 256,384,512 |     |           |          | 26.3/8.2 | 24.8/7.5 | 24.8/7.5
table 5 crops 256,384,512        |           |           |          |          | 24.6/7.5 | 24.6/7.4
table 5 dense+crops 256,384,512  |           |           |          |          | 24.4/7.2 | 24.4/7.1
`

const torchvision = `
vgg11 69.020 88.628
vgg13 69.928 89.246
vgg16 71.592 90.382
vgg19 72.376 90.876
vgg11_bn 70.370 89.810
vgg13_bn 71.586 90.374
vgg16_bn 73.360 91.516
vgg19_bn 74.218 91.842
alexnet-torchvision 56.522 79.066
`

// centreCrops are what Caffe's pages of its models and MatConvNet's of pretrained ones give, as accuracies.
const centreCrops = `
Caffe alexnet 57.1 80.2
Caffe caffenet 57.4 80.4
MatConvNet alexnet 57.4 80.4
MatConvNet caffenet 57.6 80.4
MatConvNet cnn-f 58.9 81.2
MatConvNet cnn-m 62.7 84.1
MatConvNet cnn-s 63.3 84.7
`

// Every figure of the program is one that was published, and none is left out.
func TestPublishedFigures(t *testing.T) {
	want := []string{"table 6 dense+crops [256 384 512] vgg16+vgg19: 23.70 6.80"}
	lines := strings.Split(strings.TrimSpace(validation), "\n")
	nets := strings.Split(lines[0], "|")
	for _, line := range lines[1:] {
		cells := strings.Split(line, "|")
		way := strings.TrimSpace(cells[0])
		i := strings.LastIndex(way, " ")
		way = way[:i] + " [" + strings.ReplaceAll(way[i+1:], ",", " ") + "]"
		for n, cell := range cells[1:] {
			var top1, top5 float64
			if cell = strings.TrimSpace(cell); cell == "" {
				continue
			}
			if _, err := fmt.Sscanf(cell, "%g/%g", &top1, &top5); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("%s %s: %.2f %.2f", way, strings.TrimSpace(nets[n+1]), top1, top5))
		}
	}
	one := strings.ReplaceAll(torchvision, "\n", "\ntorchvision ")
	for line := range strings.Lines(strings.TrimSpace(strings.TrimSuffix(one, "torchvision ")) + centreCrops) {
		var source, net string
		var top1, top5 float64
		if _, err := fmt.Sscan(line, &source, &net, &top1, &top5); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("%s centre [256] %s: %.2f %.2f", source, net, 100-top1, 100-top5))
	}
	var got []string
	for _, r := range published {
		for net, e := range r.errors {
			got = append(got, fmt.Sprintf("%s %s %v %s: %.2f %.2f", r.source, r.views, r.scales, net, e[0], e[1]))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the program has\n%s\npublished are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
