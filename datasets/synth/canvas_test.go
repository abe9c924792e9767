package synth

import (
	"bytes"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
)

// The mask's sum is the area of the shape, wherever and however it stands.
func TestCoverage(t *testing.T) {
	var c canvas
	c.reset(200, 120)
	for s := range shapes {
		for _, p := range []pose{poseOf(100, 60, 50, 0), poseOf(70.3, 55.7, 41.3, 1), poseOf(33, 90, 9, -2)} {
			b, inFrame := c.cover(s.contours(), p)
			var sum float64
			for _, a := range c.mask.Pix {
				sum += float64(a) / 255
			}
			want := area(s.contours(), p.radius)
			if math.Abs(sum-want) > 0.01*want+2 || inFrame != 1 {
				t.Errorf("shape %d at %+v: area %.1f, want %.1f; %.2f of it in the frame", s, p, sum, want, inFrame)
			}
			if len(c.mask.Pix) != b.Dx()*b.Dy() {
				t.Errorf("mask of %d for %v", len(c.mask.Pix), b)
			}
		}
	}
}

func TestCoverageCutOff(t *testing.T) {
	var c canvas
	c.reset(100, 80)
	for _, k := range []struct{ x, y, want float64 }{
		{50, 40, 1}, {0, 40, 0.5}, {50, 80, 0.5}, {100, 0, 0.25}, {-60, 40, 0}, {300, 300, 0},
	} {
		b, inFrame := c.cover(square.contours(), poseOf(k.x, k.y, 30, 0))
		if math.Abs(inFrame-k.want) > 0.01 || b.Empty() != (k.want == 0) {
			t.Errorf("at %v, %v: %.3f in the frame, want %.2f", k.x, k.y, inFrame, k.want)
		}
	}
}

func TestPoseLocalUndoesPlace(t *testing.T) {
	p := poseOf(30, 40, 17, 0.7)
	p.wide, p.high = 1.5, 0.25
	u, v := p.local(p.place(point{0.3, -0.6}))
	if math.Abs(u-0.3) > 1e-12 || math.Abs(v+0.6) > 1e-12 {
		t.Errorf("got %v, %v", u, v)
	}
}

func TestEncode(t *testing.T) {
	var c canvas
	c.reset(64, 64) // a canvas that grows and shrinks is the same
	c.reset(17, 33)
	for i := range c.pix {
		c.pix[i] = []float32{1, 0.5, 0}[i%3]
	}
	var buf bytes.Buffer
	if err := c.encode(&buf, 95, false, 0.02, 1); err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(&buf)
	if err != nil || img.Bounds().Dx() != 17 || img.Bounds().Dy() != 33 {
		t.Fatal(img.Bounds(), err)
	}
	r, g, b, _ := img.At(8, 16).RGBA()
	if r>>8 < 245 || g>>8 < 118 || g>>8 > 138 || b>>8 > 10 {
		t.Errorf("colour %d %d %d", r>>8, g>>8, b>>8)
	}
	buf.Reset()
	if err := c.encode(&buf, 95, true, 0, 1); err != nil {
		t.Fatal(err)
	}
	if img, err = jpeg.Decode(&buf); err != nil || img.ColorModel() != color.GrayModel {
		t.Errorf("gray image of %T, %v", img, err)
	}
}
