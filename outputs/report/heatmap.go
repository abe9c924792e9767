package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
)

// The sizes of a heat map, in units: of its text, of the side where few classes leave room beside it, and of the cell
// that a number of some digits has room in.
const (
	heatText  = 8
	heatSide  = 340
	heatCell  = 22
	heatLarge = 640 // the side where names, or numbers, have no room
)

// remsAUnit is how wide a unit of a wide figure is on a page, which makes its text as large as that below it.
const remsAUnit = 0.092

// titledCells is how many cells tell what they are, of a matrix of many classes those of the largest shares.
const titledCells = 4000

// draw makes the figure, with names on the axes where they have room, else with a number every so many classes. wide
// tells that it needs the width of the page.
func (m heatMap) draw(classes []string, label string) (svg template.HTML, wide bool) {
	k := len(m.counts)
	x, y := axis{max: float64(k), upright: k <= namedClasses}, axis{max: float64(k)}
	step := 1
	for k > namedClasses && (step == 1 || k/step > 10) {
		step += 10 - step%10
	}
	for i := 0; i < k; i += step {
		name := shorten(classes[i], 16)
		if step > 1 {
			name = strconv.Itoa(i + 1)
		}
		x.ticks = append(x.ticks, tick{float64(i) + 0.5, name})
		y.ticks = append(y.ticks, tick{float64(k-i) - 0.5, name})
	}
	f := newFigure(heatSide, heatSide, heatText, x, y)
	if cell := (f.right - f.left) / float64(k); cell < heatCell {
		side := heatSide + float64(k)*(heatCell-cell)
		if k > namedClasses {
			side = heatLarge
		}
		f, wide = newFigure(side, side, heatText, x, y), true
		f.wide = side * remsAUnit
	}
	f.texts()
	f.path(inkGrid, 0.75, "", fmt.Sprintf("M%sH%sV%sH%sZ", point{f.left, f.top}, number(f.right), number(f.bottom), number(f.left)))
	low := 0.0
	for _, b := range bins {
		m.cells(f, b.ink, low, b.upTo)
		low = b.upTo
	}
	if k <= namedClasses {
		m.numbers(f)
	}
	m.titles(f, classes)
	return f.svg(label), wide
}

// cell is an entry of the matrix that is not 0.
type cell struct{ t, p, n int }

func (m heatMap) entries() (all []cell) {
	for t, row := range m.counts {
		for p, n := range row {
			if n > 0 {
				all = append(all, cell{t, p, n})
			}
		}
	}
	return all
}

// numbers writes the counts into the cells that have room for them.
func (m heatMap) numbers(f *figure) {
	k := float64(len(m.counts))
	width := (f.right - f.left) / k
	for _, c := range m.entries() {
		text := strconv.Itoa(c.n)
		size := min(heatText, 0.94*width/f.width(text)*f.size)
		if size < heatText/2 {
			continue
		}
		class := "count"
		if m.within(c.t, c.n, strong, 1) {
			class = "count strong"
		}
		at := f.at(float64(c.p)+0.5, k-float64(c.t)-0.5)
		fmt.Fprintf(&f.out, `<text class="%s" x="%s" y="%s" font-size="%s" text-anchor="middle">%s</text>`, class, number(at.x), number(at.y+0.35*size), number(size), text)
	}
}

// strong is the share from which on a cell is so dark that its number is light.
const strong = 0.6

// titles says of each cell what it is, to who holds a pointer over it.
func (m heatMap) titles(f *figure, classes []string) {
	all := m.entries()
	if len(all) > titledCells {
		share := func(c cell) float64 { return float64(c.n) / float64(m.total[c.t]) }
		slices.SortStableFunc(all, func(a, b cell) int { return cmp.Compare(share(b), share(a)) })
		all = all[:titledCells]
	}
	k := float64(len(m.counts))
	var b strings.Builder
	for _, c := range all {
		what := fmt.Sprintf("%s taken for %s", classes[c.t], classes[c.p])
		if c.t == c.p {
			what = classes[c.t] + " recognised"
		}
		from, to := f.at(float64(c.p), k-float64(c.t)), f.at(float64(c.p)+1, k-float64(c.t)-1)
		fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="%s"><title>%s: %s of %s</title></rect>`,
			number(from.x), number(from.y), number(to.x-from.x), number(to.y-from.y), safe(what), Grouped(c.n), Grouped(m.total[c.t]))
	}
	fmt.Fprintf(&f.out, `<g class="cells">%s</g>`, b.String())
}
