package vgg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/usage"
	"fc7/vgg/weights"
)

// TestParsePreprocess: the published preprocessings by their numbers, a file of one's own, and what cannot be meant.
// VGG-Face's mean colour is red 129.1863, green 104.7624 and blue 93.5940, and its Caffe model takes BGR.
func TestParsePreprocess(t *testing.T) {
	for name, light := range map[string][3]float64{ // what 255 of red, green and blue becomes
		"torchvision": {2.2489, 2.4286, 2.6400}, "authors": {131.32, 138.221, 151.061}, "keras": {131.32, 138.221, 151.061},
		"slim": {131.32, 138.22, 151.06}, "vggface": {125.8137, 150.2376, 161.4060}, "torchvision-features": {132.00075, 138.0009, 151.0008},
	} {
		p, err := ParsePreprocess(name)
		if err != nil {
			t.Fatal(err)
		}
		for c, want := range light {
			if got := float64(p.Value(255, c)); got < want-1e-3 || got > want+1e-3 {
				t.Errorf("%s: channel %d: %g, want %g", name, c, got, want)
			}
		}
		if bgr := name == "authors" || name == "keras" || name == "vggface"; bgr != (p.Order == "BGR") {
			t.Errorf("%s: %s", name, p.Order)
		}
	}
	dir := t.TempDir()
	file := func(text string) string {
		path := filepath.Join(dir, "p.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := Preprocess{Name: "mine", Order: "BGR", Scale: 1, Mean: [3]float32{1, 2, 3}, Std: [3]float32{4, 5, 6}}
	if p, err := ParsePreprocess(file(`{"name":"mine","order":"bgr","scale":1,"mean":[1,2,3],"std":[4,5,6]}`)); err != nil || p != own {
		t.Errorf("%v, %v", p, err)
	}
	if p, err := ParsePreprocess(file(authorsRGB.String())); err != nil || p != authorsRGB {
		t.Errorf("as inspect prints it: %v, %v", p, err)
	}
	for text, want := range map[string]string{
		`{"order":"GRB","scale":1,"mean":[1,2,3],"std":[4,5,6]}`:       "neither RGB nor BGR",
		`{"order":"RGB","scale":1,"mean":[1,2,3]}`:                     `"std" holds 0 numbers`,
		`{"order":"RGB","scale":1,"std":[4,5,6]}`:                      `"mean" holds 0 numbers`,
		`{"order":"RGB","scale":1,"mean":[1,2],"std":[4,5,6]}`:         `"mean" holds 2 numbers`,
		`{"order":"RGB","scale":1,"mean":[1,2,3,4],"std":[4,5,6]}`:     `"mean" holds 4 numbers`,
		`{"order":"RGB","scale":1,"mean":[1,2,3],"std":[4,0,6]}`:       "deviations",
		`{"order":"RGB","scale":1,"mean":null,"std":[4,5,6]}`:          `"mean" holds 0 numbers`,
		`{"order":"RGB","mean":[1,2,3],"std":[4,5,6]}`:                 "scale 0",
		`{"order":"RGB","scale":1,"image_mean":[1,2,3],"std":[4,5,6]}`: "image_mean",
	} {
		if _, err := ParsePreprocess(file(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := ParsePreprocess("author"); !usage.Is(err) || !strings.Contains(err.Error(), "did you mean authors") {
		t.Error(err)
	}
	if _, err := ParsePreprocess(filepath.Join(dir, "none.json")); err == nil {
		t.Error("a file that is not there")
	}
}

// TestSay: weights in BGR under torchvision's names are the same net as those whose filters were turned, once that is
// said; a file that records its preprocessing is not overruled, but for a conversion, which records what was said.
func TestSay(t *testing.T) {
	bgr := func() *weights.File {
		return relaid(t, TorchvisionNames, "", func(name string, data []float32) {
			if name == "features.0.weight" {
				exchange(data)
			}
		})
	}
	f := openTestFile(t, filepath.Join("testdata", "golden_vgg16.safetensors"))
	delete(f.Metadata, MetaPreprocess)
	if err := Say(f, Said{Preprocess: &authorsRGB}, false); err != nil {
		t.Fatal(err)
	}
	want, err := Load(t.Context(), f, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []Said{{Preprocess: &authors}, {Preprocess: &authorsRGB, Order: "BGR"}} {
		g := bgr()
		if err := Say(g, said, false); err != nil {
			t.Fatal(err)
		}
		got, err := Load(t.Context(), g, LoadOptions{})
		if err != nil || got.Preprocess != authors {
			t.Fatalf("%v, %v", got, err)
		}
		sameOutputs(t, got, want)
		again, done := convert(t, g, ConvertOptions{})
		if e, err := ExpectedOf(t.Context(), again); err != nil || e.By != byUser || e.Preprocess != authors || *done.Preprocess != authors {
			t.Errorf("converted: %+v, %v", e, err)
		}
		if err := Say(again, Said{Preprocess: &Torchvision}, false); !usage.Is(err) || !strings.Contains(err.Error(), again.Path+" records its preprocessing (BGR, 0 to 255") {
			t.Errorf("against what the file records: %v", err)
		}
		if err := Say(again, Said{Preprocess: &authors}, false); err != nil {
			t.Errorf("what the file records: %v", err)
		}
		if err := Say(again, Said{Preprocess: &Torchvision}, true); err != nil || *PreprocessOfNet(again) != Torchvision {
			t.Errorf("anew: %v", err)
		}
	}
	g := bgr()
	if err := Say(g, Said{Order: "BGR"}, false); err != nil || *PreprocessOfNet(g) != Torchvision.turned() {
		t.Errorf("the order alone: %v", err)
	}
	if e, err := ExpectedOf(t.Context(), g); err != nil || e.By != byUser || e.Sure != guessed || !strings.Contains(e.Why, "mean and range by the tensor names of torchvision") {
		t.Errorf("the order alone, and the rest a guess: %+v, %v", e, err)
	}
}

// exchange turns filters [O,3,3,3] to the opposite order of channels.
func exchange(filters []float32) {
	for o := 0; o < len(filters); o += 27 {
		for i := range 9 {
			filters[o+i], filters[o+18+i] = filters[o+18+i], filters[o+i]
		}
	}
}

// TestDecidedBy: what decides the preprocessing of each source, and how sure that is; through a conversion, and another
// one, it stays that.
func TestDecidedBy(t *testing.T) {
	for _, s := range schemes {
		f := relaid(t, s, "", nil)
		e, err := ExpectedOf(t.Context(), f)
		if err != nil || e.By != byNames || e.Sure == certain || e.Why == "" || e.Preprocess != s.pre {
			t.Errorf("%s: %+v, %v", s.Name, e, err)
		}
		notes := e.Notes("w.pth")
		if len(notes) != 1 || !strings.Contains(notes[0], e.Sure) || !strings.Contains(notes[0], "--preprocess") {
			t.Errorf("%s: notes %v", s.Name, notes)
		}
		sure := e.Sure
		for range 2 {
			f, _ = convert(t, f, ConvertOptions{})
			if e, err = ExpectedOf(t.Context(), f); err != nil || e.By != byFile || e.Sure != sure || !strings.Contains(e.Why, sureness[s.Name].why) || len(e.Notes("")) != 0 {
				t.Errorf("%s, converted: %+v, %v", s.Name, e, err)
			}
		}
	}
	mat := openTestFile(t, filepath.Join("testdata", "keras_matconvnet", "simplenn_v5.mat"))
	if e, err := ExpectedOf(t.Context(), mat); err != nil || e.By != byFile || e.Sure != certain {
		t.Errorf("an averageImage: %+v, %v", e, err)
	}
	if err := Say(mat, Said{Preprocess: &authors}, false); err != nil {
		t.Fatal(err)
	}
	if e, err := ExpectedOf(t.Context(), mat); err != nil || e.By != byUser || len(e.Doubts) != 1 || !strings.Contains(e.Doubts[0], "averageImage") {
		t.Errorf("against an averageImage: %+v, %v", e, err)
	}
}

// TestGraphNames: slim's layers in ONNX are told by their operators, also where the weights have lost their names.
func TestGraphNames(t *testing.T) {
	for _, c := range []struct {
		node, weight string
		want         Preprocess
	}{
		{"vgg_16/conv1/conv1_1/Conv2D", "const_fold_opt__64", slim},
		{"", "vgg_16/conv1/conv1_1/weights/read:0", slim},
		{"conv1_1", "conv1_1_w_0", authors},
		{"StatefulPartitionedCall/vgg16/block1_conv1/Conv2D", "w", authors},
		{"/features/features.0/Conv", "features.0.weight", Torchvision},
	} {
		f := openTestFile(t, filepath.Join("testdata", "onnx_matmul.onnx"))
		f.Graph[0].Node, f.Graph[0].Name = c.node, c.weight
		if p := PreprocessOfNet(f); p == nil || *p != c.want {
			t.Errorf("%s, %s: %v, want %s", c.node, c.weight, p, c.want)
		}
	}
}

// TestFaces: a net of as many outputs as VGG-Face under the names of Caffe is told of its mean.
func TestFaces(t *testing.T) {
	f := relaid(t, schemes[2], "", nil)
	c, s, err := Recognise(f)
	if err != nil || s.Name != "caffe" {
		t.Fatal(s.Name, err)
	}
	c.Classes = vggFaces
	if e, err := expect(t.Context(), f, c, s); err != nil || len(e.Doubts) != 1 || !strings.Contains(e.Doubts[0], "B 93.594, G 104.7624, R 129.1863") {
		t.Errorf("%+v, %v", e, err)
	}
	if err := Say(f, Said{Preprocess: &vggface}, false); err != nil {
		t.Fatal(err)
	}
	if e, err := expect(t.Context(), f, c, s); err != nil || len(e.Doubts) != 0 {
		t.Errorf("once it is said: %+v, %v", e, err)
	}
}
