package extraction_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/extract/picture"
	"fc7/pipeline/backbone"
	"fc7/vgg"
)

// goldenView is a descriptor that testdata/golden_views.py computed by PyTorch.
type goldenView struct {
	Views    string
	Scale    int
	CropSize int `json:"crop_size"`
	Flip     bool
	Pool     string
	Layer    string
	Shape    []int
	Values   []float64
}

func (g goldenView) options(t *testing.T) extract.Options {
	t.Helper()
	o := extract.Options{Scales: []int{g.Scale}, Layers: []string{g.Layer}, CropSize: g.CropSize, Flip: g.Flip, NoFlip: !g.Flip}
	var err error
	if o.Views, err = extract.ParseViews(g.Views); err != nil {
		t.Fatal(err)
	}
	if o.Pool, err = extract.ParsePooling(g.Pool); err != nil {
		t.Fatal(err)
	}
	return o
}

// drawn is the image of testdata/golden_views.py.
func drawn() *picture.Image {
	const h, w = 230, 301
	im := &picture.Image{W: w, H: h}
	for y := range h {
		for x := range w {
			for c := range 3 {
				im.Pix = append(im.Pix, byte(x*7+y*13+c*50+(x*y)%31+(x/16+y/24)%2*90))
			}
		}
	}
	return im
}

// TestViewsAgainstPyTorch compares every mode with what PyTorch, torchvision and Pillow make of the same pixels.
// FC7_GOLDEN_VIEWS=golden.json:weights:image.png compares those of another net and image.
func TestViewsAgainstPyTorch(t *testing.T) {
	golden, file, im := goldenInputs(t)
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenView
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	net, err := backbone.Load(context.Background(), backbone.Wanted{Weights: file, Threads: 2}, "")
	if err != nil {
		t.Fatal(err)
	}
	r := vgg.NewRunner(net.Model, 2)
	defer r.Close()
	for _, g := range cases {
		d, err := extract.NewDescriber(r, g.options(t))
		if err != nil {
			t.Fatal(err)
		}
		v, err := d.Prepare(im)
		if err != nil {
			t.Fatal(err)
		}
		one := d.DescribeAll(context.Background(), []*extract.Views{v})[0]
		out, err := one.Columns, one.Err
		v.Release()
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, g, d.Columns()[0].Name, out)
	}
}

func checkGolden(t *testing.T, g goldenView, name string, out [][]float32) {
	t.Helper()
	if len(out[0]) != len(g.Values) || g.Pool == "map" && (int(out[1][0]) != g.Shape[0] || int(out[1][1]) != g.Shape[1]) {
		t.Errorf("%s: %d values, PyTorch has %v", name, len(out[0]), g.Shape)
		return
	}
	var d, s float64
	for i, want := range g.Values {
		e := float64(out[0][i]) - want
		d, s = d+e*e, s+want*want
	}
	e := math.Sqrt(d / s)
	t.Logf("%s, pool %s, flip %v: relative error %.2g", name, g.Pool, g.Flip, e)
	if !(e < 1e-5) {
		t.Errorf("%s, pool %s, flip %v: relative error %.2g", name, g.Pool, g.Flip, e)
	}
}

// goldenInputs are the golden file, the weights and the image to compare.
func goldenInputs(t *testing.T) (golden, weights string, im *picture.Image) {
	t.Helper()
	given := os.Getenv("FC7_GOLDEN_VIEWS")
	if given == "" {
		return filepath.Join("testdata", "golden_views.json"), filepath.Join("..", "..", "vgg", "testdata", "golden_vgg16.safetensors"), drawn()
	}
	part := strings.Split(given, ":")
	if len(part) != 3 {
		t.Fatalf("FC7_GOLDEN_VIEWS=%s: want three files with colons between them", given)
	}
	f, err := os.Open(part[2])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if im, _, err = picture.Decode(f, picture.DecodeOptions{}); err != nil {
		t.Fatal(err)
	}
	return part[0], part[1], im
}
