package picture

import "testing"

func TestCrop(t *testing.T) {
	src := newImage(5, 4)
	for i := range src.Pix {
		src.Pix[i] = byte(i)
	}
	for _, c := range [][4]int{{0, 0, 5, 4}, {1, 2, 3, 4}, {-3, -1, 2, 1}, {4, 3, 99, 99}} {
		got, err := Crop(src, c[0], c[1], c[2], c[3])
		if err != nil {
			t.Fatal(err)
		}
		x0, y0 := max(0, c[0]), max(0, c[1])
		if got.W != min(5, c[2])-x0 || got.H != min(4, c[3])-y0 {
			t.Fatalf("%v: %dx%d", c, got.W, got.H)
		}
		for y := range got.H {
			for x := range 3 * got.W {
				if got.row(y)[x] != src.row(y0 + y)[3*x0+x] {
					t.Fatalf("%v: byte %d of row %d differs", c, x, y)
				}
			}
		}
		got.Pix[0]++
		if got.Pix[0] == src.row(y0)[3*x0] {
			t.Errorf("%v: shares memory with the source", c)
		}
	}
	for _, c := range [][4]int{{5, 0, 9, 4}, {2, 2, 2, 3}, {3, 0, 1, 4}, {0, -5, 5, 0}} {
		if got, err := Crop(src, c[0], c[1], c[2], c[3]); err == nil {
			t.Errorf("%v: cropped to %dx%d", c, got.W, got.H)
		}
	}
}
