package vgg

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"path/filepath"
	"testing"

	"fc7/internal/f32"
	"fc7/vgg/weights"
)

// picture is the image of testdata/golden.py.
func picture(h, w int) []byte {
	p := make([]byte, 0, 3*h*w)
	for y := range h {
		for x := range w {
			for c := range 3 {
				p = append(p, byte(x*7+y*13+c*50+(x*y)%31+(x/16+y/24)%2*90))
			}
		}
	}
	return p
}

func golden(t *testing.T, name string) (*weights.File, *Model) {
	t.Helper()
	f, err := weights.Open(filepath.Join("testdata", "golden_"+name+".safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	m, err := Load(t.Context(), f, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return f, m
}

// eachKernel runs the test with every set of kernels this machine has.
func eachKernel(t *testing.T, f func(t *testing.T)) {
	before := f32.Kernels()
	defer func() {
		if err := f32.Use(before); err != nil {
			t.Fatal(err)
		}
	}()
	for _, name := range f32.Available() {
		if err := f32.Use(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}

// goldenBits are the first halves of the SHA-256 of the layers that TestGolden computes, by arithmetic and net: one
// arithmetic gives the same bits on amd64 and arm64, by all its kernels.
var goldenBits = map[string]map[string]string{
	"fma-1": {
		"vgg11_lrn": "6c5d3ecec038d6a2c3b91c66958e9f40",
		"vgg16":     "00fc7fb247a364ebf8e26c6cca4e4681",
		"vgg16c":    "86a6a5546aa8bda6ac63ede73c7bf1ad",
		"vgg19_bn":  "a624b946e85c76458926076a8d4e4bb5",
	},
	"plain-1": {
		"vgg11_lrn": "9382b853aaeee6604825415bc5eaa29b",
		"vgg16":     "661f9da863a88b8777d12ea09b7f043c",
		"vgg16c":    "b1f9470847eae37bb0cb6b9107759df1",
		"vgg19_bn":  "190d2a9919507e4e7438386157ddad95",
	},
}

func bitsOf(maps []f32.Map) string {
	h := sha256.New()
	var b []byte
	for _, m := range maps {
		b = b[:0]
		for _, v := range m.Data {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// TestGolden compares every layer of narrow nets with what PyTorch computed in float64, each asked for alone (fused
// with its neighbours) and all together (none fused).
func TestGolden(t *testing.T) {
	for name, wantName := range map[string]string{
		"vgg11_lrn": "vgg11_lrn/32:fc20", "vgg16c": "vgg16c/32:fc20", "vgg16": "vgg16/32:fc20", "vgg19_bn": "vgg19_bn/32:fc20",
	} {
		t.Run(name, func(t *testing.T) {
			eachKernel(t, func(t *testing.T) {
				file, m := golden(t, name)
				if m.Config.Name != wantName || m.Config.Classes != 10 {
					t.Fatalf("recognised as %s with %d classes, want %s with 10", m.Config.Name, m.Config.Classes, wantName)
				}
				r := NewRunner(m, 2)
				defer r.Close()
				var all []string
				for _, l := range m.layers {
					all = append(all, l.Name)
				}
				const h, w = 230, 261
				view := picture(h, w)
				together := forward(t, r, h, w, [][]byte{view}, all)
				if got, want := bitsOf(together), goldenBits[f32.Arithmetic()][name]; got != want {
					t.Errorf("%s of %s: the bits of all layers have SHA-256 %s, on all processors %s", f32.Arithmetic(), name, got, want)
				}
				for i, layer := range all {
					if testing.Short() && i%12 != 0 { // each layer alone takes minutes under an emulator
						compare(t, file, layer, together[i])
						continue
					}
					alone := forward(t, r, h, w, [][]byte{view}, []string{layer})[0]
					sameMap(t, layer, alone, together[i])
					compare(t, file, layer, alone)
				}
			})
		})
	}
}

// forward returns copies of the maps.
func forward(t *testing.T, r *Runner, h, w int, views [][]byte, layers []string) []f32.Map {
	t.Helper()
	maps, err := r.Forward(context.Background(), h, w, views, layers)
	if err != nil {
		t.Fatal(err)
	}
	out := append([]f32.Map(nil), maps...)
	for i := range out {
		out[i].Data = append([]float32(nil), out[i].Data...)
	}
	return out
}

func sameMap(t *testing.T, what string, a, b f32.Map) {
	t.Helper()
	if a.N != b.N || a.H != b.H || a.W != b.W || a.C != b.C {
		t.Fatalf("%s: shapes differ: %d %d %d %d and %d %d %d %d", what, a.N, a.H, a.W, a.C, b.N, b.H, b.W, b.C)
	}
	for i := range a.Data {
		if math.Float32bits(a.Data[i]) != math.Float32bits(b.Data[i]) {
			t.Fatalf("%s: element %d: %g and %g", what, i, a.Data[i], b.Data[i])
		}
	}
}

// compare holds a map against the rows and columns of it in the golden file.
func compare(t *testing.T, file *weights.File, layer string, m f32.Map) {
	t.Helper()
	g := file.Lookup("golden." + layer)
	if g == nil {
		t.Fatalf("no golden map of %s", layer)
	}
	want := make([]float32, g.Len())
	if err := g.ReadFloat32(want); err != nil {
		t.Fatal(err)
	}
	sy, sx := 1, 1
	if m.H*m.W*m.C > 6000 {
		sy, sx = max(1, m.H/12), max(1, m.W/12)
	}
	var d, s float64
	i := 0
	for y := 0; y < m.H; y += sy {
		for x := 0; x < m.W; x += sx {
			for _, v := range m.At(0, y, x) {
				e := float64(v) - float64(want[i])
				d, s, i = d+e*e, s+float64(want[i])*float64(want[i]), i+1
			}
		}
	}
	if i != len(want) {
		t.Fatalf("%s: %d values, golden has %d", layer, i, len(want))
	}
	if e := math.Sqrt(d / s); !(e < 2e-5) {
		t.Errorf("%s: relative error %.2g", layer, e)
	}
}
