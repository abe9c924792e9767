package evidence

import (
	"image/color"
	"math"
	"testing"

	"fc7/extract/picture"
	"fc7/pipeline/heads"
)

// drawn is evidence for an image of 80x40 pixels, of which the box from 40 on is described at 2x2 positions, in the
// straight and in the mirrored picture, and all of it at one position.
func drawn() *heads.Evidence {
	e := &heads.Evidence{Width: 80, Height: 40, Photo: &picture.Image{W: 40, H: 20, Pix: make([]byte, 3*40*20)}}
	window := func(x, y, half float64) heads.Rect {
		return heads.Rect{X0: x - half, Y0: y - half, X1: x + half, Y1: y + half}
	}
	box := heads.EvidenceScale{Part: 1, Scale: 64, Stride: 32, Receptive: 40, Frame: heads.Rect{X0: 40, Y0: 0, X1: 80, Y1: 40}}
	for _, mirrored := range []bool{false, true} {
		for _, y := range []float64{10, 30} {
			for _, x := range []float64{50, 70} {
				if mirrored {
					x = 120 - x
				}
				box.Positions = append(box.Positions, heads.Position{Window: window(x, y, 8), Mirrored: mirrored})
			}
		}
	}
	whole := heads.EvidenceScale{
		Part: 2, Scale: 32, Stride: 32, Receptive: 90, Frame: heads.Rect{X1: 80, Y1: 40}, Positions: []heads.Position{{Window: window(40, 20, 45)}},
	}
	e.Scales = []heads.EvidenceScale{box, whole}
	e.Classes = []heads.ClassEvidence{{
		Class: "cat", Score: 1.25, Bias: 0.5, Sums: []float64{1.25, -0.5},
		Values: [][]float64{{0.5, 0, 0, -0.25, 0, 0.5, 0.25, 0.25}, {-0.5}},
	}}
	return e
}

// TestHeat: a pixel has the value of the nearest positions, straight and mirrored, times their numbers, of all scales.
func TestHeat(t *testing.T) {
	e := drawn()
	both, box := heatOf(e, 0, 40, 20, allScales), heatOf(e, 0, 40, 20, 0)
	for _, c := range []struct {
		x, y      int
		box, both float64
	}{
		{25, 5, 4*0.5 + 4*0.5, 3.5}, {35, 5, 0, -0.5}, // the mirrored ones are at 70 and 50
		{25, 15, 4 * 0.25, 0.5}, {35, 15, -4*0.25 + 4*0.25, -0.5}, {5, 5, math.NaN(), -0.5},
	} {
		at := c.y*40 + c.x
		if got := box.values[at]; got != c.box && !(got != got && c.box != c.box) {
			t.Errorf("%d, %d: the box has %v, want %v", c.x, c.y, got, c.box)
		}
		if got := both.values[at]; got != c.both {
			t.Errorf("%d, %d: both have %v, want %v", c.x, c.y, got, c.both)
		}
	}
	if l := heatsOf(e, 40, 20).limit; l != 4 {
		t.Errorf("limit %v, want 4", l)
	}
	mean := 0.0 // of a scale of pixels that are shared out evenly: its sum
	for y := range 20 {
		for x := 20; x < 40; x++ {
			mean += box.values[40*y+x] / 400
		}
	}
	if math.Abs(mean-e.Classes[0].Sums[0]) > 1e-9 {
		t.Errorf("the mean over the box is %v, the scale's sum %v", mean, e.Classes[0].Sums[0])
	}
}

// TestLatticeOfCrops: crops at one place count as one, of their mean.
func TestLatticeOfCrops(t *testing.T) {
	at := func(x float64) heads.Position { return heads.Position{Window: heads.Rect{X0: x, X1: x + 2, Y1: 2}} }
	l := latticeOf([]heads.Position{at(3), at(3 + 1e-9), at(7)}, []float64{1, 2, 5}, false)
	if len(l.xs) != 2 || l.values[0] != 4.5 || l.values[1] != 15 {
		t.Errorf("%+v", l)
	}
	if latticeOf([]heads.Position{at(3)}, []float64{1}, true) != nil {
		t.Error("nothing is mirrored")
	}
}

// TestOverlay: what speaks for the class is red rather than blue, what speaks against it blue, and where nothing is
// said the grey of the image; the strongest windows have frames.
func TestOverlay(t *testing.T) {
	a := heatsOf(drawn(), 40, 20)
	im := a.overlay(0, 0)
	ground := grey([]byte{0, 0, 0})
	if c := im.RGBAAt(5, 5); c != (color.RGBA{ground, ground, ground, 255}) {
		t.Errorf("outside the box: %v", c)
	}
	if c := im.RGBAAt(26, 6); c.R < 150 || c.B > 60 {
		t.Errorf("for the class, in full: %v", c)
	}
	if c := im.RGBAAt(21, 5); c != forClass {
		t.Errorf("the frame of the strongest position: %v", c)
	}
	if c := im.RGBAAt(31, 15); c != againstClass {
		t.Errorf("the frame of the strongest position against it: %v", c)
	}
	if c := a.overlay(0, 1).RGBAAt(20, 10); c.B <= c.R {
		t.Errorf("against the class: %v", c)
	}
	a.limit = 0
	if c := a.overlay(0, allScales).RGBAAt(20, 10); c.R != c.B {
		t.Errorf("no evidence at all: %v", c)
	}
}
