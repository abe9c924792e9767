package vgg

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// TestFullSize compares every weights file of the folder $FC7_FULLSIZE, all of one net, with the first: each number of
// each tensor, and fc7 of an image with one preprocessing, to the last bit. testdata/make_fullsize.py writes such
// files.
func TestFullSize(t *testing.T) {
	dir := os.Getenv("FC7_FULLSIZE")
	if dir == "" {
		t.Skip("FC7_FULLSIZE does not name a folder of weights files")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var first string
	var want []float32
	for _, e := range entries {
		if strings.Contains(e.Name(), ".data-") || e.Name() == "slim.npz" {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if first == "" {
			first = path
		}
		t.Run(e.Name(), func(t *testing.T) {
			sameTensors(t, path, first)
			got := fullSizeFC7(t, path)
			if want == nil {
				want = got
			}
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("fc7[%d] is %g, and %g from %s", i, got[i], want[i], first)
				}
			}
		})
	}
}

func fullSizeFC7(t *testing.T, path string) []float32 {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := Load(t.Context(), f, LoadOptions{pre: &Torchvision, Through: "fc7"})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRunner(m, 2)
	defer r.Close()
	_, s, err := Recognise(f)
	if err != nil {
		t.Fatal(err)
	}
	own, err := preprocessFor(f, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s, names %s, preprocessing %s", f.Format, m.Config.Name, m.scheme, own)
	return forward(t, r, 224, 256, [][]byte{picture(224, 256)}, []string{"fc7"})[0].Data
}

// sameTensors compares the layers' tensors, each in the order of outputs, inputs, rows, columns.
func sameTensors(t *testing.T, path, first string) {
	t.Helper()
	a, b := openTestFile(t, path), openTestFile(t, first)
	c, sa, err := Recognise(a)
	if err != nil {
		t.Fatal(err)
	}
	_, sb, err := Recognise(b)
	if err != nil {
		t.Fatal(err)
	}
	la, lb := &loader{ctx: t.Context(), f: a, scheme: sa}, &loader{ctx: t.Context(), f: b, scheme: sb}
	for _, l := range c.Layers() {
		if !l.HasWeights() {
			continue
		}
		x, err := la.read(sa.biasOf(l))
		if err != nil {
			t.Fatal(err)
		}
		y, err := lb.read(sb.biasOf(l))
		if err != nil {
			t.Fatal(err)
		}
		sameNumbers(t, l.Name+" bias", x, y)
		sameNumbers(t, l.Name, wholeLayer(t, la, l), wholeLayer(t, lb, l))
	}
}

func wholeLayer(t *testing.T, ld *loader, l Layer) []float32 {
	t.Helper()
	w, err := ld.weights(l, canonical)
	if err != nil {
		t.Fatal(err)
	}
	x, err := w.ReadFinite()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func sameNumbers(t *testing.T, what string, x, y []float32) {
	t.Helper()
	if len(x) != len(y) {
		t.Fatalf("%s: %d numbers and %d", what, len(x), len(y))
	}
	for i := range x {
		if math.Float32bits(x[i]) != math.Float32bits(y[i]) {
			t.Fatalf("%s: number %d is %g and %g", what, i, x[i], y[i])
		}
	}
}
