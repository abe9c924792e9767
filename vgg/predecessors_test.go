package vgg

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/f32"
	"fc7/vgg/weights"
)

// TestPredecessorTables: the parameters of each net, counted by hand, the sides of its maps for images of its own size
// as its authors give them, and where torchvision's AlexNet has its tensors.
func TestPredecessorTables(t *testing.T) {
	for name, want := range map[string]struct {
		params, side int
		sides        string // of conv1, pool1, conv2, pool2, the last convolution and its pooling
	}{
		"alexnet":             {60965224, 227, "55 27 27 13 13 6"},
		"caffenet":            {60965224, 227, "55 27 27 13 13 6"},
		"alexnet-torchvision": {61100840, 224, "55 27 27 13 13 6"},
		"zfnet":               {62357608, 224, "110 55 26 13 13 6"},
		"cnn-f":               {60834536, 224, "54 27 27 13 13 6"},
		"cnn-m":               {102908520, 224, "109 54 26 13 13 6"},
		"cnn-s":               {102908520, 224, "109 37 33 17 17 6"},
		"overfeat-fast":       {145920872, 231, "56 28 24 12 12 6"},
		"overfeat-accurate":   {144656488, 221, "108 36 30 15 15 5"},
	} {
		c, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if c.Params() != want.params || c.Side() != want.side {
			t.Errorf("%s: %d parameters, side %d, want %d and %d", name, c.Params(), c.Side(), want.params, want.side)
		}
		var sides []string
		last := ""
		for _, l := range c.Layers() {
			h, w := l.Size(c.Side(), c.Side())
			if h != w {
				t.Errorf("%s %s: %d x %d", name, l.Name, h, w)
			}
			if s := fmt.Sprint(h); slices.Contains([]string{"conv1", "pool1", "conv2", "pool2"}, l.Name) {
				sides = append(sides, s)
			} else if l.Kind == Pooling {
				sides = append(sides, last, s)
			} else if last = s; l.Kind == FullyConnected && h != 1 {
				t.Errorf("%s %s: %d x %d", name, l.Name, h, w)
			}
		}
		if got := strings.Join(sides, " "); got != want.sides {
			t.Errorf("%s: sides %s, want %s", name, got, want.sides)
		}
	}
	c := lookup(t, "alexnet-torchvision")
	var names []string
	for _, l := range c.Layers() {
		if l.HasWeights() {
			names = append(names, TorchvisionNames.weightOf(l).Name)
		}
	}
	if got := strings.ReplaceAll(strings.Join(names, " "), ".weight", ""); got != "features.0 features.3 features.6 features.8 features.10 classifier.1 classifier.4 classifier.6" {
		t.Error(got)
	}
}

// TestPredecessorReceptive: what a value sees, where it stands, and from which side on there is one: by following one
// value back to the pixels.
func TestPredecessorReceptive(t *testing.T) {
	for _, c := range append(slices.Clone(predecessors), lookup(t, "vgg16")) {
		c = lookup(t, c.Name)
		layers := c.Layers()
		for i, l := range layers {
			from, to, next := 0, 0, 1 // of the first value, and where the second begins
			for _, up := range slices.Backward(layers[:i+1]) {
				from, to, next = from*up.Step-up.Pad[0], to*up.Step-up.Pad[0]+up.Kernel-1, next*up.Step-up.Pad[0]
			}
			if to-from+1 != l.Receptive || next-from != l.Stride || float64(from+to+1)/2 != l.Centre {
				t.Errorf("%s %s: %d pixels, stride %d, middle %g; told %d, %d, %g", c.Name, l.Name, to-from+1, next-from, float64(from+to+1)/2, l.Receptive, l.Stride, l.Centre)
			}
			least := l.MinSide()
			if h, w := l.Size(least, least); h < 1 || w < 1 {
				t.Errorf("%s %s has no map at its smallest side %d", c.Name, l.Name, least)
			}
			if h, _ := l.Size(least-1, 1000); h > 0 {
				t.Errorf("%s %s has a map below its smallest side %d", c.Name, l.Name, least)
			}
		}
	}
}

func TestPredecessorNames(t *testing.T) {
	for name, want := range map[string]string{
		"alexnet": "alexnet", "AlexNet/16": "alexnet/16", "cnn-s/32": "cnn-s/32", "overfeat-fast/32:fc96": "overfeat-fast/32:fc96", "overfeat-fast/32": "overfeat-fast/32",
		"overfeat-fast:fc4096": "overfeat-fast:fc4096",
	} {
		if c, err := Lookup(name); err != nil || c.Name != want {
			t.Errorf("%s: %s, %v, want %s", name, c.Name, err, want)
		}
	}
	for name, want := range map[string]string{"alexnet_bn": "no batch-normalised form", "alexnet/32": "1, 2, 4, 8 or 16", "zfnet/64": "16 or 32", "alexnets": "alexnet"} {
		if _, err := Lookup(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// tensor reads a parameter.
func tensor(t *testing.T, f *weights.File, p Param) []float64 {
	t.Helper()
	x, err := p.find(f)
	if err != nil {
		t.Fatal(err)
	}
	v, err := x.ReadFinite()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(v))
	for i, a := range v {
		out[i] = float64(a)
	}
	return out
}

// plain is a map [H][W][C] in float64.
type plain struct {
	h, w, c int
	x       []float64
}

func (p plain) at(y, x, c int) float64 {
	if y < 0 || x < 0 || y >= p.h || x >= p.w {
		return 0
	}
	return p.x[(y*p.w+x)*p.c+c]
}

// slides is a row of a table as the reference goes over a map: the number of windows from one edge to the other.
func slides(n, kernel, step, before, after int, up bool) (count int) {
	for at := -before; ; at += step {
		if at+kernel > n+after && (!up || at >= n || at+kernel-step >= n) {
			return count
		}
		count++
	}
}

// convolved is a convolution by definition, with ReLU unless last.
func (p plain) convolved(l Layer, w, bias []float64) plain {
	out := plain{slides(p.h, l.Kernel, l.Step, l.Pad[0], l.Pad[2], false), slides(p.w, l.Kernel, l.Step, l.Pad[1], l.Pad[3], false), l.Out, nil}
	in, group := l.In/l.Groups, l.Out/l.Groups
	for y := range out.h {
		for x := range out.w {
			for o := range l.Out {
				s := bias[o]
				for i := range in {
					for ky := range l.Kernel {
						for kx := range l.Kernel {
							s += p.at(y*l.Step-l.Pad[0]+ky, x*l.Step-l.Pad[1]+kx, o/group*in+i) * w[((o*in+i)*l.Kernel+ky)*l.Kernel+kx]
						}
					}
				}
				if l.ReLU {
					s = math.Max(0, s)
				}
				out.x = append(out.x, s)
			}
		}
	}
	return out
}

func (p plain) pooled(l Layer, up bool) plain {
	out := plain{slides(p.h, l.Kernel, l.Step, 0, 0, up), slides(p.w, l.Kernel, l.Step, 0, 0, up), p.c, nil}
	for y := range out.h {
		for x := range out.w {
			for c := range p.c {
				m := 0.0 // it comes after a ReLU
				for k := range l.Kernel * l.Kernel {
					m = math.Max(m, p.at(y*l.Step+k/l.Kernel, x*l.Step+k%l.Kernel, c))
				}
				out.x = append(out.x, m)
			}
		}
	}
	return out
}

func (p plain) normalised(n f32.LRN) plain {
	out := p
	out.x = nil
	for i := range p.x {
		c, s := i%p.c, 0.0
		for d := -(n.Size / 2); d <= n.Size/2; d++ {
			if c+d >= 0 && c+d < p.c {
				s += p.x[i+d] * p.x[i+d]
			}
		}
		out.x = append(out.x, p.x[i]/math.Pow(float64(n.K)+float64(n.Alpha)*s, float64(n.Beta)))
	}
	return out
}

// reference is every map of a net in float64, by definition.
func reference(t *testing.T, f *weights.File, m *Model, view []byte, h, w int) map[string]plain {
	t.Helper()
	p := plain{h, w, 3, nil}
	levels := m.Preprocess.levels()
	for i, v := range view {
		p.x = append(p.x, float64(levels[i%3][v]))
	}
	out := map[string]plain{}
	for _, l := range m.Config.Layers() {
		switch l.Kind {
		case Pooling:
			p = p.pooled(l, m.Config.CeilPool)
		case Normalisation:
			p = p.normalised(m.Config.Normalisation())
		default:
			p = p.convolved(l, tensor(t, f, TorchvisionNames.weightOf(l)), tensor(t, f, TorchvisionNames.biasOf(l)))
		}
		out[l.Name] = p
	}
	return out
}

// drawn writes a net with random weights and opens it.
func drawn(t *testing.T, name string, seed uint64) *weights.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Init(t.Context(), path, lookup(t, name), seed, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return openTestFile(t, path)
}

// TestPredecessors: every layer of each net is what its definition gives in float64, on images of its own size and
// larger, odd ones.
func TestPredecessors(t *testing.T) {
	for _, c := range predecessors {
		name := c.Name + "/16"
		t.Run(c.Name, func(t *testing.T) {
			f := drawn(t, name, 5)
			m, err := Load(t.Context(), f, LoadOptions{Net: name})
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, l := range m.layers {
				all = append(all, l.Name)
			}
			sizes := [][2]int{{c.side, c.side}, {c.side + 19, c.side + 46}}
			if testing.Short() {
				sizes = sizes[:1]
			}
			for _, s := range sizes {
				view := picture(s[0], s[1])
				want := reference(t, f, m, view, s[0], s[1])
				r := NewRunner(m, 2)
				got := forward(t, r, s[0], s[1], [][]byte{view}, all)
				for i, name := range all {
					alone := forward(t, r, s[0], s[1], [][]byte{view}, []string{name})[0]
					sameMap(t, name, alone, got[i])
					w := want[name]
					if got[i].H != w.h || got[i].W != w.w || got[i].C != w.c {
						t.Fatalf("%s: %d x %d x %d, want %d x %d x %d", name, got[i].H, got[i].W, got[i].C, w.h, w.w, w.c)
					}
					if e := away(got[i].Data, w.x); !(e < 2e-5) {
						t.Errorf("%s of %d x %d: relative error %.2g", name, s[0], s[1], e)
					}
				}
				r.Close()
			}
		})
	}
}

// away is the relative L2 distance.
func away(got []float32, want []float64) float64 {
	var d, s float64
	for i, v := range want {
		d += (float64(got[i]) - v) * (float64(got[i]) - v)
		s += v * v
	}
	return math.Sqrt(d / s)
}

// TestPredecessorMemory: what a runner takes for a net without VGG's blocks is no more than what was told of it.
func TestPredecessorMemory(t *testing.T) {
	for _, c := range []struct {
		net               string
		team, views, h, w int
		last              string
	}{{"alexnet/16", 1, 2, 227, 227, "fc8"}, {"cnn-s/16", 2, 3, 260, 300, "pool5"}, {"overfeat-accurate/32", 3, 2, 300, 240, "fc7"}, {"zfnet/32", 2, 1, 64, 80, "conv1"}} {
		m := small(t, c.net)
		r := NewRunner(m, c.team)
		var views [][]byte
		for range c.views {
			views = append(views, picture(c.h, c.w))
		}
		for range 2 { // maps change places
			forward(t, r, c.h, c.w, views, []string{c.last})
		}
		if has, told := r.Bytes(), m.Config.Memory(c.team, Pass{c.views, c.h, c.w, c.last, nil}); has > told || has < told/8 {
			t.Errorf("%+v: %d bytes, told at most %d", c, has, told)
		}
		r.Close()
	}
}
