package backbone_test

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// netFile writes a narrow net with random weights.
func netFile(t *testing.T, net string) string {
	t.Helper()
	c, err := vgg.Lookup(net)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := vgg.Init(t.Context(), path, c, 1, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestIdentity: what a table says of its descriptors, word for word, and that their options come back from it. Only
// tables of other views than dense ones name them: those of the time when there were no others do not.
func TestIdentity(t *testing.T) {
	path := netFile(t, "vgg11/32")
	net, err := backbone.Load(t.Context(), backbone.Wanted{Net: "vgg11/32", Weights: path, Threads: 1}, "fc7")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := backbone.Digest(t.Context(), path)
	if err != nil || net.SHA256 != sum || len(sum) != 64 || net.Trained || net.Path != path {
		t.Errorf("digest %s, net %s of %s, trained %v, %v", sum, net.SHA256, net.Path, net.Trained, err)
	}
	want := outputs.Identity{
		Format: outputs.FormatVersion, Arithmetic: net.Arithmetic(), Net: "vgg11/32", WeightsSHA256: sum,
		Preprocessing: outputs.Preprocessing{Channels: "RGB", Scale: net.Preprocess.Scale, Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225}},
		Layers:        []string{"fc7"}, Scales: []int{224, 256}, Flip: true, Pooling: "mean",
	}
	dense := extract.Options{Scales: []int{224, 256}, Layers: []string{"fc7"}}
	want.Resize = fmt.Sprintf("%s/%d", dense.Identity().Resize, dense.Identity().PixelVersion)
	if got := net.Identity(dense); !reflect.DeepEqual(got, want) {
		t.Errorf("dense: %+v, want %+v", got, want)
	}
	centre := dense
	centre.Views = extract.ViewsCentre
	id := net.Identity(centre)
	if id.Views != "centre" || id.Flip || id.CropSize != 224 {
		t.Errorf("centre: %+v", id)
	}
	for _, id := range []outputs.Identity{want, id} {
		o, err := backbone.DescribeOptions(id)
		if err != nil {
			t.Fatal(err)
		}
		if again := net.Identity(o); !reflect.DeepEqual(again, id) {
			t.Errorf("read back: %+v, want %+v", again, id)
		}
	}
	for _, change := range []func(*outputs.Identity){func(id *outputs.Identity) { id.Pooling = "median" }, func(id *outputs.Identity) { id.Views = "sides" }} {
		bad := want
		change(&bad)
		if _, err := backbone.DescribeOptions(bad); err == nil {
			t.Errorf("%+v was read", bad)
		}
	}
}

// TestLoadFor: options that the net cannot serve are refused by the file's name, and weights that name their classes
// bring them.
func TestLoadFor(t *testing.T) {
	c, err := vgg.Lookup("vgg11/32")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 2
	text, err := vgg.EncodeClasses([]string{"cat", "dog"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "two.safetensors")
	if err := vgg.Init(t.Context(), path, c, 1, weights.SafetensorsOptions{Metadata: map[string]string{vgg.MetaClasses: text}}); err != nil {
		t.Fatal(err)
	}
	net, err := backbone.LoadFor(t.Context(), backbone.Wanted{Weights: path, Threads: 1}, extract.Options{Layers: []string{"fc6", "pool5"}})
	if err != nil || strings.Join(net.Labels, " ") != "cat dog" || net.NoLabels != nil {
		t.Fatalf("%+v, %v", net, err)
	}
	whole, err := backbone.LoadFor(t.Context(), backbone.Wanted{Weights: path, Threads: 1}, extract.Options{Layers: []string{"fc8"}})
	if err != nil || net.Bytes() >= whole.Bytes() {
		t.Errorf("up to fc6 %d bytes, all %d: %v", net.Bytes(), whole.Bytes(), err)
	}
	for want, o := range map[string]extract.Options{"fc9": {Layers: []string{"fc9"}}, "100": {Layers: []string{"fc7"}, Scales: []int{100}}} {
		if _, err := backbone.LoadFor(t.Context(), backbone.Wanted{Weights: path, Threads: 1}, o); err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := backbone.LoadFor(t.Context(), backbone.Wanted{Net: "vgg16", Weights: path, Threads: 1}, extract.Options{}); err == nil || !strings.Contains(err.Error(), "vgg16") {
		t.Errorf("another net: %v", err)
	}
}

// TestIdentityOfPredecessor: crops of a net that was made for other images than VGG are of its size in what a table
// says, as are its rounding and the constants of its normalisation.
func TestIdentityOfPredecessor(t *testing.T) {
	net, err := backbone.Load(t.Context(), backbone.Wanted{Net: "caffenet/16", Weights: netFile(t, "caffenet/16"), Threads: 1}, "fc7")
	if err != nil {
		t.Fatal(err)
	}
	o := extract.Options{Scales: []int{256}, Layers: []string{"fc7"}, Views: extract.ViewsCentre}
	if id := net.Identity(o); id.Net != "caffenet/16" || id.CropSize != 227 || id.PoolRounding != "ceil" || id.LRN == "" {
		t.Errorf("%+v", id)
	}
	if o.CropSize = 240; net.Identity(o).CropSize != 240 {
		t.Errorf("asked for 240: %+v", net.Identity(o))
	}
}
