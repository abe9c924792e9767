package extract

import (
	"fmt"
	"sync"
)

// View is an image at one scale.
type View struct {
	Scale int      // smallest side asked for
	W, H  int      // pixels
	Pix   [][]byte // packed RGB of H*W*3 bytes: the image, and its mirror unless Options.NoFlip
}

// Views are all views of one image. Their memory is the Preparer's: call Release when they are no longer read. Views belong
// to one goroutine at a time.
type Views struct {
	W, H int    // pixels of the image
	List []View // one a scale, in the order of Options.Scales

	memory *viewMemory
	home   *sync.Pool // of *viewMemory
}

// viewMemory holds the pictures of Views: two a scale.
type viewMemory struct{ images []Image }

// Release gives the memory back for other images; the views must not be read afterwards. A second call does nothing.
func (v *Views) Release() {
	if v == nil || v.memory == nil {
		return
	}
	v.home.Put(v.memory)
	v.memory, v.List = nil, nil
}

// Preparer makes views of images: work for the processor alone, to be done beside the net. All methods may be called by
// several goroutines at once.
type Preparer struct {
	o        Options
	resizers sync.Pool // of *Resizer
	memories sync.Pool // of *viewMemory
}

// NewPreparer checks the options as far as they concern views.
func NewPreparer(o Options) (*Preparer, error) {
	o = o.Resolved()
	if err := o.check(); err != nil {
		return nil, err
	}
	p := &Preparer{o: o}
	p.resizers.New = func() any { return new(Resizer) }
	p.memories.New = func() any { return &viewMemory{make([]Image, 2*len(o.Scales))} }
	return p, nil
}

// Prepare scales img to every scale and mirrors it. img is not kept. An image so elongated that a view would pass
// Options.MaxViewPixels is an error that wraps ErrTooLarge, before any work is done.
func (p *Preparer) Prepare(img *Image) (*Views, error) {
	if err := img.check(); err != nil {
		return nil, fmt.Errorf("prepare views: %w", err)
	}
	for _, q := range p.o.Scales {
		if err := p.checkView(img, q); err != nil {
			return nil, err
		}
	}
	r := p.resizers.Get().(*Resizer)
	defer p.resizers.Put(r)
	m := p.memories.Get().(*viewMemory)
	v := &Views{W: img.W, H: img.H, List: make([]View, 0, len(p.o.Scales)), memory: m, home: &p.memories}
	for i, q := range p.o.Scales {
		view, err := p.view(r, img, q, &m.images[2*i], &m.images[2*i+1])
		if err != nil {
			v.Release()
			return nil, err
		}
		v.List = append(v.List, view)
	}
	return v, nil
}

// checkView refuses a view over the limit.
func (p *Preparer) checkView(img *Image, q int) error {
	w, h := ScaledSize(img.W, img.H, q)
	if w <= p.o.MaxViewPixels/h {
		return nil
	}
	const say = "%w: a %dx%d image at scale %d is a view of %dx%d, %.4g megapixels, the limit is %.4g; " +
		"crop the image, or raise the limit of pixels a view"
	return fmt.Errorf(say, ErrTooLarge, img.W, img.H, q, w, h, float64(w)*float64(h)/1e6, float64(p.o.MaxViewPixels)/1e6)
}

// view makes the view at scale q in the memory of straight and mirrored.
func (p *Preparer) view(r *Resizer, img *Image, q int, straight, mirrored *Image) (View, error) {
	w, h := ScaledSize(img.W, img.H, q)
	if err := r.Resize(img, w, h, straight); err != nil {
		return View{}, fmt.Errorf("scale %d: %w", q, err)
	}
	v := View{Scale: q, W: w, H: h, Pix: [][]byte{straight.Pix}}
	if !p.o.NoFlip {
		Flip(straight, mirrored)
		v.Pix = append(v.Pix, mirrored.Pix)
	}
	return v, nil
}
