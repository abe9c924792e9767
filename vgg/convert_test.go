package vgg

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

func convert(t *testing.T, f *weights.File, o ConvertOptions) (*weights.File, Converted) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "converted.safetensors")
	done, err := Convert(context.Background(), f, out, o)
	if err != nil {
		t.Fatal(err)
	}
	g, err := weights.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g, done
}

// TestConvert: from every scheme of names and layout, the same net with the same preprocessing and, to the last bit,
// the same maps.
func TestConvert(t *testing.T) {
	for _, s := range schemes {
		if s.tensor == nil {
			continue // told by the file's graph; tested with it
		}
		f := relaid(t, s, "", nil)
		want, err := Load(f, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		g, done := convert(t, f, ConvertOptions{})
		got, err := Load(g, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got.scheme != "torchvision" || got.Config.Name != want.Config.Name || got.Preprocess != want.Preprocess {
			t.Errorf("%s: became %s %s %s, want %s %s", s.Name, got.scheme, got.Config.Name, got.Preprocess, want.Config.Name, want.Preprocess)
		}
		if g.Metadata[MetaSourceFormat] != f.Format || g.Metadata[MetaSourceNames] != s.Name || g.Metadata[MetaSourceFile] != filepath.Base(f.Path) ||
			g.Metadata[MetaSourceSHA256] != done.SHA256 || len(done.SHA256) != 64 {
			t.Errorf("%s: metadata %v", s.Name, g.Metadata)
		}
		if done.Tensors != 32 || len(done.LeftOut) != 0 || done.Vanished != 0 {
			t.Errorf("%s: %+v", s.Name, done)
		}
		sameOutputs(t, got, want)
	}
}

func TestConvertBatchNorm(t *testing.T) {
	f, want := golden(t, "vgg19_bn")
	g, done := convert(t, f, ConvertOptions{Net: want.Config.Name})
	got, err := Load(g, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sameOutputs(t, got, want)
	for _, name := range done.LeftOut {
		if !strings.HasPrefix(name, "golden.") {
			t.Errorf("%s was left out", name)
		}
	}
}

// withEpsilon is the golden net of batch normalisations as a graph, with another epsilon.
func withEpsilon(t *testing.T, epsilon float64) *weights.File {
	t.Helper()
	f := openTestFile(t, filepath.Join("testdata", "onnx_norms.onnx"))
	n := 0
	for i := range f.Graph {
		if f.Graph[i].Epsilon != 0 {
			f.Graph[i].Epsilon = epsilon
			n++
		}
	}
	if n != 16 {
		t.Fatalf("%d batch normalisations", n)
	}
	return f
}

// A batch normalisation divides by the root of variance and epsilon: converted, the sum with PyTorch's 1e-5 is the
// same.
func TestConvertEpsilon(t *testing.T) {
	const epsilon = 0.25 // far from 1e-5, so that its sign shows
	f := withEpsilon(t, epsilon)
	want, err := Load(f, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	g, _ := convert(t, f, ConvertOptions{})
	original, _ := golden(t, "vgg19_bn")
	for _, x := range g.Tensors {
		if !strings.HasSuffix(x.Name, ".running_var") {
			continue
		}
		got, errG := x.ReadFinite()
		old, errO := original.Lookup(x.Name).ReadFinite()
		if err := errors.Join(errG, errO); err != nil {
			t.Fatal(err)
		}
		for i, v := range old {
			if sum := float64(v) + epsilon - 1e-5; math.Abs(float64(got[i])-sum) > 1e-6*sum {
				t.Fatalf("%s at %d: %g, want %g", x.Name, i, got[i], sum)
			}
		}
	}
	got, err := Load(g, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := NewRunner(got, 1), NewRunner(want, 1)
	defer a.Close()
	defer b.Close()
	view, last := [][]byte{picture(64, 64)}, []string{"pool5"}
	x, y := forward(t, a, 64, 64, view, last)[0], forward(t, b, 64, 64, view, last)[0]
	if len(x.Data) == 0 || !(relative(x.Data, y.Data) < 1e-5) {
		t.Errorf("the converted net's map differs by %.2g", relative(x.Data, y.Data))
	}
}

// relative is |a-b| / |b|.
func relative(a, b []float32) float64 {
	var d, n float64
	for i := range b {
		e := float64(a[i]) - float64(b[i])
		d, n = d+e*e, n+float64(b[i])*float64(b[i])
	}
	return math.Sqrt(d / n)
}

// A variance below 0 is none, and loading and converting say where; so does converting one that with PyTorch's epsilon
// would be.
func TestNegativeVariance(t *testing.T) {
	f, _ := golden(t, "vgg19_bn")
	const name = "features.4.running_var"
	var out []weights.Source
	for _, x := range f.Tensors {
		data, err := x.ReadFinite()
		if err != nil {
			t.Fatal(err)
		}
		if x.Name == name {
			data[1] = -0.5
		}
		out = append(out, weights.SliceSource(x.Name, x.Shape, data))
	}
	path := filepath.Join(t.TempDir(), "negative.safetensors")
	if err := weights.WriteSafetensors(path, out, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	spoilt := openTestFile(t, path)
	_, loading := Load(spoilt, LoadOptions{})
	_, converting := Convert(t.Context(), spoilt, path+".out", ConvertOptions{})
	for _, err := range []error{loading, converting} {
		if err == nil || !strings.Contains(err.Error(), "tensor "+name+": variance -0.5 at 1 is below 0") {
			t.Errorf("%v", err)
		}
	}
	c := &converter{f: f, scheme: Scheme{epsilon: 1e-8}}
	if err := c.variances(Param{Name: "v"}, []float32{1, 1e-6}); err == nil || !strings.Contains(err.Error(), "variance 1e-06 at 1") {
		t.Errorf("a variance that PyTorch's epsilon outweighs: %v", err)
	}
	c.scheme.epsilon = 0.25
	if err := c.variances(Param{Name: "v"}, []float32{-0.125}); err == nil {
		t.Error("a variance below 0 became another by the epsilon")
	}
	c.scheme.epsilon = float64(float32(1e-5)) // below 1e-5
	if x := []float32{0, 1}; c.variances(Param{Name: "v"}, x) != nil || x[0] != 0 || x[1] != 1 {
		t.Errorf("with PyTorch's own epsilon variances 0 and 1 became %v", x)
	}
}

// TestConvertReproducible: the bytes depend on nothing but the source and the options.
func TestConvertReproducible(t *testing.T) {
	f := relaid(t, schemeOf(t, "caffe"), "", nil)
	a, _ := convert(t, f, ConvertOptions{Dtype: weights.BF16})
	b, _ := convert(t, f, ConvertOptions{Dtype: weights.BF16})
	x, errX := os.ReadFile(a.Path)
	y, errY := os.ReadFile(b.Path)
	if err := errors.Join(errX, errY); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Error("two conversions of one file differ")
	}
	if a.Tensors[0].Dtype != weights.BF16 {
		t.Errorf("stored as %s", a.Tensors[0].Dtype)
	}
}

// TestConvertRefuses: nothing that would spoil a net is written, and no file is replaced unasked.
func TestConvertRefuses(t *testing.T) {
	set := func(tensor string, v float64) *weights.File {
		return relaid(t, TorchvisionNames, "", func(name string, data []float32) {
			if name == tensor {
				data[len(data)-1] = float32(v)
			}
		})
	}
	for name, c := range map[string]struct {
		f     *weights.File
		o     ConvertOptions
		words []string
	}{
		"NaN":         {set("features.7.weight", math.NaN()), ConvertOptions{}, []string{"features.7.weight", "NaN", "finite"}},
		"NaN in bias": {set("features.7.bias", math.NaN()), ConvertOptions{}, []string{"features.7.bias", "NaN"}},
		"NaN in fc":   {set("classifier.3.weight", math.NaN()), ConvertOptions{}, []string{"classifier.3.weight", "without the fully connected"}},
		"infinite":    {set("classifier.0.weight", math.Inf(-1)), ConvertOptions{AsIs: true}, []string{"classifier.0.weight", "-Inf"}},
		"overflow":    {set("features.7.weight", 1e5), ConvertOptions{Dtype: weights.F16}, []string{"features.7.weight", "float16"}},
		"net":         {set("", 0), ConvertOptions{Net: "vgg19"}, []string{"vgg19"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "x.safetensors")
			_, err := Convert(context.Background(), c.f, out, c.o)
			if err == nil {
				t.Fatal("converted")
			}
			for _, w := range c.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
	f := set("", 0)
	_, err := Convert(context.Background(), f, f.Path, ConvertOptions{})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto itself: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Convert(ctx, f, filepath.Join(t.TempDir(), "x"), ConvertOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestConvertNoFC: a spoilt classifier can be left out, and what is too small for float16 is counted.
func TestConvertNoFC(t *testing.T) {
	f := relaid(t, TorchvisionNames, "", func(name string, data []float32) {
		switch name {
		case "classifier.6.weight":
			data[0] = float32(math.NaN())
		case "features.0.weight":
			data[0], data[1], data[2] = 1e-8, -1.0/(1<<25), 1.0/(1<<24)
		}
	})
	g, done := convert(t, f, ConvertOptions{NoFC: true, Dtype: weights.F16})
	if done.Vanished < 2 || len(done.LeftOut) != 6 || !slices.Contains(done.LeftOut, "classifier.6.weight") {
		t.Errorf("%+v", done)
	}
	first := make([]float32, 3)
	if err := g.Lookup("features.0.weight").ReadFloat32At(first, 0); err != nil || first[0] != 0 || first[1] != 0 || first[2] == 0 {
		t.Errorf("%v, %v", first, err)
	}
	if c, _, err := Recognise(g); err != nil || c.FC != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestConvertAsIs: a file that holds no VGG keeps its names; integers are named and left out.
func TestConvertAsIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.safetensors")
	data := []float32{1, -2, 3.5, 4, 5, 6}
	src := []weights.Source{weights.SliceSource("encoder.weight", []int{2, 3}, data), weights.SliceSource("scale", nil, data[:1])}
	if err := weights.WriteSafetensors(path, src, weights.SafetensorsOptions{Metadata: map[string]string{"author": "x"}}); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Convert(context.Background(), f, path+".out", ConvertOptions{}); err == nil || !strings.Contains(err.Error(), "no VGG") {
		t.Errorf("as a net: %v", err)
	}
	g, done := convert(t, f, ConvertOptions{AsIs: true})
	x, err := g.Expect("encoder.weight", 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	got, err := x.ReadFinite()
	if err != nil || !slices.Equal(got, data) || done.Tensors != 2 || done.Net != "" || g.Metadata["author"] != "x" || g.Metadata[MetaSourceSHA256] != done.SHA256 {
		t.Errorf("%v, %v, %+v, %v", got, err, done, g.Metadata)
	}
}

// What a file says of where its weights came from, and of its classes, is kept.
func TestConvertKeepsClasses(t *testing.T) {
	c, err := Lookup("vgg11/64")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 2
	in := filepath.Join(t.TempDir(), "net.safetensors")
	if err := Init(t.Context(), in, c, 1, weights.SafetensorsOptions{Metadata: map[string]string{MetaClasses: `["cat","dog"]`}}); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, _ := convert(t, f, ConvertOptions{})
	labels, err := ClassesOf(g, c)
	if err != nil || !slices.Equal(labels, []string{"cat", "dog"}) || g.Metadata[MetaOrigin] != OriginRandom {
		t.Errorf("%q, %v, origin %q", labels, err, g.Metadata[MetaOrigin])
	}
}
