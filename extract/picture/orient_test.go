package picture

import "testing"

// TestOrient turns a 3x2 image whose pixels are numbered; the expected pictures follow the EXIF table, where value o
// says at which edges of the scene row 0 and column 0 of the file lie.
func TestOrient(t *testing.T) {
	src := newImage(3, 2)
	for i := range 6 {
		src.Pix[3*i], src.Pix[3*i+1], src.Pix[3*i+2] = byte(i), byte(10+i), byte(20+i)
	}
	for o, want := range map[int]struct {
		w, h int
		pix  []byte
	}{
		0: {3, 2, []byte{0, 1, 2, 3, 4, 5}},
		1: {3, 2, []byte{0, 1, 2, 3, 4, 5}},
		2: {3, 2, []byte{2, 1, 0, 5, 4, 3}},
		3: {3, 2, []byte{5, 4, 3, 2, 1, 0}},
		4: {3, 2, []byte{3, 4, 5, 0, 1, 2}},
		5: {2, 3, []byte{0, 3, 1, 4, 2, 5}},
		6: {2, 3, []byte{3, 0, 4, 1, 5, 2}},
		7: {2, 3, []byte{5, 2, 4, 1, 3, 0}},
		8: {2, 3, []byte{2, 5, 1, 4, 0, 3}},
		9: {3, 2, []byte{0, 1, 2, 3, 4, 5}},
	} {
		got := orient(src, o)
		if got.W != want.w || got.H != want.h {
			t.Errorf("orientation %d: %dx%d", o, got.W, got.H)
			continue
		}
		for i, p := range want.pix {
			if got.Pix[3*i] != p || got.Pix[3*i+1] != 10+p || got.Pix[3*i+2] != 20+p {
				t.Errorf("orientation %d: pixel %d is %v, expected number %d", o, i, got.Pix[3*i:3*i+3], p)
			}
		}
	}
}
