package picture

import (
	"math"
	"testing"
)

// TestYCC holds the fixed point against the formula in float64.
func TestYCC(t *testing.T) {
	dst := make([]byte, 3)
	for y := 0; y < 256; y += 15 {
		for cb := 0; cb < 256; cb += 5 {
			for cr := 0; cr < 256; cr += 5 {
				yccRow(dst, [4][]byte{{byte(y)}, {byte(cb)}, {byte(cr)}})
				b, r := float64(cb-128), float64(cr-128)
				nearLevel(t, dst, [3]float64{float64(y) + 1.402*r, float64(y) - 0.344136*b - 0.714136*r, float64(y) + 1.772*b}, 0.52)
			}
		}
	}
}

// TestYCCConstants holds it against libjpeg's own integers (jdcolor.c: FIX(1.40200) and so on, 16 bits after the
// point), which differ from the formula's in places that no whole colour value shows.
func TestYCCConstants(t *testing.T) {
	for i := range int32(256) {
		x := i - 128
		if r, b := (91881*x+1<<15)>>16, (116130*x+1<<15)>>16; ycc.rCr[i] != r || ycc.bCb[i] != b {
			t.Errorf("chroma %d: red %d, blue %d, want %d and %d", i, ycc.rCr[i], ycc.bCb[i], r, b)
		}
		if cb, cr := -22554*x+1<<15, -46802*x; ycc.gCb[i] != cb || ycc.gCr[i] != cr {
			t.Errorf("chroma %d: green %d and %d, want %d and %d", i, ycc.gCb[i], ycc.gCr[i], cb, cr)
		}
	}
}

// TestVideoRow does so for the limited range of WebP, whose fixed point has 6 bits after the point and cuts.
func TestVideoRow(t *testing.T) {
	dst := make([]byte, 3)
	for y := 0; y < 256; y += 15 {
		for cb := 0; cb < 256; cb += 5 {
			for cr := 0; cr < 256; cr += 5 {
				videoRow(dst, []byte{byte(y)}, []byte{byte(cb)}, []byte{byte(cr)})
				l, b, r := 255./219*float64(y-16), 255./224*float64(cb-128), 255./224*float64(cr-128)
				nearLevel(t, dst, [3]float64{l + 1.402*r, l - 0.344136*b - 0.714136*r, l + 1.772*b}, 0.6)
			}
		}
	}
}

// nearLevel fails if a level is further than tol from the exact value, limited to 0 to 255.
func nearLevel(t *testing.T, got []byte, want [3]float64, tol float64) {
	t.Helper()
	for c, w := range want {
		if w = min(max(w, 0), 255); math.Abs(float64(got[c])-w) > tol {
			t.Fatalf("colour %d is %d, exactly %.3f", c, got[c], w)
		}
	}
}

func TestCMYK(t *testing.T) {
	dst := make([]byte, 3)
	for _, c := range []struct{ in, want [4]byte }{
		{[4]byte{255, 255, 255, 255}, [4]byte{255, 255, 255}}, // no ink
		{[4]byte{255, 255, 255, 0}, [4]byte{0, 0, 0}},         // black alone
		{[4]byte{0, 255, 255, 255}, [4]byte{0, 255, 255}},     // cyan alone
		{[4]byte{128, 64, 0, 255}, [4]byte{128, 64, 0}},
		{[4]byte{128, 255, 0, 128}, [4]byte{64, 128, 0}},
	} {
		cmykRow(dst, [4][]byte{{c.in[0]}, {c.in[1]}, {c.in[2]}, {c.in[3]}})
		if [3]byte(dst) != [3]byte(c.want[:3]) {
			t.Errorf("%v became %v", c.in, dst)
		}
	}
	// In YCCK the three are inks: YCbCr white is full ink of all, and black the bare paper.
	ycckRow(dst, [4][]byte{{255}, {128}, {128}, {255}})
	if [3]byte(dst) != [3]byte{} {
		t.Errorf("full ink is %v", dst)
	}
	ycckRow(dst, [4][]byte{{0}, {128}, {128}, {200}})
	if [3]byte(dst) != [3]byte{200, 200, 200} {
		t.Errorf("black of 55 on paper is %v", dst)
	}
}

func TestUnderBlack(t *testing.T) {
	for ink := range 256 {
		for light := range 256 {
			want := light - int(math.Round(float64(ink*light)/255))
			if got := underBlack(byte(ink), byte(light)); int(got) != want {
				t.Fatalf("ink %d under light %d: %d, expected %d", ink, light, got, want)
			}
		}
	}
}

func TestClamp(t *testing.T) {
	for v, want := range map[int32]byte{-1 << 31: 0, -1: 0, 0: 0, 255: 255, 256: 255, 1<<31 - 1: 255, 77: 77} {
		if got := clamp(v); got != want {
			t.Errorf("clamp(%d) = %d", v, got)
		}
	}
}

func TestInterleaveAndGray(t *testing.T) {
	dst := make([]byte, 6)
	interleaveRow(dst, [4][]byte{{1, 4}, {2, 5}, {3, 6}})
	if [6]byte(dst) != [6]byte{1, 2, 3, 4, 5, 6} {
		t.Errorf("got %v", dst)
	}
	grayRow(dst, []byte{7, 8})
	if [6]byte(dst) != [6]byte{7, 7, 7, 8, 8, 8} {
		t.Errorf("got %v", dst)
	}
}
