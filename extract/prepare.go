package extract

import (
	"fmt"
	"sync"

	"fc7/extract/picture"
)

// View is an image at one scale, as one or more pictures of one size, which the net sees.
type View struct {
	scale int      // smallest side asked for
	w, h  int      // pixels of a picture
	pix   [][]byte // packed RGB of H*W*3 bytes: the picture, and its mirror with Options.Flip; nil for ViewsCrops

	crops *picture.Image // what the pictures of ViewsCrops are cut from
	flip  bool
}

// pictures is the number of pictures.
func (v *View) pictures() int {
	switch {
	case v.crops == nil:
		return len(v.pix)
	case v.flip:
		return 2 * gridSide * gridSide
	}
	return gridSide * gridSide
}

// Views are all views of one image. Their memory is the Preparer's: call Release when they are no longer read. Views
// belong to one goroutine at a time.
type Views struct {
	w, h int    // pixels of the image
	list []View // one a scale, in the order of Options.Scales

	memory *viewMemory
	home   *sync.Pool // of *viewMemory
}

// viewMemory holds the pictures of Views: two a scale.
type viewMemory struct{ images []picture.Image }

// Release gives the memory back for other images; the views must not be read afterwards. A second call does nothing.
func (v *Views) Release() {
	if v == nil || v.memory == nil {
		return
	}
	v.home.Put(v.memory)
	v.memory, v.list = nil, nil
}

// Bytes is the memory of the views.
func (v *Views) Bytes() (n int64) {
	if v == nil || v.memory == nil {
		return 0
	}
	for _, im := range v.memory.images {
		n += int64(cap(im.Pix))
	}
	return n
}

// Preparer makes views of images: work for the processor alone, to be done beside the net. All methods may be called by
// several goroutines at once.
type Preparer struct {
	o        Options
	resizers sync.Pool // of *Resizer
	memories sync.Pool // of *viewMemory
}

// newPreparer checks the options as far as they concern views.
func newPreparer(o Options) (*Preparer, error) {
	o = o.resolved()
	if err := o.Check(); err != nil {
		return nil, err
	}
	p := &Preparer{o: o}
	p.resizers.New = func() any { return new(picture.Resizer) }
	p.memories.New = func() any { return &viewMemory{make([]picture.Image, 2*len(o.Scales))} }
	return p, nil
}

// Prepare scales img to every scale and mirrors it. img is not kept. An image so elongated that a view would pass
// Options.maxViewPixels is an error that wraps [picture.ErrTooLarge], before any work is done.
func (p *Preparer) Prepare(img *picture.Image) (*Views, error) {
	if err := img.Check(); err != nil {
		return nil, fmt.Errorf("prepare views: %w", err)
	}
	for _, q := range p.o.Scales {
		if err := p.checkView(img, q); err != nil {
			return nil, err
		}
	}
	r := p.resizers.Get().(*picture.Resizer)
	defer p.resizers.Put(r)
	m := p.memories.Get().(*viewMemory)
	v := &Views{w: img.W, h: img.H, list: make([]View, 0, len(p.o.Scales)), memory: m, home: &p.memories}
	for i, q := range p.o.Scales {
		view, err := p.view(r, img, q, &m.images[2*i], &m.images[2*i+1])
		if err != nil {
			v.Release()
			return nil, err
		}
		v.list = append(v.list, view)
	}
	return v, nil
}

// checkView refuses a view over the limit.
func (p *Preparer) checkView(img *picture.Image, q int) error {
	w, h := p.o.Views.viewSize(img.W, img.H, q)
	if w <= p.o.maxViewPixels/h {
		return nil
	}
	const say = "%w: a %dx%d image at scale %d is a view of %dx%d, %.4g megapixels, the limit is %.4g; " +
		"crop the image, or take a smaller scale"
	return fmt.Errorf(say, picture.ErrTooLarge, img.W, img.H, q, w, h, float64(w)*float64(h)/1e6, float64(p.o.maxViewPixels)/1e6)
}

// view makes the view at scale q in the memory of straight and mirrored.
func (p *Preparer) view(r *picture.Resizer, img *picture.Image, q int, straight, mirrored *picture.Image) (View, error) {
	w, h := p.o.Views.viewSize(img.W, img.H, q)
	scaled := straight
	if p.o.Views == ViewsCentre {
		scaled = mirrored // until the crop is taken
	}
	if err := r.Resize(img, w, h, scaled); err != nil {
		return View{}, fmt.Errorf("scale %d: %w", q, err)
	}
	size := p.o.CropSize
	v := View{scale: q, w: w, h: h}
	switch p.o.Views {
	case ViewsCrops:
		// The 50 crops take 7.5 MB: they are cut when the net wants them.
		v.w, v.h, v.crops, v.flip = size, size, straight, p.o.Flip
		return v, nil
	case ViewsCentre:
		v.w, v.h = size, size
		picture.Cut(scaled, straight, centreOffset(w, size), centreOffset(h, size), size)
	}
	v.pix = [][]byte{straight.Pix}
	if p.o.Flip || p.o.Mirror {
		picture.Flip(straight, mirrored)
		v.pix = append(v.pix, mirrored.Pix)
	}
	if p.o.Mirror {
		v.pix = v.pix[1:]
	}
	return v, nil
}

// album is memory for some pictures of ViewsCrops.
type album struct {
	straight, mirrored []picture.Image // of each place
}

// reserve makes n places.
func (a *album) reserve(n int) {
	for len(a.straight) < n {
		a.straight, a.mirrored = append(a.straight, picture.Image{}), append(a.mirrored, picture.Image{})
	}
}

// picture is picture k of the view; one of ViewsCrops is that which was cut into place at of a.
func (v *View) picture(k int, a *album, at int) []byte {
	switch {
	case v.crops == nil:
		return v.pix[k]
	case v.flip && k%2 == 1:
		return a.mirrored[at].Pix
	}
	return a.straight[at].Pix
}

// cut cuts picture k of a view of ViewsCrops into place at of a. Several may be cut at once, each into a place of its
// own.
func (v *View) cut(k int, a *album, at int) {
	s := v.place(k)
	picture.Cut(v.crops, &a.straight[at], s.X, s.Y, v.w)
	if s.Mirrored {
		picture.Flip(&a.straight[at], &a.mirrored[at])
	}
}
