package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"fc7/datasets"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/heads/localise"
	"fc7/pipeline/conveyor"
	"fc7/vgg"
)

// loader makes the inputs of the net from the items of a data set. Its methods are for any number of goroutines.
type loader struct {
	set    *datasets.Set
	stage  Stage
	side   int // smallest side of validation images
	crop   int // side of what the net sees
	reader *conveyor.Reader
	pool   sync.Pool // of *picture.Resizer

	mu   sync.Mutex
	kept map[int]*picture.Image // decoded images, scaled where S is one number
	size map[int]localise.Size  // of images that were decoded, where boxes are learnt; else nil
	room int64                  // bytes that may still be kept
}

func newLoader(set *datasets.Set, s Stage, side int, o conveyor.Options, room int64) *loader {
	l := &loader{set: set, stage: s, side: side, crop: s.crop(), reader: conveyor.NewReader(set, o), kept: map[int]*picture.Image{}, room: room}
	l.pool.New = func() any { return new(picture.Resizer) }
	return l
}

// image returns item i with smallest side s; an error names the item.
func (l *loader) image(ctx context.Context, i, s int) (*picture.Image, error) {
	im, err := l.scaled(ctx, i, s)
	if m := new(conveyor.MachineError); err != nil && !errors.As(err, &m) { // that names it itself
		err = fmt.Errorf("%s: %w", l.set.Items[i].ID, err)
	}
	return im, err
}

func (l *loader) scaled(ctx context.Context, i, s int) (*picture.Image, error) {
	fixed := l.stage.SMin == l.stage.SMax && s == l.stage.SMin
	l.mu.Lock()
	im := l.kept[i]
	l.mu.Unlock()
	if im != nil && fixed {
		return im, nil
	}
	if im != nil {
		return l.scale(im, s)
	}
	var out *picture.Image
	err := l.reader.Use(ctx, &l.set.Items[i], func(im *picture.Image) (err error) {
		l.note(i, im)
		if !fixed {
			l.keep(i, im)
		}
		out, err = l.scale(im, s)
		return err
	})
	if fixed && err == nil {
		l.keep(i, out)
	}
	return out, err
}

// note notes the size of an image.
func (l *loader) note(i int, im *picture.Image) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size != nil {
		l.size[i] = localise.Size{Width: im.W, Height: im.H}
	}
}

// sizeOf is the size of an image that was decoded.
func (l *loader) sizeOf(i int) localise.Size {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size[i]
}

// keep keeps an image while there is room; which ones are kept changes the time alone.
func (l *loader) keep(i int, im *picture.Image) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := int64(len(im.Pix)); n <= l.room && l.kept[i] == nil {
		l.kept[i] = im
		l.room -= n
	}
}

// scale returns the image with smallest side s.
func (l *loader) scale(im *picture.Image, s int) (*picture.Image, error) {
	w, h := picture.ScaledSize(im.W, im.H, s)
	if int64(w)*int64(h) > extract.DefaultMaxViewPixels {
		return nil, fmt.Errorf("scaled to %dx%d pixels, more than %d: too long for training", w, h, extract.DefaultMaxViewPixels)
	}
	r := l.pool.Get().(*picture.Resizer)
	defer l.pool.Put(r)
	out := new(picture.Image)
	return out, r.Resize(im, w, h, out)
}

// augment says how training images are varied.
type augment struct {
	colours      colours
	flip, colour bool
	pre          vgg.Preprocess
}

// window is what the net sees of an image that has been scaled.
type window struct {
	im    *picture.Image
	x, y  int
	flip  bool
	shift [3]float64 // of the colours
}

// draw chooses what the net sees of item i as the random numbers say: scale, place of the crop, flip, shift of colour
// (section 3.1).
func (l *loader) draw(ctx context.Context, i int, a augment, r *rand.Rand) (window, error) {
	s := l.stage.SMin + r.IntN(l.stage.SMax-l.stage.SMin+1)
	im, err := l.image(ctx, i, s)
	if err != nil {
		return window{}, err
	}
	w := window{im: im, x: r.IntN(im.W - l.crop + 1), y: r.IntN(im.H - l.crop + 1)}
	w.flip = r.IntN(2) == 1 && a.flip
	if shift := a.colours.shift(r); a.colour {
		w.shift = shift
	}
	return w, nil
}

// middle is the middle of item i, for validation.
func (l *loader) middle(ctx context.Context, i int) (window, error) {
	im, err := l.image(ctx, i, l.side)
	if err != nil {
		return window{}, err
	}
	return window{im: im, x: (im.W - l.crop) / 2, y: (im.H - l.crop) / 2}, nil
}

// inputs is how many numbers an image has that a net sees.
func (l *loader) inputs() int { return 3 * l.crop * l.crop }

// sample writes the input [crop, crop, 3] of item i that draw chooses.
func (l *loader) sample(ctx context.Context, dst []float32, i int, a augment, r *rand.Rand) error {
	w, err := l.draw(ctx, i, a, r)
	if err == nil {
		fill(dst, w, a.pre)
	}
	return err
}

// centre writes the input of the middle of item i.
func (l *loader) centre(ctx context.Context, dst []float32, i int, pre vgg.Preprocess) error {
	w, err := l.middle(ctx, i)
	if err == nil {
		fill(dst, w, pre)
	}
	return err
}

// fill writes a window as the net expects it.
func fill(dst []float32, w window, pre vgg.Preprocess) {
	var table [3][256]float32
	for a := range 3 {
		for v := range 256 {
			table[a][v] = pre.Value(float32(float64(v)+w.shift[a]), a)
		}
	}
	through(dst, w, &table)
}

// pixels writes a window as pixels of 8 bits.
func pixels(dst []byte, w window) {
	var table [3][256]byte
	for a := range 3 {
		for v := range 256 {
			table[a][v] = byte(math.Round(min(255, max(0, float64(v)+w.shift[a]))))
		}
	}
	through(dst, w, &table)
}

// through writes the values that stand in the table for the window's, which is as large as dst is.
func through[T float32 | byte](dst []T, w window, table *[3][256]T) {
	crop := int(math.Sqrt(float64(len(dst) / 3)))
	for y := range crop {
		row := w.im.Pix[3*((w.y+y)*w.im.W+w.x):][:3*crop]
		out := dst[3*crop*y:][:3*crop]
		for x := 0; x < 3*crop; x += 3 {
			from := x
			if w.flip {
				from = 3*crop - 3 - x
			}
			out[x], out[x+1], out[x+2] = table[0][row[from]], table[1][row[from+1]], table[2][row[from+2]]
		}
	}
}
