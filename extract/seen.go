package extract

import (
	"context"
	"fmt"

	"fc7/internal/f32"
)

// Seen is the map of a layer of one picture that the net saw of an image.
type Seen struct {
	Scale    int     // place in Options.Scales
	Map      f32.Map // [1,H,W,C]; valid until the call returns
	Pictures int     // of the image at this scale

	// Where the picture is on the image at the scale, which is W x H pixels: a rectangle of Width x Height pixels from
	// column X and row Y. With Mirrored it was turned over from left to right.
	W, H          int
	X, Y          int
	Width, Height int
	Mirrored      bool
}

// DescribeMaps is DescribeAll of one image, by options of one layer, that shows the maps which its descriptors are
// pooled of, before they are: by scale and picture. An error of see ends it.
func (d *Describer) DescribeMaps(ctx context.Context, v *Views, see func(Seen) error) ([][]float32, error) {
	if n := len(d.sums); n != 1 {
		return nil, fmt.Errorf("describe: the maps of %d layers are not shown, but of one", n)
	}
	d.see = func(s Seen) error {
		if d.o.Views == ViewsCentre {
			s.W, s.H = ViewsCentre.viewSize(v.w, v.h, d.o.Scales[s.Scale])
			s.X, s.Y = centreOffset(s.W, s.Width), centreOffset(s.H, s.Height)
		}
		return see(s)
	}
	defer func() { d.see = nil }()
	out := d.DescribeAll(ctx, []*Views{v})[0]
	return out.Columns, out.Err
}

// show shows the maps of pages of one image, if anybody looks.
func (d *Describer) show(of *summary, pages []page) error {
	if d.see == nil {
		return nil
	}
	for k, p := range pages {
		s := p.view.place(p.picture)
		s.Scale, s.Map = p.scale, of.maps[k]
		if err := d.see(s); err != nil {
			return err
		}
	}
	return nil
}

// place is where a picture is on the image at the view's scale; of views that are no crops the whole of it.
func (v *View) place(k int) Seen {
	s := Seen{Pictures: v.pictures(), W: v.w, H: v.h, Width: v.w, Height: v.h}
	if v.crops == nil {
		s.Mirrored = k == 1
		return s
	}
	s.W, s.H = v.crops.W, v.crops.H
	if v.flip {
		s.Mirrored = k%2 == 1
		k /= 2
	}
	s.X, s.Y = gridOffset(k%gridSide, v.crops.W, v.w), gridOffset(k/gridSide, v.crops.H, v.h)
	return s
}
