package vgg

import (
	"fmt"
	"path/filepath"
	"testing"

	"fc7/internal/f32"
)

// up is the golden net with pooling that rounds up.
func up(t *testing.T, name string) *Model {
	t.Helper()
	f := openTestFile(t, filepath.Join("testdata", "golden_"+name+".safetensors"))
	f.Metadata[MetaRounding] = RoundingCeil
	m, err := Load(t.Context(), f, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestRoundingUp: every map of pooling is the maxima of what windows have inside the map before, for every remainder of
// the sides, whether pooling is done by itself, behind a convolution or in bands; fc6 is that of the larger map.
func TestRoundingUp(t *testing.T) {
	for _, name := range []string{"vgg11_lrn", "vgg16", "vgg16c", "vgg19_bn"} {
		m := up(t, name)
		r := NewRunner(m, 2)
		defer r.Close()
		for _, size := range [][2]int{{193, 224}, {225, 231}, {200, 194}, {209, 263}} {
			h, w := size[0], size[1]
			view := [][]byte{picture(h, w)}
			var all []string
			for _, l := range m.layers {
				all = append(all, l.Name)
			}
			maps := map[string]f32.Map{}
			for i, x := range forward(t, r, h, w, view, all) {
				x.Data = append([]float32(nil), x.Data...)
				maps[all[i]] = x
			}
			for i, l := range m.layers {
				x := maps[l.Name]
				if lh, lw := l.Size(h, w); x.H != lh || x.W != lw || x.C != l.Out {
					t.Errorf("%s %s of %dx%d: %dx%dx%d, want %dx%d", name, l.Name, h, w, x.H, x.W, x.C, lh, lw)
				}
				if l.Kind == Pooling {
					sameMap(t, fmt.Sprint(name, " ", l.Name, size), f32.Map{N: 1, H: x.H, W: x.W, C: x.C, Data: pooledUp(maps[all[i-1]])}, x)
				}
			}
			for _, layer := range []string{"pool1", "pool5", "fc8"} { // alone, layers are done together
				sameMap(t, fmt.Sprint(name, " ", layer, size), maps[layer], forward(t, r, h, w, view, []string{layer})[0])
			}
		}
	}
}

// pooledUp is the definition.
func pooledUp(x f32.Map) (out []float32) {
	for y := 0; y < x.H; y += 2 {
		for c := 0; c < x.W; c += 2 {
			for k := range x.C {
				most := x.At(0, y, c)[k]
				for yy := y; yy < min(y+2, x.H); yy++ {
					for cc := c; cc < min(c+2, x.W); cc++ {
						most = max(most, x.At(0, yy, cc)[k])
					}
				}
				out = append(out, most)
			}
		}
	}
	return out
}

// TestRoundingOfWholeMaps: sides that are multiples of 32 have no remainder, and both ways give the same bits.
func TestRoundingOfWholeMaps(t *testing.T) {
	_, down := golden(t, "vgg16")
	sameOutputs(t, up(t, "vgg16"), down)
	a, b := NewRunner(up(t, "vgg16"), 1), NewRunner(down, 1)
	defer a.Close()
	defer b.Close()
	x := forward(t, a, 256, 342, [][]byte{picture(256, 342)}, []string{"fc7"})[0]
	y := forward(t, b, 256, 342, [][]byte{picture(256, 342)}, []string{"fc7"})[0]
	if x.W != 5 || y.W != 4 || x.H != 2 || y.H != 2 {
		t.Errorf("of 256x342 pixels %dx%d rounded up, %dx%d rounded down", x.H, x.W, y.H, y.W)
	}
}

// TestRoundingSides: the smallest side that a layer can be computed for is the smallest that it has a map of.
func TestRoundingSides(t *testing.T) {
	for _, ceil := range []bool{false, true} {
		c, err := Lookup("vgg16")
		if err != nil {
			t.Fatal(err)
		}
		c.CeilPool = ceil
		for _, l := range c.Layers() {
			least := l.MinSide()
			if h, w := l.Size(least, least); h != 1 || w != 1 {
				t.Errorf("%s, rounded up %v: %dx%d at %d", l.Name, ceil, h, w, least)
			}
			if h, _ := l.Size(least-1, least-1); h != 0 {
				t.Errorf("%s, rounded up %v: %d rows at %d", l.Name, ceil, h, least-1)
			}
		}
	}
}
