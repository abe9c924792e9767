package training

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"fc7/heads/localise"
)

// target is the object that is learnt of a view: where it is in the crop and in the image, and its class. It stands
// behind the numbers of an input, as targetSize of them.
type target struct {
	crop, image localise.Place
	class       int
}

const targetSize = 9

// numbers are the target as it stands behind an input.
func (t target) numbers() [targetSize]float32 {
	n := [targetSize]float32{8: float32(t.class)}
	for i, v := range [...]float64{t.crop.Left, t.crop.Top, t.crop.Right, t.crop.Bottom, t.image.Left, t.image.Top, t.image.Right, t.image.Bottom} {
		n[i] = float32(v)
	}
	return n
}

// targetOf reads what numbers gave.
func targetOf(n []float32) target {
	place := func(n []float32) localise.Place {
		return localise.Place{Left: float64(n[0]), Top: float64(n[1]), Right: float64(n[2]), Bottom: float64(n[3])}
	}
	return target{place(n), place(n[4:]), int(n[8])}
}

// input is how many bytes of a view there are: its pixels, and the numbers of its target.
func (v *viewer) input() int { return v.r.loader.inputs() + 4*v.r.split.tail() }

// addTarget writes the target of a view of an item behind its pixels. The crop of one that is drawn (r is its
// generator) moves until the object has its share of it.
func (v *viewer) addTarget(dst []byte, w *window, item int, drawn bool, r *rand.Rand) {
	b := v.r.split.boxes
	if b == nil {
		return
	}
	of := v.r.loader.sizeOf(item)
	o := b.choose(item, of, r)
	box := boxIn(o.Box, of)
	if drawn && b.o.MinShare > 0 {
		w.moveTo(box, of, b.o.MinShare, r)
	}
	p := w.place(box, of)
	if b.o.Clip {
		p = p.Within()
	}
	for i, x := range (target{p, of.Of(box), o.class}).numbers() {
		binary.LittleEndian.PutUint32(dst[boxInput+4*i:], math.Float32bits(x))
	}
}

// targetBytes are the numbers that addTarget wrote.
func targetBytes(dst []float32, view []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(view[boxInput+4*i:]))
	}
}

// place is where a box of an image is in the window.
func (w *window) place(b localise.Box, of localise.Size) localise.Place {
	p := localise.Window{X: float64(w.x), Y: float64(w.y), Side: boxCrop, Width: w.im.W, Height: w.im.H, Of: of}.Place(b)
	if w.flip {
		return p.Mirrored()
	}
	return p
}

// moves is how often a crop is drawn anew, at most.
const moves = 50

// moveTo draws the place of the window until it has a share of the box, at most so often; of those that have less, the
// one with most of it is left.
func (w *window) moveTo(b localise.Box, of localise.Size, share float64, r *rand.Rand) {
	best, most := *w, w.place(b, of).Share()
	for range moves {
		if most >= share {
			break
		}
		w.x, w.y = r.IntN(w.im.W-boxCrop+1), r.IntN(w.im.H-boxCrop+1)
		if s := w.place(b, of).Share(); s > most {
			best, most = *w, s
		}
	}
	*w = best
}
