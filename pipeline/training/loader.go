package training

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"fc7/datasets"
	"fc7/extract"
	"fc7/vgg"
)

// loader makes the inputs of the net from the items of a data set. Its methods are for any number of goroutines.
type loader struct {
	set    *datasets.Set
	stage  Stage
	decode extract.DecodeOptions
	pool   sync.Pool // of *extract.Resizer

	mu   sync.Mutex
	kept map[int]*extract.Image // decoded images, scaled where S is one number
	room int64                  // bytes that may still be kept
}

func newLoader(set *datasets.Set, s Stage, o extract.DecodeOptions, room int64) *loader {
	l := &loader{set: set, stage: s, decode: o, kept: map[int]*extract.Image{}, room: room}
	l.pool.New = func() any { return new(extract.Resizer) }
	return l
}

// image returns item i with smallest side s.
func (l *loader) image(i, s int) (*extract.Image, error) {
	fixed := l.stage.SMin == l.stage.SMax && s == l.stage.SMin
	l.mu.Lock()
	im := l.kept[i]
	l.mu.Unlock()
	if im == nil {
		var err error
		if im, err = l.read(i); err != nil {
			return nil, fmt.Errorf("%s: %w", l.set.Items[i].ID, err)
		}
		if fixed {
			if im, err = l.scale(im, s); err != nil {
				return nil, fmt.Errorf("%s: %w", l.set.Items[i].ID, err)
			}
		}
		l.keep(i, im)
	}
	if fixed {
		return im, nil
	}
	return l.scale(im, s)
}

// keep keeps an image while there is room; which ones are kept changes the time alone.
func (l *loader) keep(i int, im *extract.Image) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := int64(len(im.Pix)); n <= l.room && l.kept[i] == nil {
		l.kept[i] = im
		l.room -= n
	}
}

func (l *loader) read(i int) (*extract.Image, error) {
	it := &l.set.Items[i]
	f, err := it.At.Open()
	if err != nil {
		return nil, err
	}
	im, _, err := extract.Decode(f, l.decode)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if b := it.Box; b != nil {
		return extract.Crop(im, b.XMin-1, b.YMin-1, b.XMax, b.YMax)
	}
	return im, nil
}

// scale returns the image with smallest side s.
func (l *loader) scale(im *extract.Image, s int) (*extract.Image, error) {
	w, h := extract.ScaledSize(im.W, im.H, s)
	if int64(w)*int64(h) > extract.DefaultMaxViewPixels {
		return nil, fmt.Errorf("scaled to %dx%d pixels, more than %d: too long for training", w, h, extract.DefaultMaxViewPixels)
	}
	r := l.pool.Get().(*extract.Resizer)
	defer l.pool.Put(r)
	out := new(extract.Image)
	return out, r.Resize(im, w, h, out)
}

// augment says how training images are varied.
type augment struct {
	colours      colours
	flip, colour bool
	pre          vgg.Preprocess
}

// sample writes the input [crop, crop, 3] of item i as the random numbers say: scale, place of the crop, flip, shift of
// colour (section 3.1).
func (l *loader) sample(dst []float32, i int, a augment, r *rand.Rand) error {
	s := l.stage.SMin + r.IntN(l.stage.SMax-l.stage.SMin+1)
	im, err := l.image(i, s)
	if err != nil {
		return err
	}
	x, y := r.IntN(im.W-crop+1), r.IntN(im.H-crop+1)
	flip := r.IntN(2) == 1 && a.flip
	shift := a.colours.shift(r)
	if !a.colour {
		shift = [3]float64{}
	}
	fill(dst, im, x, y, flip, a.pre, shift)
	return nil
}

// centre writes the middle of item i, for validation, at the middle of the stage's scales.
func (l *loader) centre(dst []float32, i int, pre vgg.Preprocess) error {
	im, err := l.image(i, (l.stage.SMin+l.stage.SMax)/2)
	if err != nil {
		return err
	}
	fill(dst, im, (im.W-crop)/2, (im.H-crop)/2, false, pre, [3]float64{})
	return nil
}

// fill writes a crop, mirrored or not, as the net expects it.
func fill(dst []float32, im *extract.Image, x0, y0 int, flip bool, pre vgg.Preprocess, shift [3]float64) {
	var table [3][256]float32
	for a := range 3 {
		for v := range 256 {
			table[a][v] = (float32(float64(v)+shift[a])*float32(pre.Scale) - pre.Mean[a]) / pre.Std[a]
		}
	}
	for y := range crop {
		row := im.Pix[3*((y0+y)*im.W+x0):][:3*crop]
		out := dst[3*crop*y:][:3*crop]
		for x := 0; x < 3*crop; x += 3 {
			from := x
			if flip {
				from = 3*crop - 3 - x
			}
			out[x], out[x+1], out[x+2] = table[0][row[from]], table[1][row[from+1]], table[2][row[from+2]]
		}
	}
}
