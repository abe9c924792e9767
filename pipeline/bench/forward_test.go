package bench

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fc7/pipeline/backbone"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// TestMeasure: the layers of a job are those of the net, in its order, their work is all of it, and rates are work by
// time of one image.
func TestMeasure(t *testing.T) {
	c, err := vgg.Lookup("vgg11/32")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := vgg.Init(t.Context(), path, c, 1, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	n, err := backbone.Load(t.Context(), backbone.Wanted{Weights: path, Threads: 1}, "fc8")
	if err != nil {
		t.Fatal(err)
	}
	m := n.Model
	r := vgg.NewRunner(m, 1)
	defer r.Close()
	j := benchJob{"two sizes", 2, 3, [][3]int{{1, 224, 256}, {3, 240, 224}}}
	got, err := j.measure(t.Context(), r, m)
	if err != nil {
		t.Fatal(err)
	}
	var work float64
	for _, l := range c.Layers() {
		for _, v := range j.views {
			h, w := l.Size(v[1], v[2])
			work += 2 * float64(v[0]) * float64(l.MultiplyAdds(h, w)) / float64(j.images)
		}
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*b }
	sum := 0.0
	for _, l := range got.Layers {
		sum += l.GFLOPs * l.Millis * 1e6
	}
	if got.Name != j.name || !(got.Millis > 0) || !near(got.GFLOPs*got.Millis*1e6, work) || !near(sum, work) {
		t.Errorf("%s, %g ms: work %g, of the layers %g, want %g", got.Name, got.Millis, got.GFLOPs*got.Millis*1e6, sum, work)
	}
	if first, last := got.Layers[0].Name, got.Layers[len(got.Layers)-1].Name; first != "conv1_1+pool1" || last != "fc8" {
		t.Errorf("layers from %s to %s", first, last)
	}
	if got.MemoryBytes != 0 && (got.MemoryBytes < 1<<20 || got.MemoryBytes > 1<<40) {
		t.Errorf("%d bytes of memory", got.MemoryBytes)
	}
	if r.Trace != nil {
		t.Error("the runner goes on telling")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.measure(ctx, r, m); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestTally: a run's times of a layer are added up, the figure is the median over runs, and an image's is a share of
// it.
func TestTally(t *testing.T) {
	y := newTally()
	for _, ms := range []int{1000, 30, 10, 20} { // the first, which warms up, is not kept
		y.reset()
		y.add("a", time.Duration(ms)*time.Millisecond, 3e6)
		y.add("b", 2*time.Millisecond, 1e6)
		y.add("a", time.Duration(ms)*time.Millisecond, 2e6)
		if ms < 1000 {
			y.keep()
		}
	}
	layers, flops := y.layers(4)
	want := []Layer{{"a", 10, 2 * 5e6 / 4 / 10e6}, {"b", 0.5, 2 * 1e6 / 4 / 0.5e6}}
	if !slices.Equal(layers, want) || flops != 2*6e6/4 {
		t.Errorf("%+v, %g, want %+v", layers, flops, want)
	}
}

func TestRunTrain(t *testing.T) {
	b, err := RunTrain(t.Context(), "vgg11/32", 2, 1, 2)
	if err != nil || b.Net != "vgg11/32" || b.Batch != 2 || b.Threads != 1 || !(b.Millis > 0 && b.Millis < 1e5) {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := RunTrain(t.Context(), "vgg12", 2, 1, 2); err == nil {
		t.Error("a net that there is not was timed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := RunTrain(ctx, "vgg11/32", 2, 1, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
