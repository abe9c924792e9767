package synth

import (
	"io"
	"math"
	"testing"
)

func TestTraces(t *testing.T) {
	look := lookOf(int(square))
	s := &scene{w: 200, h: 100, seed: 1, stream: 1, things: []thing{
		{look: look, x: 50, y: 50, radius: 28.28}, // 40 x 40, its right half covered by the next
		{look: look, x: 70, y: 50, radius: 28.28},
		{look: look, x: 200, y: 50, radius: 28.28}, // half out of the frame
		{look: look, x: 400, y: 50, radius: 28.28}, // out of it
	}}
	var c canvas
	traces, err := c.draw(io.Discard, s, 90)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []trace{
		{30, 30, 69, 69, 1, 0.5},
		{50, 30, 89, 69, 1, 1},
		{180, 30, 199, 69, 0.5, 1},
	} {
		got := traces[i]
		for _, d := range []int{got.xmin - want.xmin, got.ymin - want.ymin, got.xmax - want.xmax, got.ymax - want.ymax} {
			if d < -1 || d > 1 {
				t.Errorf("thing %d: %+v, want %+v", i, got, want)
			}
		}
		if math.Abs(got.inFrame-want.inFrame) > 0.03 || math.Abs(got.visible-want.visible) > 0.03 {
			t.Errorf("thing %d: %+v, want %+v", i, got, want)
		}
	}
	if objects := annotate(s, traces); len(objects) != 3 || !objects[0].truncated || objects[1].truncated || !objects[2].truncated {
		t.Errorf("objects %+v of traces %+v", objects, traces)
	}
}

// The light makes one side of a thing brighter than the other, and no channel brighter than white.
func TestDyeIsLit(t *testing.T) {
	for _, c := range []rgb{{0.95, 0.95, 0.95}, {0.95, 0.1, 0.4}, {0.1, 0.95, 0.4}, {0.4, 0.1, 0.95}} {
		d := dye{pose: poseOf(50, 50, 20, 0), first: c, second: c, sun: point{-0.5, -0.8}}
		lit, dark := d.at(40, 35), d.at(60, 65)
		for i := range c {
			if lit[i] > 1 || lit[i] <= c[i] || dark[i] >= c[i] || dark[i] < 0.6*c[i] {
				t.Errorf("colour %v is %v in the light, %v in the shade", c, lit, dark)
			}
		}
	}
}

// One VOC-sized image, drawn and encoded.
func BenchmarkDraw(b *testing.B) {
	plans := voc2007.plan(Options{Images: 40, Seed: 1, Size: 500})
	var c canvas
	for i := 0; b.Loop(); i++ {
		if _, err := c.draw(io.Discard, &plans[i%len(plans)].scene, 90); err != nil {
			b.Fatal(err)
		}
	}
}
