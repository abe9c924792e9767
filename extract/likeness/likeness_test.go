package likeness

import (
	"bytes"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"fc7/extract/picture"
)

// drawn is a picture of discs in random colours on a ground that changes from place to place.
func drawn(seed uint64, w, h int) *picture.Image {
	r := rand.New(rand.NewPCG(seed, 1))
	im := &picture.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	ground := [6]float64{}
	for i := range ground {
		ground[i] = 60 + 120*r.Float64()
	}
	type disc struct {
		x, y, radius float64
		rgb          [3]byte
	}
	var discs []disc
	for range 14 {
		discs = append(discs, disc{r.Float64(), r.Float64(), 0.04 + 0.14*r.Float64(), [3]byte{byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}})
	}
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			to := im.Pix[3*(y*w+x):]
			for k := range 3 {
				to[k] = byte(ground[k]*u + ground[3+k]*(1-u))
			}
			for _, d := range discs {
				if (u-d.x)*(u-d.x)+(v-d.y)*(v-d.y) < d.radius*d.radius {
					copy(to, d.rgb[:])
				}
			}
		}
	}
	return im
}

// compressed is a picture after JPEG.
func compressed(t *testing.T, im *picture.Image, quality int) *picture.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im.RGBA(), &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, _, err := picture.Decode(&b, picture.DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mirrored(im *picture.Image) *picture.Image {
	out := &picture.Image{}
	picture.Flip(im, out)
	return out
}

func scaled(t *testing.T, im *picture.Image, w, h int) *picture.Image {
	t.Helper()
	out := &picture.Image{}
	if err := new(picture.Resizer).Resize(im, w, h, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func cropped(t *testing.T, im *picture.Image, x0, y0, x1, y1 int) *picture.Image {
	t.Helper()
	out, err := picture.Crop(im, x0, y0, x1, y1)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// changed is a picture with each colour changed.
func changed(im *picture.Image, to func(rgb []byte)) *picture.Image {
	out := &picture.Image{W: im.W, H: im.H, Pix: bytes.Clone(im.Pix)}
	for i := 0; i < len(out.Pix); i += 3 {
		to(out.Pix[i : i+3])
	}
	return out
}

// compare is what is found of two pictures, and where.
func compare(t *testing.T, a, b *picture.Image) (Evidence, Place) {
	t.Helper()
	var s [2]*Sketch
	var p [2]*Picture
	for i, im := range []*picture.Image{a, b} {
		var err error
		if s[i], err = SketchOf(im); err != nil {
			t.Fatal(err)
		}
		if p[i], err = PictureOf(im); err != nil {
			t.Fatal(err)
		}
	}
	at, ok := Find(NewView(s[0]), NewView(s[1]))
	if !ok {
		return Evidence{}, at
	}
	return Compare(p[0], p[1], at), at
}

// TestCompare: copies are certain, mirrored or not; parts and other colours are likely at most; other pictures are
// neither.
func TestCompare(t *testing.T) {
	for seed := range uint64(4) {
		a := drawn(seed+10, 300, 200)
		rotated := func(rgb []byte) { rgb[0], rgb[1], rgb[2] = rgb[2], rgb[0], rgb[1] }
		for _, c := range []struct {
			name             string
			b                *picture.Image
			least, most      Grade
			mirrored, partly bool
		}{
			{"itself", a, Certain, Certain, false, false},
			{"compressed", compressed(t, a, 30), Certain, Certain, false, false},
			{"mirrored", compressed(t, mirrored(a), 60), Certain, Certain, true, false},
			{"smaller", compressed(t, scaled(t, a, 151, 100), 75), Certain, Certain, false, false},
			{"larger, mirrored", scaled(t, mirrored(a), 600, 401), Certain, Certain, true, false},
			{"brighter", changed(a, func(rgb []byte) {
				for k := range rgb {
					rgb[k] = byte(40 + int(rgb[k])*4/5)
				}
			}), Likely, Likely, false, false},
			{"a part", compressed(t, cropped(t, a, 60, 20, 240, 150), 75), Likely, Likely, false, true},
			{"a part, mirrored", mirrored(cropped(t, a, 90, 50, 300, 200)), Likely, Likely, true, true},
			{"other colours", changed(a, rotated), None, Likely, false, false},
			{"another", drawn(seed+100, 300, 200), None, LookAlike, false, false},
		} {
			for _, pair := range [][2]*picture.Image{{a, c.b}, {c.b, a}} {
				e, at := compare(t, pair[0], pair[1])
				if rank(e.Grade) > rank(c.least) || rank(e.Grade) < rank(c.most) {
					t.Errorf("picture %d and %s: %q (%+v, %+v), want %q to %q", seed, c.name, e.Grade, e, at, c.most, c.least)
				}
				if c.least == c.most && (at.Mirrored != c.mirrored || at.Part != c.partly) {
					t.Errorf("picture %d and %s: found at %+v", seed, c.name, at)
				}
			}
		}
	}
}

func rank(g Grade) int {
	for i, of := range []Grade{Certain, Likely, LookAlike, None} {
		if of == g {
			return i
		}
	}
	return -1
}

// A recoloured part of a few blocks is no copy, however well the luminance correlates.
func TestRecoloured(t *testing.T) {
	a := drawn(3, 300, 200)
	b := &picture.Image{W: a.W, H: a.H, Pix: bytes.Clone(a.Pix)}
	for y := 80; y < 130; y++ {
		for x := 100; x < 170; x++ {
			p := b.Pix[3*(y*b.W+x):]
			p[0], p[2] = p[2]/2+90, p[0]/2 // the luminance changes little
		}
	}
	if e, _ := compare(t, a, b); e.Grade == Certain {
		t.Errorf("%+v", e)
	}
}

// Pictures that show nothing are of no image.
func TestFlat(t *testing.T) {
	black := &picture.Image{W: 40, H: 30, Pix: make([]byte, 3*40*30)}
	if e, _ := compare(t, black, black); e.Grade == Certain || e.Grade == Likely {
		t.Errorf("two black pictures: %+v", e)
	}
	if e, _ := compare(t, black, drawn(1, 40, 30)); e.Grade != None {
		t.Errorf("a black picture and another: %+v", e)
	}
	s, err := SketchOf(black)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.Values(true) {
		if v != 0 {
			t.Fatal("values of a black picture are not 0")
		}
	}
}

// Values of a mirror image are those of the picture's mirror.
func TestValues(t *testing.T) {
	a := drawn(5, 96, 96)
	s, err := SketchOf(a)
	if err != nil {
		t.Fatal(err)
	}
	m, err := SketchOf(mirrored(a))
	if err != nil {
		t.Fatal(err)
	}
	v, w := s.Values(true), m.Values(false)
	square := 0.0
	for i := range v {
		square += float64(v[i]-w[i]) * float64(v[i]-w[i])
	}
	if len(v) != Width || square > 1e-4 {
		t.Errorf("%d values, %g apart", len(v), square)
	}
	other, err := SketchOf(drawn(6, 96, 96))
	if err != nil {
		t.Fatal(err)
	}
	square = 0
	for i, x := range other.Values(false) {
		square += float64(x-w[i]) * float64(x-w[i])
	}
	if square < Apart {
		t.Errorf("other pictures are %g apart, want %g and more", square, Apart)
	}
}
