package protocol

import (
	"context"
	"fmt"
	"slices"
)

// Division is which rows a split learns from and which it tests, by their IDs.
type Division struct {
	Name   string // "seed 0"; of the set's own splits the one that is tested, "test" or "val"
	Random bool   // drawn by Seed
	Seed   uint32
	Train  []string
	Test   []string
}

// Divisions are the splits of the data. Where the protocol draws random ones they are those of its seeds; else they are
// the set's own: test against all that is learned from, then val against train, of each of several divisions. The first
// of them is what the protocol scores. Of a set without labels and splits there are none.
func (p Protocol) Divisions(d Data, o Options) (all []Division, _ error) {
	if !p.random(d) {
		for _, n := range d.numbered() {
			if n == 0 {
				return d.ownDivisions(), nil
			}
			for _, v := range d.divided(n).ownDivisions() {
				v.Name = fmt.Sprintf("%s%d", v.Name, n)
				all = append(all, v)
			}
		}
		return all, nil
	}
	t, err := p.task(d, o)
	if err != nil {
		return nil, err
	}
	for _, v := range t.divisions {
		all = append(all, Division{fmt.Sprintf("seed %d", v.seed), true, v.seed, subset(t.d.IDs, v.train), subset(t.d.IDs, v.test)})
	}
	return all, nil
}

// ownDivisions are those of the set's lists that have images on both sides.
func (d Data) ownDivisions() (all []Division) {
	test, val := Division{Name: "test"}, Division{Name: "val"}
	for i, id := range d.IDs {
		train, held := d.in(i, "train"), d.in(i, "val")
		if train || held || d.in(i, "trainval") {
			test.Train = append(test.Train, id)
		}
		if d.in(i, "test") {
			test.Test = append(test.Test, id)
		}
		if train {
			val.Train = append(val.Train, id)
		}
		if held {
			val.Test = append(val.Test, id)
		}
	}
	for _, v := range []Division{test, val} {
		if len(v.Train) > 0 && len(v.Test) > 0 {
			all = append(all, v)
		}
	}
	return all
}

// Both are the results of the same heads on all images to test, and on those that are left.
type Both struct {
	All, Left *Result
}

// RunLeaving is Run that scores the heads of each split twice: on all of its rows, and without those whose IDs are in
// out, a list a split.
func (p Protocol) RunLeaving(ctx context.Context, d Data, o Options, out []map[string]bool) (*Both, error) {
	t, err := p.task(d, o)
	if err != nil {
		return nil, err
	}
	if len(out) != len(t.divisions) {
		return nil, fmt.Errorf("protocol: rows to leave out of %d splits, but there are %d", len(out), len(t.divisions))
	}
	left := slices.Clone(t.divisions)
	for i := range left {
		w := &left[i]
		w.test = slices.DeleteFunc(slices.Clone(w.test), func(r int) bool { return out[i][t.d.IDs[r]] })
		if len(t.d.present(w.test)) == 0 {
			return nil, tooLittle("%s: none of the %d images to test is left", w.name, len(t.divisions[i].test))
		}
	}
	b := &Both{All: t.result(p), Left: t.result(p)}
	for i, v := range t.divisions {
		s, err := t.tried(ctx, v, b.All)
		if err != nil {
			return nil, err
		}
		w, rest := left[i], Split{Name: s.Name, Seed: s.Seed, Choice: s.Choice, Images: s.Images, Head: s.Head}
		rest.Images.Test, rest.Images.TestMissing = len(w.test), len(w.test)-len(t.d.present(w.test))
		if err := t.score(&rest, w.test); err != nil {
			return nil, err
		}
		if err := t.figuresOf(&rest, w); err != nil {
			return nil, err
		}
		b.Left.Splits = append(b.Left.Splits, rest)
	}
	b.Left.Notes = slices.Clone(b.All.Notes)
	if err := t.finish(p, b.All, t.divisions[0]); err != nil {
		return nil, err
	}
	return b, t.finish(p, b.Left, left[0])
}
