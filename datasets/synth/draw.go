package synth

import (
	"image"
	"io"
	"math/rand/v2"
)

// dye colours the pixels of a thing: its texture, lit from one side.
type dye struct {
	pose
	weave
	first, second rgb
	sun           point // towards the light
}

func newDye(r *rand.Rand, l look, p pose) dye {
	first, second := l.colours(r)
	return dye{
		pose:   p,
		weave:  weave{l.texture, between(r, 1.4, 2.2), 6.28 * r.Float64(), r.Uint32()},
		first:  first,
		second: second,
		sun:    point{-0.5, -0.8},
	}
}

func (d *dye) at(x, y int) rgb {
	px, py := float64(x)+0.5, float64(y)+0.5
	u, v := d.local(px, py)
	c := mix(d.first, d.second, float32(d.weave.at(u, v)))
	light := float32(1 + 0.22*((px-d.x)*d.sun.x+(py-d.y)*d.sun.y)/d.radius)
	return rgb{min(c[0]*light, 1), min(c[1]*light, 1), min(c[2]*light, 1)}
}

// draw draws a scene as JPEG and tells what became of each thing.
func (c *canvas) draw(w io.Writer, s *scene, quality int) ([]trace, error) {
	r := rand.New(rand.NewPCG(s.seed, s.stream))
	c.reset(s.w, s.h)
	c.ground(r)
	c.clutter(r, s.clutter)
	traces := make([]trace, len(s.things))
	painted := make([]int, len(s.things)+1)
	for i := range s.things {
		traces[i] = c.thing(r, &s.things[i])
		painted[i+1] = c.claim(uint8(i+1), &traces[i])
	}
	c.banner(s.banner)
	seen := make([]int, len(s.things)+1)
	for _, o := range c.owner {
		seen[o]++
	}
	for i := range traces {
		if painted[i+1] > 0 {
			traces[i].visible = float64(seen[i+1]) / float64(painted[i+1])
		}
	}
	noise := float32(between(r, 0.01, 0.06))
	return traces, c.encode(w, quality, s.gray, noise, r.Uint32())
}

// banner lays a light strip with a line of dark marks, as of letters, over the last rows.
func (c *canvas) banner(rows int) {
	for y := c.h - rows; y < c.h; y++ {
		for x := range c.w {
			colour := rgb{0.95, 0.95, 0.93}
			if in := y - (c.h - rows); in > rows/3 && in < rows-rows/3 && x/4%3 != 2 {
				colour = rgb{0.1, 0.1, 0.12}
			}
			*(*rgb)(c.pix[3*(y*c.w+x):]) = colour
			c.owner[y*c.w+x] = 0
		}
	}
}

// thing draws one thing with its shadow and rim. It leaves its coverage in the mask.
func (c *canvas) thing(r *rand.Rand, t *thing) trace {
	outlines := t.look.shape.contours()
	p := t.pose()
	d := newDye(r, t.look, p)
	opacity, rim := float32(1), float32(between(r, 0, 0.6))
	if t.faint {
		opacity = float32(between(r, 0.35, 0.55))
	}
	shadow := p
	shadow.x += 0.08 * t.radius
	shadow.y += 0.12 * t.radius
	if b, _ := c.cover(outlines, shadow); !b.Empty() {
		c.paint(0.35*opacity, flat(rgb{}))
	}
	b, inFrame := c.cover(outlines, p)
	if b.Empty() {
		c.mask.Rect = image.Rectangle{}
		return trace{}
	}
	c.paint(opacity, flat(mix(d.first, rgb{}, rim)))
	inner := p
	inner.radius *= 0.93
	if b, _ := c.cover(outlines, inner); !b.Empty() {
		c.paint(opacity, d.at)
	}
	c.cover(outlines, p)
	return trace{inFrame: inFrame}
}

// claim marks the pixels that the mask covers by half or more as those of thing n, puts their extent into the trace and
// returns their number.
func (c *canvas) claim(n uint8, t *trace) int {
	b := c.mask.Rect
	t.xmin, t.ymin, t.xmax, t.ymax = c.w, c.h, -1, -1
	count := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if c.mask.Pix[(y-b.Min.Y)*c.mask.Stride+x-b.Min.X] < 128 {
				continue
			}
			c.owner[y*c.w+x] = n
			t.xmin, t.xmax = min(t.xmin, x), max(t.xmax, x)
			t.ymin, t.ymax = min(t.ymin, y), max(t.ymax, y)
			count++
		}
	}
	return count
}
