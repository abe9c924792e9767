package localise

import (
	"math"
	"math/rand/v2"
	"testing"
)

func nearPlace(a, b Place) bool {
	return near(a.Left, b.Left) && near(a.Top, b.Top) && near(a.Right, b.Right) && near(a.Bottom, b.Bottom)
}

// TestWindow: a box that is drawn by hand, in a window of a scaled picture, and back again.
func TestWindow(t *testing.T) {
	// An image of 400 x 200 scaled to 200 x 100; the window's origin is (50, 10), its side 80.
	w := Window{X: 50, Y: 10, Side: 80, Width: 200, Height: 100, Of: Size{400, 200}}
	b := Box{XMin: 141, YMin: 61, XMax: 220, YMax: 180} // edges 140..220 and 60..180, scaled 70..110 and 30..90
	want := Place{Left: 0.25, Top: 0.25, Right: 0.75, Bottom: 1}
	if got := w.Place(b); !nearPlace(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		w.X, w.Y = float64(r.IntN(100)), float64(r.IntN(50))
		b := Box{XMin: 400 * r.Float64(), YMin: 200 * r.Float64()}
		b.XMax, b.YMax = b.XMin+90*r.Float64(), b.YMin+90*r.Float64()
		if got := w.Box(w.Place(b)); math.Abs(got.XMin-b.XMin)+math.Abs(got.XMax-b.XMax)+math.Abs(got.YMin-b.YMin)+math.Abs(got.YMax-b.YMax) > 1e-9 {
			t.Fatalf("%+v: %v, want %v", w, got, b)
		}
	}
}

func TestPlace(t *testing.T) {
	p := Place{Left: -0.5, Top: 0.25, Right: 0.5, Bottom: 0.75}
	if !near(p.Share(), 0.5) || p.Within() != (Place{0, 0.25, 0.5, 0.75}) || p.Mirrored() != (Place{0.5, 0.25, 1.5, 0.75}) {
		t.Errorf("%v %v %v", p.Share(), p.Within(), p.Mirrored())
	}
	if got := p.IoU(p.Within()); !near(got, 0.5) {
		t.Errorf("IoU %v", got)
	}
	if none := (Place{1, 1, 1, 2}); none.Share() != 0 || none.IoU(none) != 0 {
		t.Errorf("%v %v", none.Share(), none.IoU(none))
	}
	of := Size{40, 30}
	for b, want := range map[Box]Box{
		{-3, 2.5, 50, 31}:  {1, 2.5, 40, 30},
		{50, 40, 60, 50}:   {40, 30, 40, 30},
		{-9, 3, -5, 4}:     {1, 3, 1, 4},
		{20, 10, 10.5, 5}:  {20, 10, 20, 10},
		{2, 2, 1.99, 29.1}: {2, 2, 2, 29.1},
	} {
		if got := b.Inside(of); got != want {
			t.Errorf("%v: %v, want %v", b, got, want)
		}
	}
	if got := (Box{1.005, 2.344, 3.996, 4}).Rounded(); got != (Box{1, 2.34, 4, 4}) && got != (Box{1.01, 2.34, 4, 4}) {
		t.Errorf("%v", got)
	}
	if got := of.Of(Box{XMin: 11, YMin: 16, XMax: 20, YMax: 30}); !nearPlace(got, Place{0.25, 0.5, 0.5, 1}) {
		t.Errorf("%v", got)
	}
}

// TestBestCentral: of objects in the middle the share is theirs; of none that a central box finds the mean IoU decides.
func TestBestCentral(t *testing.T) {
	of := func(share float64) Place {
		m := (1 - share) / 2
		return Place{m, m, 1 - m, 1 - m}
	}
	if got := BestCentral([]Place{of(0.3), of(0.9), of(0.9)}); got < 0.85 || got > 0.95 {
		t.Errorf("%v", got)
	}
	if got := BestCentral([]Place{{0, 0, 0.1, 0.1}}); got < 0.9 {
		t.Errorf("of an object in a corner: %v", got)
	}
}
