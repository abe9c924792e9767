package evidence

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"fc7/pipeline/heads"
)

// The layout of a picture, in pixels.
const (
	photoSide = 300 // of a panel, the longer side
	margin    = 10
	lineHigh  = 15 // of text
	letter    = 7  // wide; all have one width
	inRow     = 4  // panels
	barWide   = 256
	barHigh   = 12
)

// sheet is a picture that shows a class's evidence with its numbers: the image, what all scales say, and where there
// are several what each says; see overlay. Photo must have been asked for.
func (a *heats) sheet(class int) *image.RGBA {
	p := &page{heats: a, e: a.Evidence, class: class}
	e := a.Evidence
	p.panels()
	w := margin + min(inRow, len(p.images))*(p.w+margin)
	head := wrapped(numbers(e, class), (w-2*margin)/letter)
	foot := wrapped(words(e), (w-2*margin)/letter)
	rows := (len(p.images) + inRow - 1) / inRow
	h := margin + len(head)*lineHigh + rows*(p.h+lineHigh+margin) + barHigh + 3*lineHigh + len(foot)*lineHigh
	p.to = image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(p.to, p.to.Rect, image.White, image.Point{}, draw.Src)
	y := p.lines(margin, head)
	for i, im := range p.images {
		if i > 0 && i%inRow == 0 {
			y += p.h + lineHigh + margin
		}
		at := image.Pt(margin+i%inRow*(p.w+margin), y)
		p.text(at, p.titles[i])
		draw.Draw(p.to, image.Rectangle{at.Add(image.Pt(0, lineHigh)), p.to.Rect.Max}.Intersect(im.Rect.Add(at.Add(image.Pt(0, lineHigh)))), im, image.Point{}, draw.Src)
	}
	y = p.legend(y + p.h + lineHigh + margin)
	p.lines(y, foot)
	return p.to
}

// page is a picture in the making.
type page struct {
	heats  *heats
	e      *heads.Evidence
	class  int
	to     *image.RGBA
	w, h   int // of a panel
	titles []string
	images []*image.RGBA
}

// panels makes the panels.
func (p *page) panels() {
	add := func(title string, im *image.RGBA) {
		p.titles, p.images = append(p.titles, cut(title, p.w/letter)), append(p.images, im)
	}
	p.w, p.h = p.e.Photo.W, p.e.Photo.H
	if p.w < minPanel {
		p.w = minPanel
	}
	c := &p.e.Classes[p.class]
	add("image", p.e.Photo.RGBA())
	if len(p.e.Scales) > 1 {
		sum := 0.0
		for _, s := range c.Sums {
			sum += s
		}
		add(fmt.Sprintf("all scales %+.4f", sum), p.heats.overlay(p.class, allScales))
	}
	for s := range p.e.Scales {
		add(scaleName(p.e, s)+fmt.Sprintf(" %+.4f", c.Sums[s]), p.heats.overlay(p.class, s))
	}
}

// minPanel has room for a title.
const minPanel = 24 * letter

// scaleName is a scale's name among those of the evidence: Q256, of heads of several tables with the table's number.
func scaleName(e *heads.Evidence, s int) string {
	name := fmt.Sprintf("Q%d", e.Scales[s].Scale)
	if e.Scales[len(e.Scales)-1].Part > 1 {
		name = fmt.Sprintf("part %d %s", e.Scales[s].Part, name)
	}
	return name
}

// numbers are the score and what it is the sum of.
func numbers(e *heads.Evidence, class int) string {
	c := &e.Classes[class]
	parts := []string{fmt.Sprintf("%s: score %+.4f = bias %+.4f", c.Class, c.Score, c.Bias)}
	for s, sum := range c.Sums {
		parts = append(parts, fmt.Sprintf("%s %+.4f", scaleName(e, s), sum))
	}
	return strings.Join(parts, ", ")
}

// words explain the picture.
func words(e *heads.Evidence) string {
	text := ""
	if e.Logistic {
		text = "Scores are log odds, of which alone, not of probabilities, evidence is a sum. "
	}
	text += "Vermilion speaks for the class, blue against it. A colour's value is what the score would get if the whole image were as that place. "
	var said []string
	for s := range e.Scales {
		x := &e.Scales[s]
		one := fmt.Sprintf("%s of %s: positions %d pixels apart, each sees %d x %d", x.Layer, x.Net, x.Stride, x.Receptive, x.Receptive)
		if !strings.Contains(strings.Join(said, "; "), one) {
			said = append(said, one)
		}
	}
	return text + strings.Join(said, "; ") + ", of the image at the scale Q (its smallest side); the coloured square is the middle of that. " +
		"Frames: all that the strongest position for (vermilion) and against (blue) sees, as far as it is in the image."
}

// legend draws the scale of colours.
func (p *page) legend(y int) int {
	for x := range barWide {
		c := tinted(grey([]byte{160, 160, 160}), 2*x-barWide+1)
		draw.Draw(p.to, image.Rect(margin+x, y, margin+x+1, y+barHigh), image.NewUniform(c), image.Point{}, draw.Src)
	}
	y += barHigh + 1
	low, high := fmt.Sprintf("%+.3g", -p.heats.limit), fmt.Sprintf("%+.3g", p.heats.limit)
	p.text(image.Pt(margin, y), low)
	p.text(image.Pt(margin+barWide/2-letter/2, y), "0")
	p.text(image.Pt(margin+barWide-letter*len(high), y), high)
	return y + lineHigh + lineHigh/2
}

// lines writes lines of text and returns where they end.
func (p *page) lines(y int, lines []string) int {
	for _, l := range lines {
		p.text(image.Pt(margin, y), l)
		y += lineHigh
	}
	return y
}

// text writes a line, whose left upper corner is at a point.
func (p *page) text(at image.Point, line string) {
	d := font.Drawer{Dst: p.to, Src: image.NewUniform(color.Gray{Y: 20}), Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y+basicfont.Face7x13.Ascent)}
	d.DrawString(line)
}

// wrapped are the lines of at most n letters of a text.
func wrapped(text string, n int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line+" "+word)) > n {
			lines, line = append(lines, cut(line, n)), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, cut(line, n))
}

// cut is a line that has room in n letters.
func cut(line string, n int) string {
	if r := []rune(line); len(r) > n && n > 3 {
		return string(r[:n-3]) + "..."
	}
	return line
}
