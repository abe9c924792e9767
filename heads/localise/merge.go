package localise

import (
	"cmp"
	"container/heap"
	"slices"
)

// Rule is how boxes are matched and merged.
type Rule int

const (
	// Relative matches two boxes by 1 - IoU plus the distance of their centres by the mean of their diagonals, from 0
	// of equal ones on, and merges them to the mean of all members.
	Relative Rule = iota
	// Literal is OverFeat's section 4 as it is written: the distance of the centres plus the area that both share, in
	// pixels, and the mean of the two boxes. It merges strangers before twins.
	Literal
)

// Merged is a box that others became.
type Merged struct {
	Box     Box
	Members []int // places of those among the boxes that were given, rising
}

// score is how badly two boxes match.
func (r Rule) score(a, b Box) float64 {
	if r == Literal {
		return apart(a, b) + overlap(a, b)
	}
	mean := (a.diagonal() + b.diagonal()) / 2
	if !(mean > 0) {
		return 1 - iou(a, b)
	}
	return 1 - iou(a, b) + apart(a, b)/mean
}

// join is what two boxes of so many members become.
func (r Rule) join(a, b Merged) Merged {
	v, w := float64(len(a.Members)), float64(len(b.Members))
	if r == Literal {
		v, w = 1, 1
	}
	mean := func(x, y float64) float64 { return (float64(v*x) + float64(w*y)) / (v + w) }
	m := Merged{Box: Box{
		mean(a.Box.XMin, b.Box.XMin), mean(a.Box.YMin, b.Box.YMin), mean(a.Box.XMax, b.Box.XMax), mean(a.Box.YMax, b.Box.YMax),
	}}
	m.Members = slices.Concat(a.Members, b.Members)
	slices.Sort(m.Members)
	return m
}

// Merge merges boxes greedily: as long as a pair matches by a score of at most the threshold, the pair of the least one
// becomes one box, which stands at the place of the first; of equal scores the pair that stands first goes first. What
// is left stands in the order of places.
//
// It takes O(n² log n) for n boxes, and memory for the pairs that match: scores of pairs that are above the threshold
// are reckoned once and not kept.
func Merge(boxes []Box, r Rule, threshold float64) []Merged {
	m := merger{rule: r, threshold: threshold, at: make([]Merged, len(boxes)), age: make([]int, len(boxes))}
	for i, b := range boxes {
		m.at[i] = Merged{Box: b, Members: []int{i}}
	}
	for i := range boxes {
		for j := i + 1; j < len(boxes); j++ {
			m.consider(i, j)
		}
	}
	heap.Init(&m.pairs)
	m.started = true
	for len(m.pairs) > 0 {
		p := heap.Pop(&m.pairs).(pair)
		if p.ages != [2]int{m.age[p.i], m.age[p.j]} {
			continue // of boxes that are others by now
		}
		m.at[p.i] = r.join(m.at[p.i], m.at[p.j])
		m.at[p.j].Members = nil
		m.age[p.i]++
		m.age[p.j]++
		for k := range m.at {
			if k != p.i && m.at[k].Members != nil {
				m.consider(min(k, p.i), max(k, p.i))
			}
		}
	}
	return slices.DeleteFunc(m.at, func(b Merged) bool { return b.Members == nil })
}

// merger is the work of Merge.
type merger struct {
	rule      Rule
	threshold float64
	at        []Merged // by place; without members: merged into another
	age       []int    // how often the box of a place changed
	pairs     pairs    // that match, some of boxes that are no more
	started   bool     // pairs is a heap
}

// consider keeps a pair that matches.
func (m *merger) consider(i, j int) {
	if m.rule == Relative && m.threshold < 1 && apartFrom(&m.at[i].Box, &m.at[j].Box) {
		return // what share nothing score 1 or more: most pairs, which this alone looks at
	}
	score := m.rule.score(m.at[i].Box, m.at[j].Box)
	if !(score <= m.threshold) {
		return
	}
	p := pair{score, i, j, [2]int{m.age[i], m.age[j]}}
	if m.started {
		heap.Push(&m.pairs, p)
	} else {
		m.pairs = append(m.pairs, p)
	}
}

// apartFrom tells whether two boxes share no pixel.
func apartFrom(a, b *Box) bool {
	return a.XMax+1 <= b.XMin || b.XMax+1 <= a.XMin || a.YMax+1 <= b.YMin || b.YMax+1 <= a.YMin
}

// pair are two places, the first one first, and how badly their boxes match.
type pair struct {
	score float64
	i, j  int
	ages  [2]int
}

// pairs is a heap, the pair that goes first on top.
type pairs []pair

func (p pairs) Len() int      { return len(p) }
func (p pairs) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p pairs) Less(i, j int) bool {
	a, b := p[i], p[j]
	return cmp.Or(cmp.Compare(a.score, b.score), a.i-b.i, a.j-b.j) < 0
}

func (p *pairs) Push(x any) { *p = append(*p, x.(pair)) }

func (p *pairs) Pop() any {
	last := len(*p) - 1
	x := (*p)[last]
	*p = (*p)[:last]
	return x
}
