package localisation

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"fc7/datasets"
	"fc7/heads/localise"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/inputs"
	"fc7/pipeline/internal/fixture"
	"fc7/vgg"
)

// TestPyTorch: the boxes of all positions of an image, and of its mirror image, are those that testdata/golden_boxes.py
// computed by PyTorch, within a thousandth of a pixel.
func TestPyTorch(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "golden_boxes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Straight, Mirrored [][][4]float64 }
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	j := someJob(t, []string{goldenHead(t)}, nil)
	j.Inputs, j.Flip = []string{goldenImage(t)}, true
	set, err := inputs.Open(t.Context(), j.Inputs, datasets.Options{Objects: datasets.ObjectsImage}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSystem(t.Context(), j, set, false, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.walk()
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	v, err := w.next()
	if err != nil || v.row.Error != "" {
		t.Fatal(v, err)
	}
	worst := 0.0
	for class := range golden.Straight {
		want := append(golden.Straight[class], golden.Mirrored[class]...)
		got, err := v.candidates(s, []int{0}, class)
		if err != nil || len(got.boxes) != len(want) || len(want) != 16 {
			t.Fatalf("class %d: %d boxes, want %d: %v", class, len(got.boxes), len(want), err)
		}
		for i, b := range got.boxes {
			for k, x := range [4]float64{b.XMin, b.YMin, b.XMax, b.YMax} {
				worst = max(worst, math.Abs(x-want[i][k]))
			}
		}
	}
	if !(worst <= 1e-3) {
		t.Errorf("a box is %v pixels beside PyTorch's", worst)
	}
	t.Logf("greatest difference: %.2g pixels", worst)
}

// goldenHead is the net of golden_boxes.py.
func goldenHead(t *testing.T) string {
	h := localise.Head{
		Regress: localise.PerClass, Classes: []string{"a", "b", "c"}, Side: 256, Crop: 224, Central: 0.9,
		Mean: [4]float64{0.48, 0.52, 0.4, 0.45}, Deviation: [4]float64{0.2, 0.25, 0.15, 0.1},
	}
	said, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	biases := make([]float32, h.Outputs())
	for o := range biases {
		biases[o] = float32(o%5-2) / 8
	}
	weight := func(o, i int) float32 { return float32((o*31+i*17+o*i)%23-11) / 64 }
	return beheaded(t, filepath.Join("..", "..", "vgg", "testdata", "golden_vgg16.safetensors"), weight, biases, map[string]string{vgg.MetaBoxes: said})
}

// goldenImage is its image.
func goldenImage(t *testing.T) string {
	im := image.NewNRGBA(image.Rect(0, 0, 330, 256))
	for y := range 256 {
		for x := range 330 {
			at := func(c int) uint8 { return uint8(x*5 + y*11 + c*70 + x*y%37 + (x/20+y/28)%2*80) }
			im.SetNRGBA(x, y, color.NRGBA{at(0), at(1), at(2), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "made.png")
	fixture.WriteFile(t, path, b.Bytes())
	return path
}
