package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// ink is a colour that the style sheet decides: the name of a CSS class. No colour, font or size in pixels stands in a
// figure, so that it follows the page's colour scheme, width and font.
type ink string

// The inks of figures; style.css gives each its stroke or fill in light, dark and print.
const (
	inkAxis ink = "axis"
	inkGrid ink = "grid"
	inkMark ink = "mark"
	inkBand ink = "h2"
)

// figure is a figure in the making: a box of w times h units, which the page scales to its width, with an axis below
// and one at the left of the data's frame. y of the box points down, as in SVG.
type figure struct {
	w, h, size               float64 // size of text
	x, y                     axis
	left, top, right, bottom float64 // the data's frame
	wide                     float64 // the most that it is wide on a page, in rem; 0: as its place is
	out                      strings.Builder
}

// axis is one axis of a figure.
type axis struct {
	label    string // below the horizontal one; the vertical one's stands in the caption
	min, max float64
	log      bool
	ticks    []tick // ascending
	upright  bool   // the horizontal one's texts are names, read upwards
}

// tick is a place on an axis and its text.
type tick struct {
	at    float64
	label string
}

type point struct{ x, y float64 }

// newFigure leaves room for the axes' texts.
func newFigure(w, h, size float64, x, y axis) *figure {
	f := &figure{w: w, h: h, size: size, x: x, y: y}
	f.left, f.top, f.right, f.bottom = f.widest(y.ticks)+0.4*size, 0.5*size, w-0.5, h-belowAxis-1.2*size
	if x.upright {
		f.bottom = h - f.widest(x.ticks) - 0.4*size
	} else if n := len(x.ticks); n > 0 { // half of these stands beside the frame
		f.left = max(f.left, f.width(x.ticks[0].label)/2)
		f.right = w - f.width(x.ticks[n-1].label)/2
	}
	if x.label != "" {
		f.bottom -= 1.3 * size
	}
	return f
}

// belowAxis is the room between the frame and the texts below it, which those beside it reach into.
const belowAxis = 5

// share is where v stands between the axis' ends, 0 to 1.
func (a axis) share(v float64) float64 {
	switch {
	case a.min == a.max:
		return 0.5
	case a.log:
		return math.Log(v/a.min) / math.Log(a.max/a.min)
	}
	return (v - a.min) / (a.max - a.min)
}

// at is the place of data in the box.
func (f *figure) at(x, y float64) point {
	return point{f.left + f.x.share(x)*(f.right-f.left), f.bottom - f.y.share(y)*(f.bottom-f.top)}
}

// width is about how wide a text is, rather too much than too little, since the font is the reader's.
func (f *figure) width(s string) (w float64) {
	for _, r := range s {
		switch {
		case r >= 0x2e80: // Chinese and the like
			w += f.size
		case strings.ContainsRune("MWmw@%…—", r):
			w += 0.95 * f.size
		case r >= 'A' && r <= 'Z':
			w += 0.74 * f.size
		case r >= '0' && r <= '9':
			w += 0.64 * f.size
		default:
			w += 0.56 * f.size
		}
	}
	return w
}

func (f *figure) widest(ticks []tick) (w float64) {
	for _, t := range ticks {
		w = max(w, f.width(t.label))
	}
	return w
}

// texts writes the axes' texts; of those below the frame as many as have room.
func (f *figure) texts() {
	for _, t := range f.y.ticks {
		f.text(point{f.left - 0.4*f.size, f.at(f.x.min, t.at).y + 0.35*f.size}, "end", false, t.label)
	}
	free := math.Inf(-1)
	for _, t := range f.x.ticks {
		p := f.at(t.at, f.y.min)
		if f.x.upright {
			f.text(point{p.x + 0.35*f.size, p.y + 0.4*f.size}, "end", true, t.label)
		} else if half := f.width(t.label) / 2; p.x-half > free {
			f.text(point{p.x, p.y + belowAxis + f.size}, "middle", false, t.label)
			free = p.x + half + 0.4*f.size
		}
	}
	if f.x.label != "" {
		f.text(point{(f.left + f.right) / 2, f.h - 0.3*f.size}, "middle", false, f.x.label)
	}
}

// text writes one line of text, upwards if it is upright.
func (f *figure) text(p point, anchor string, upright bool, s string) {
	turn := ""
	if upright {
		turn = fmt.Sprintf(` transform="rotate(-90 %s)"`, p)
	}
	fmt.Fprintf(&f.out, `<text class="label" x="%s" y="%s" text-anchor="%s"%s>%s</text>`, number(p.x), number(p.y), anchor, turn, safe(s))
}

// path draws along SVG's path d.
func (f *figure) path(c ink, width float64, dash, d string) {
	if dash != "" {
		dash = fmt.Sprintf(` stroke-dasharray="%s"`, dash)
	}
	fmt.Fprintf(&f.out, `<path class="%s l" stroke-width="%s"%s d="%s"/>`, c, number(width), dash, d)
}

// area fills SVG's path d.
func (f *figure) area(c ink, d string) {
	fmt.Fprintf(&f.out, `<path class="%s f" d="%s"/>`, c, d)
}

// line draws a straight line.
func (f *figure) line(c ink, from, to point) { f.path(c, 0.75, "", fmt.Sprintf("M%sL%s", from, to)) }

func (f *figure) dot(c ink, p point, radius float64) {
	fmt.Fprintf(&f.out, `<circle class="%s f" cx="%s" cy="%s" r="%s"/>`, c, number(p.x), number(p.y), number(radius))
}

func (f *figure) ring(c ink, p point, radius float64) {
	fmt.Fprintf(&f.out, `<circle class="%s l" cx="%s" cy="%s" r="%s"/>`, c, number(p.x), number(p.y), number(radius))
}

// svg is the figure as an element that takes the width of its place; label says in words what it shows.
func (f *figure) svg(label string) template.HTML {
	style := ""
	if f.wide > 0 {
		style = fmt.Sprintf(` style="max-width:%srem"`, number(f.wide))
	}
	return template.HTML(fmt.Sprintf(`<svg class="plot" viewBox="0 0 %s %s" font-size="%s"%s role="img" aria-label="%s">%s</svg>`,
		number(f.w), number(f.h), number(f.size), style, safe(label), f.out.String())) // our own elements; every text in them is escaped
}

// String is the point in a path.
func (p point) String() string { return number(p.x) + " " + number(p.y) }

// safe makes a text safe inside an element or an attribute in double quotes.
func safe(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(s)
}

// number writes a coordinate with a tenth of a unit's precision or better.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}
