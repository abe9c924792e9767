package report

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
)

// worstConfusions is how many pairs of classes are named in words.
const worstConfusions = 20

// namedClasses is up to how many classes the heat map's axes have names.
const namedClasses = 25

type confusionView struct {
	Note    string
	Figure  template.HTML
	Caption string
	Bins    []binView
	Worst   []worstView
	Classes []confusedClass // a line a class
	Fold    bool            // the lines are many
	Wide    bool            // the figure takes the width of the page
}

type binView struct{ Class, Text string }

type worstView struct{ True, Taken, Share, Count string }

type confusedClass struct{ N, Class, Images, Recall, Taken string }

// bins are the shares of a class's images that an ink of the heat map stands for: more than the bin before, up to this.
var bins = []struct {
	upTo float64
	ink  ink
}{{0.05, "h1"}, {0.1, "h2"}, {0.2, "h3"}, {0.4, "h4"}, {0.6, "h5"}, {0.8, "h6"}, {1, "h7"}}

func newConfusionView(c *Confusion) (*confusionView, error) {
	k := len(c.Classes)
	if len(c.Counts) != k || c.Missing != nil && len(c.Missing) != k {
		return nil, fmt.Errorf("%d rows and %d counts of missing images for %d classes", len(c.Counts), len(c.Missing), k)
	}
	m := heatMap{counts: c.Counts, total: make([]int, k)}
	for t, row := range c.Counts {
		if len(row) != k {
			return nil, fmt.Errorf("class %s: %d counts for %d classes", c.Classes[t], len(row), k)
		}
		if c.Missing != nil {
			m.total[t] = c.Missing[t]
		}
		for _, n := range row {
			m.total[t] += n
		}
	}
	v := &confusionView{Note: c.Note, Fold: k > namedClasses}
	low := 0.0
	for _, b := range bins {
		v.Bins = append(v.Bins, binView{string(b.ink), fmt.Sprintf("%g–%g", 100*low, 100*b.upTo)})
		low = b.upTo
	}
	v.lines(c, m)
	v.Caption = "Rows are true classes, columns what images were taken for; the stronger the colour, the larger the share of the true class's images."
	if v.Fold {
		v.Caption += " Classes are numbered as in the table of what each class was taken for; a pointer held over a cell tells which it is."
	} else {
		v.Caption += " Numbers are images."
	}
	v.Figure, v.Wide = m.draw(c.Classes, v.words(k))
	return v, nil
}

func (v *confusionView) words(classes int) string {
	s := fmt.Sprintf("Heat map of the confusion matrix of %d classes.", classes)
	if len(v.Worst) > 0 {
		w := v.Worst[0]
		s += fmt.Sprintf(" Most common: %s taken for %s, %s %%.", w.True, w.Taken, w.Share)
	}
	return s
}

// lines fills in the confusions in words.
func (v *confusionView) lines(c *Confusion, m heatMap) {
	type pair struct{ t, p, n int }
	var all []pair
	for t, row := range c.Counts {
		var own []pair
		for p, n := range row {
			if n > 0 && p != t {
				own = append(own, pair{t, p, n})
			}
		}
		slices.SortStableFunc(own, func(a, b pair) int { return b.n - a.n })
		all = append(all, own...)
		line := confusedClass{N: strconv.Itoa(t + 1), Class: c.Classes[t], Images: Grouped(m.total[t]), Recall: "–"}
		if m.total[t] > 0 {
			line.Recall = percent(float64(row[t]) / float64(m.total[t]))
		}
		var taken []string
		for _, x := range own[:min(3, len(own))] {
			taken = append(taken, fmt.Sprintf("%s %d", c.Classes[x.p], x.n))
		}
		if c.Missing != nil && c.Missing[t] > 0 {
			taken = append(taken, fmt.Sprintf("no descriptor %d", c.Missing[t]))
		}
		line.Taken = strings.Join(taken, ", ")
		v.Classes = append(v.Classes, line)
	}
	share := func(x pair) float64 { return float64(x.n) / float64(m.total[x.t]) }
	slices.SortStableFunc(all, func(a, b pair) int {
		switch x, y := share(a), share(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return b.n - a.n
	})
	for _, x := range all[:min(worstConfusions, len(all))] {
		v.Worst = append(v.Worst, worstView{c.Classes[x.t], c.Classes[x.p], percent(share(x)), fmt.Sprintf("%d of %d", x.n, m.total[x.t])})
	}
}

// heatMap draws a confusion matrix, true classes from the top down.
type heatMap struct {
	counts [][]int
	total  []int
}

// cells draws the cells with a share above low, up to high, as one path, so that the 66,000 of 257 classes stay a small
// page.
func (m heatMap) cells(f *figure, c ink, low, high float64) {
	k := len(m.counts)
	var d strings.Builder
	for t, row := range m.counts {
		for q := 0; q < k; q++ {
			if !m.within(t, row[q], low, high) {
				continue
			}
			end := q + 1
			for end < k && m.within(t, row[end], low, high) {
				end++
			}
			a, b := f.at(float64(q), float64(k-t)), f.at(float64(end), float64(k-t-1))
			fmt.Fprintf(&d, "M%sH%sV%sH%sZ", a, number(b.x), number(b.y), number(a.x))
			q = end - 1
		}
	}
	if d.Len() > 0 {
		f.area(c, d.String())
	}
}

// within tells whether n of class t's images are a share above low, up to high.
func (m heatMap) within(t, n int, low, high float64) bool {
	if n == 0 {
		return false
	}
	s := float64(n) / float64(m.total[t])
	return s > low && s <= high
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
