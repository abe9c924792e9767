package vgg

import (
	"slices"
	"strings"
	"testing"
)

// TestParams: parameter counts and depths of table 2 and table 1 of the paper.
func TestParams(t *testing.T) {
	for name, want := range map[string]struct {
		params, depth int
		paper         int // millions, table 2
	}{
		"A": {132863336, 11, 133}, "A-LRN": {132863336, 11, 133}, "B": {133047848, 13, 133},
		"C": {133638952, 16, 134}, "D": {138357544, 16, 138}, "E": {143667240, 19, 144},
		"vgg11_bn": {132868840, 11, 0}, "vgg16_bn": {138365992, 16, 0}, "vgg19_bn": {143678248, 19, 0},
	} {
		c, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Params(); got != want.params {
			t.Errorf("%s: %d parameters, want %d", name, got, want.params)
		}
		if want.paper > 0 && (want.params+500000)/1e6 != want.paper {
			t.Errorf("%s: %d parameters round to other than the paper's %d M", name, want.params, want.paper)
		}
		if c.Depth() != want.depth {
			t.Errorf("%s: %d weight layers, want %d", name, c.Depth(), want.depth)
		}
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"D": "vgg16", "vgg16": "vgg16", "VGG-16": "vgg16", "vgg16/1": "vgg16", "vgg16/8": "vgg16/8", "vgg16/8:fc512": "vgg16/8",
		"vgg16/8:fc256": "vgg16/8:fc256", "E_bn/2": "", "vgg19_bn/2": "", "vgg19/2": "vgg19/2", "A-LRN": "vgg11_lrn", "C": "vgg16c",
	} {
		c, err := Lookup(name)
		if want == "" {
			continue
		}
		if err != nil || c.Name != want {
			t.Errorf("%s: %q, %v; want %s", name, c.Name, err, want)
		}
	}
	for _, name := range []string{"", "vgg17", "vgg16/3", "vgg16/128", "vgg16/x", "vgg16:256", "vgg16:fc0", "A-LRN_bn"} {
		if c, err := Lookup(name); err == nil {
			t.Errorf("%q was found: %s", name, c.Name)
		}
	}
	for _, name := range Names() {
		if c, err := Lookup(name); err != nil || c.Name != name {
			t.Errorf("%s: %s, %v", name, c.Name, err)
		}
	}
}

// TestNetOutsideThePaper: a row without a letter is found by its name alone, and help texts name it.
func TestNetOutsideThePaper(t *testing.T) {
	defer func(rows []Config) { table = rows }(table)
	table = append(slices.Clone(table), Config{Name: "vgg12", Blocks: table[0].Blocks})
	if c, err := Lookup("VGG-12/8"); err != nil || c.Name != "vgg12/8" {
		t.Errorf("its name: %q, %v", c.Name, err)
	}
	if c, err := Lookup(""); err == nil {
		t.Errorf("no name is %s", c.Name)
	}
	if h := NameHelp(); !strings.Contains(h, "(A, A-LRN, B, C, D, E) or vgg11, vgg11_lrn,") || !strings.Contains(h, "vgg19, vgg12, with") {
		t.Error(h)
	}
}

// TestReceptive: two and three 3x3 convolutions see 5x5 and 7x7 (section 2.3); pool5's stride is 32 and fc6 covers 7 of
// its values. The middle of a first value of pool5 is that of 32 pixels, and that of fc6 that of 224.
func TestReceptive(t *testing.T) {
	c, err := Lookup("D")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][3]float64{
		"conv1_1": {3, 1, 0.5}, "conv1_2": {5, 1, 0.5}, "pool1": {6, 2, 1}, "conv2_1": {10, 2, 1}, "pool5": {212, 32, 16}, "fc6": {404, 32, 112}, "fc7": {404, 32, 112},
	} {
		l, err := c.Layer(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]float64{float64(l.Receptive), float64(l.Stride), l.Centre}; got != want {
			t.Errorf("%s: receptive field, stride and middle %v, want %v", name, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	c, _ := Lookup("vgg16")
	for _, s := range []struct {
		layer        string
		h, w         int
		wantH, wantW int
	}{
		{"conv1_1", 224, 224, 224, 224},
		{"pool5", 224, 224, 7, 7},
		{"fc7", 224, 224, 1, 1},
		{"fc7", 256, 341, 2, 4},
		{"fc7", 512, 683, 10, 15},
		{"fc7", 223, 500, 0, 9},
		{"pool1", 1, 1, 0, 0},
	} {
		l, err := c.Layer(s.layer)
		if err != nil {
			t.Fatal(err)
		}
		if h, w := l.Size(s.h, s.w); h != s.wantH || w != s.wantW {
			t.Errorf("%s of %dx%d: %dx%d, want %dx%d", s.layer, s.h, s.w, h, w, s.wantH, s.wantW)
		}
		if h, w := l.Size(l.MinSide(), l.MinSide()); h < 1 || w < 1 {
			t.Errorf("%s has no map at its smallest side %d", s.layer, l.MinSide())
		}
		if h, _ := l.Size(l.MinSide()-1, 1000); h > 0 {
			t.Errorf("%s has a map below its smallest side %d", s.layer, l.MinSide())
		}
	}
}

// TestTorchvisionNames: places in torchvision's module lists, as its models print them.
func TestTorchvisionNames(t *testing.T) {
	for _, c := range []struct{ net, layer, want string }{
		{"vgg11", "conv2_1", "features.3.weight"},
		{"vgg16", "conv1_1", "features.0.weight"},
		{"vgg16", "conv3_3", "features.14.weight"},
		{"vgg16", "conv5_3", "features.28.weight"},
		{"vgg19", "conv5_4", "features.34.weight"},
		{"vgg16_bn", "conv5_3", "features.40.weight"},
		{"vgg16", "fc6", "classifier.0.weight"},
		{"vgg16", "fc7", "classifier.3.weight"},
		{"vgg16", "fc8", "classifier.6.weight"},
	} {
		n, err := Lookup(c.net)
		if err != nil {
			t.Fatal(err)
		}
		l, err := n.Layer(c.layer)
		if err != nil {
			t.Fatal(err)
		}
		if got := TorchvisionNames.weightOf(l).Name; got != c.want {
			t.Errorf("%s %s: %s, want %s", c.net, c.layer, got, c.want)
		}
	}
}

func TestHeadlessLayer(t *testing.T) {
	c, _ := Lookup("vgg16")
	c.FC = 0
	_, err := c.Layer("fc7")
	if err == nil || !strings.Contains(err.Error(), "pool5") {
		t.Errorf("fc7 of a net without it: %v; want an error that points to pool5", err)
	}
}

func TestDeepest(t *testing.T) {
	c, err := Lookup("vgg16")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		names []string
		want  string
	}{{[]string{"fc7", "pool5", "fc6"}, "fc7"}, {[]string{"conv1_2", "conv1_1"}, "conv1_2"}, {[]string{"fc8", "pool1"}, "fc8"}, {nil, ""}} {
		if got, err := c.Deepest(k.names); err != nil || got != k.want {
			t.Errorf("%v: %q, %v, want %q", k.names, got, err, k.want)
		}
	}
	if _, err := c.Deepest([]string{"fc7", "conv3_4"}); err == nil {
		t.Error("a layer that vgg16 has not: no error")
	}
}
