package evidence

import (
	"image"
	"image/color"
	"math"

	"fc7/pipeline/heads"
)

// The colours of what speaks for a class and against it: vermilion and blue of Okabe and Ito's palette, which those who
// see colours otherwise can tell apart. Nothing is grey.
var (
	forClass     = color.RGBA{213, 94, 0, 255}
	againstClass = color.RGBA{0, 114, 178, 255}
)

// strongest is how far the strongest evidence hides the image, of 256.
const strongest = 210

// overlay paints a class's evidence, of a scale or of allScales, on Photo, which must have been asked for and be of the
// heats' size, in grey: what speaks for the class in vermilion, what speaks against it in blue, in full where it is as
// much as the limit. What the strongest position for the class sees has a frame in vermilion, and what the strongest
// against it sees one in blue.
func (a *heats) overlay(class, scale int) *image.RGBA {
	t, e := a.of(class, scale), a.Evidence
	out := image.NewRGBA(image.Rect(0, 0, t.w, t.h))
	for i, v := range t.values {
		c := tinted(grey(e.Photo.Pix[3*i:]), share(v, a.limit))
		copy(out.Pix[4*i:], []byte{c.R, c.G, c.B, 255})
	}
	best, worst := extremes(e, class, scale)
	for _, f := range []struct {
		window *heads.Rect
		colour color.RGBA
	}{{worst, againstClass}, {best, forClass}} {
		if f.window != nil {
			frame(out, *f.window, e, f.colour)
		}
	}
	return out
}

// grey is the lightness of a pixel, with less contrast, so that colours are seen on black and on white.
func grey(rgb []byte) byte {
	return byte(48 + (299*int(rgb[0])+587*int(rgb[1])+114*int(rgb[2]))*168/255/1000)
}

// share is evidence as a part of the limit, from -256 to 256; of nothing 0.
func share(v, limit float64) int {
	if v != v || limit <= 0 {
		return 0
	}
	return int(math.Round(256 * max(-1, min(1, v/limit))))
}

// tinted is a grey that share of the evidence colours.
func tinted(g byte, share int) color.RGBA {
	c := forClass
	if share < 0 {
		c, share = againstClass, -share
	}
	a := share * strongest / 256
	mix := func(c byte) byte { return byte((int(g)*(256-a) + int(c)*a) / 256) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

// extremes are the windows of the positions that speak most for the class and most against it; nil: none does.
func extremes(e *heads.Evidence, class, scale int) (best, worst *heads.Rect) {
	most, least := 0.0, 0.0
	for s := range e.Scales {
		if scale != allScales && scale != s {
			continue
		}
		for i, v := range e.Classes[class].Values[s] {
			v *= float64(len(e.Scales[s].Positions)) // as heat has it
			w := &e.Scales[s].Positions[i].Window
			if v > most {
				most, best = v, w
			}
			if v < least {
				least, worst = v, w
			}
		}
	}
	return best, worst
}

// frame draws the edges of a window, and those of the image where it reaches beyond, with a white line inside.
func frame(im *image.RGBA, r heads.Rect, e *heads.Evidence, c color.RGBA) {
	w, h := im.Rect.Dx(), im.Rect.Dy()
	pixel := func(v, size float64, pixels int) int {
		return max(0, min(pixels-1, int(math.Round(v*float64(pixels)/size))))
	}
	x0, x1 := pixel(r.X0, float64(e.Width), w), pixel(r.X1, float64(e.Width), w)
	y0, y1 := pixel(r.Y0, float64(e.Height), h), pixel(r.Y1, float64(e.Height), h)
	for inset, c := range []color.RGBA{c, c, {255, 255, 255, 255}} {
		a, b := image.Pt(x0+inset, y0+inset), image.Pt(x1-inset, y1-inset)
		for x := a.X; x <= b.X; x++ {
			im.SetRGBA(x, a.Y, c)
			im.SetRGBA(x, b.Y, c)
		}
		for y := a.Y; y <= b.Y; y++ {
			im.SetRGBA(a.X, y, c)
			im.SetRGBA(b.X, y, c)
		}
	}
}
