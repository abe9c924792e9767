package train

import (
	"slices"
	"strings"
	"testing"

	"fc7/vgg"
)

func TestRefuses(t *testing.T) {
	lookup := func(name string) vgg.Config {
		c, err := vgg.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	noFC := tiny()
	noFC.FC = 0
	nothing := tiny()
	nothing.Blocks[0][0].Width = 0
	headless := tiny()
	headless.Blocks[0] = nil
	even := tiny()
	even.Blocks[0][0].Kernel = 2
	for want, f := range map[string]func() error{
		"before its first":  func() error { _, err := New(headless, Defaults()); return err },
		"fully connected":   func() error { _, err := New(noFC, Defaults()); return err },
		"has 3 inputs, 0":   func() error { _, err := New(nothing, Defaults()); return err },
		"kernel of 1 or 3":  func() error { _, err := New(even, Defaults()); return err },
		"classes":           func() error { _, err := New(tiny(), with(func(o *Options) { o.classes = -1 })); return err },
		"224 to 255 pixels": func() error { _, err := New(tiny(), with(func(o *Options) { o.size = 256 })); return err },
		"lower Batch":       func() error { _, err := New(lookup("vgg16"), with(func(o *Options) { o.Batch = 60000 })); return err },
		"0 values":          func() error { _, err := newHead(0, []int{2}, Defaults()); return err },
		"of 0 layers":       func() error { _, err := newHead(2, nil, Defaults()); return err },
		"width 0":           func() error { _, err := newHead(2, []int{0}, Defaults()); return err },
		"lower its width":   func() error { _, err := newHead(1<<20, []int{1 << 20}, Defaults()); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}

// TestSizeBounds: a map and a matrix of 2^32 numbers may be, more may not.
func TestSizeBounds(t *testing.T) {
	for _, c := range []struct {
		batch, width int
		want         string
	}{
		{1 << 16, 1 << 16, ""},
		{1<<16 + 1, 1 << 16, "map of fc6 has 65537 x 65536 values"},
		{1, 1<<16 + 1, "fc7 has 65537 x 65537 x 1 weights"},
	} {
		net := tiny()
		net.FC = c.width
		layers, err := netLayers(net)
		if err != nil {
			t.Fatal(err)
		}
		after := slices.IndexFunc(layers, func(l layer) bool { return l.Name == "fc6" })
		err = checkSizes(layers[after:], c.batch, vgg.MinSide)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d images, %d wide: %v, want %q", c.batch, c.width, err, c.want)
		}
	}
}
