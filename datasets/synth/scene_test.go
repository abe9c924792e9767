package synth

import (
	"math/rand/v2"
	"testing"
)

func TestCellsAreApart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 12; n++ {
		for _, size := range [][2]int{{500, 375}, {333, 500}, {40, 40}} {
			all := cells(r, size[0], size[1], n)
			if len(all) != n {
				t.Fatalf("%d cells, want %d", len(all), n)
			}
			for i, a := range all {
				if a.x < 0 || a.y < 0 || a.x+a.w > float64(size[0])+1e-9 || a.y+a.h > float64(size[1])+1e-9 {
					t.Errorf("cell %+v leaves the image %v", a, size)
				}
				for _, b := range all[:i] {
					if a.x < b.x+b.w-1e-9 && b.x < a.x+a.w-1e-9 && a.y < b.y+b.h-1e-9 && b.y < a.y+a.h-1e-9 {
						t.Errorf("cells %+v and %+v overlap", a, b)
					}
				}
			}
		}
	}
}

func TestWithinStaysWithin(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	c := cell{10, 20, 100, 60}
	for range 1000 {
		p := within(r, c, 1, 0.3, 1)
		if p.x-p.radius < 10-1e-9 || p.x+p.radius > 110+1e-9 || p.y-p.radius < 20-1e-9 || p.y+p.radius > 80+1e-9 || p.radius < 9 {
			t.Fatalf("thing %+v leaves its cell", p)
		}
	}
}
