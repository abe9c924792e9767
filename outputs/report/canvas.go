package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// ink is a colour that the style sheet decides: the name of a CSS class. gonum's plots carry it as a color.Color to the canvas.
type ink string

// RGBA is black: no pixel is ever drawn with it.
func (ink) RGBA() (r, g, b, a uint32) { return color.Black.RGBA() }

// The inks of figures; style.css gives each its stroke or fill in light, dark and print.
const (
	inkAxis  ink = "axis"
	inkGrid  ink = "grid"
	inkText  ink = "label"
	inkMark  ink = "mark"
	inkClear ink = "" // draws nothing
)

// canvas is a vg.Canvas that writes SVG for a page: no colour, font or size in pixels stands in it, only classes, so that figures
// follow the page's colour scheme, width and font. (gonum's own SVG canvas writes colours and font names into each element.)
// vg's axis y points up, SVG's down.
type canvas struct {
	w, h  vg.Length
	out   strings.Builder
	state brush
	saved []brush
}

// brush is what Push saves.
type brush struct {
	ink   ink
	width vg.Length
	dash  []vg.Length
	m     [6]float64 // x' = m0 x + m2 y + m4, y' = m1 x + m3 y + m5; y up
}

func newCanvas(w, h vg.Length) *canvas {
	return &canvas{w: w, h: h, state: brush{width: 1, m: [6]float64{1, 0, 0, 1, 0, 0}}}
}

func (c *canvas) Size() (x, y vg.Length)   { return c.w, c.h }
func (c *canvas) SetLineWidth(w vg.Length) { c.state.width = w }
func (c *canvas) Push()                    { c.saved = append(c.saved, c.state) }
func (c *canvas) Translate(p vg.Point)     { c.concat([6]float64{1, 0, 0, 1, float64(p.X), float64(p.Y)}) }
func (c *canvas) Scale(x, y float64)       { c.concat([6]float64{x, 0, 0, y, 0, 0}) }
func (c *canvas) Rotate(rad float64) {
	s, k := math.Sincos(rad)
	c.concat([6]float64{k, s, -s, k, 0, 0})
}
func (c *canvas) DrawImage(vg.Rectangle, image.Image) {} // no figure has one

func (c *canvas) SetLineDash(pattern []vg.Length, _ vg.Length) { c.state.dash = pattern }

// SetColor takes an ink; any other colour is one that a plot did not set, and draws nothing.
func (c *canvas) SetColor(col color.Color) { c.state.ink, _ = col.(ink) }

func (c *canvas) Pop() {
	last := len(c.saved) - 1
	c.state, c.saved = c.saved[last], c.saved[:last]
}

func (c *canvas) concat(n [6]float64) {
	m := c.state.m
	c.state.m = [6]float64{
		m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1],
		m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5],
	}
}

// at is a point in SVG's coordinates.
func (c *canvas) at(p vg.Point) (x, y float64) {
	m, px, py := c.state.m, float64(p.X), float64(p.Y)
	return m[0]*px + m[2]*py + m[4], float64(c.h) - (m[1]*px + m[3]*py + m[5])
}

func (c *canvas) Stroke(p vg.Path) {
	if c.state.ink == inkClear || c.state.width <= 0 {
		return
	}
	fmt.Fprintf(&c.out, `<path class="%s l" stroke-width="%s"`, c.state.ink, number(float64(c.state.width)))
	if len(c.state.dash) > 0 {
		fmt.Fprintf(&c.out, ` stroke-dasharray="%s"`, dashes(c.state.dash))
	}
	fmt.Fprintf(&c.out, ` d="%s"/>`, c.path(p))
}

func dashes(pattern []vg.Length) string {
	var d []string
	for _, l := range pattern {
		d = append(d, number(float64(l)))
	}
	return strings.Join(d, " ")
}

func (c *canvas) Fill(p vg.Path) {
	if c.state.ink != inkClear {
		fmt.Fprintf(&c.out, `<path class="%s f" d="%s"/>`, c.state.ink, c.path(p))
	}
}

func (c *canvas) path(p vg.Path) string {
	var b strings.Builder
	for _, k := range p {
		x, y := c.at(k.Pos)
		switch k.Type {
		case vg.MoveComp:
			fmt.Fprintf(&b, "M%s %s", number(x), number(y))
		case vg.LineComp:
			fmt.Fprintf(&b, "L%s %s", number(x), number(y))
		case vg.ArcComp:
			c.arc(&b, k)
		case vg.CurveComp:
			b.WriteString([]string{"L", "Q", "C"}[min(len(k.Control), 2)])
			for _, q := range k.Control {
				cx, cy := c.at(q)
				fmt.Fprintf(&b, "%s %s ", number(cx), number(cy))
			}
			fmt.Fprintf(&b, "%s %s", number(x), number(y))
		case vg.CloseComp:
			b.WriteByte('Z')
		}
	}
	return b.String()
}

// arc draws in two halves, since SVG cannot say a full circle in one.
func (c *canvas) arc(b *strings.Builder, k vg.PathComp) {
	point := func(angle float64) (x, y float64) {
		return c.at(vg.Point{X: k.Pos.X + k.Radius*vg.Length(math.Cos(angle)), Y: k.Pos.Y + k.Radius*vg.Length(math.Sin(angle))})
	}
	op, sweep := "L", 0 // SVG's sweep is clockwise, y pointing down
	if b.Len() == 0 {
		op = "M"
	}
	if k.Angle < 0 {
		sweep = 1
	}
	x, y := point(k.Start)
	fmt.Fprintf(b, "%s%s %s", op, number(x), number(y))
	for _, part := range []float64{0.5, 1} {
		x, y = point(k.Start + part*k.Angle)
		fmt.Fprintf(b, "A%[1]s %[1]s 0 0 %d %s %s", number(float64(k.Radius)), sweep, number(x), number(y))
	}
}

func (c *canvas) FillString(f font.Face, p vg.Point, text string) {
	if c.state.ink == inkClear || f.Font.Size == 0 {
		return
	}
	x, y := c.at(p)
	fmt.Fprintf(&c.out, `<text class="%s" x="%s" y="%s" font-size="%s"`, c.state.ink, number(x), number(y), number(float64(f.Font.Size)))
	if m := c.state.m; m[1] != 0 {
		fmt.Fprintf(&c.out, ` transform="rotate(%s %s %s)"`, number(-math.Atan2(m[1], m[0])*180/math.Pi), number(x), number(y))
	}
	fmt.Fprintf(&c.out, `>%s</text>`, escape(text))
}

// escape makes a text safe inside an element or an attribute in double quotes.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(s)
}

// number writes a coordinate with a tenth of a unit's precision or better.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}
