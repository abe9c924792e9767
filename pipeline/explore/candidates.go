package explore

import (
	"context"
	"slices"

	"fc7/extract/likeness"
	"fc7/extract/picture"
	"fc7/heads/neighbours"
	"fc7/heads/svm"
	"fc7/pipeline/thumbs"
)

// candidate is two rows of a table, a < b, that may be of one image.
type candidate struct {
	a, b     int
	distance float64 // 1 - cos of their descriptors; below 0: they are no neighbours
	at       likeness.Place
}

// byDescriptors are the pairs of the k nearest neighbours. Objects of one image are none: no split separates them.
func (n *Neighbours) byDescriptors(k int, images []string) []candidate {
	var all []candidate
	for p, i := range n.present {
		rows, squares := n.lists.Of(p)
		for at, r := range rows[:min(k, len(rows))] {
			j := n.present[r]
			if images != nil && images[i] == images[j] {
				continue
			}
			all = append(all, candidate{a: min(i, j), b: max(i, j), distance: neighbours.CosineDistance(squares[at])})
		}
	}
	return all
}

// sketched are sketches of rows, nil of those without an image, and why they have none.
type sketched struct {
	of  []*likeness.Sketch // [rows of the table]
	why map[int]error
}

// sketch makes the sketches of the present rows.
func (o *opened) sketch(ctx context.Context, im *thumbs.Images, threads int, progress func(done, of int)) (*sketched, error) {
	s := &sketched{of: make([]*likeness.Sketch, len(o.IDs)), why: map[int]error{}}
	names := make([]string, len(o.present))
	for p, i := range o.present {
		names[p] = o.IDs[i]
	}
	why, err := eachPicture(ctx, im, names, threads, func(p int, pic *picture.Image) (err error) {
		s.of[o.present[p]], err = likeness.SketchOf(pic)
		return err
	}, func(n int) { progress(n, len(names)) })
	for p, err := range why {
		if err != nil {
			s.why[o.present[p]] = err
		}
	}
	return s, err
}

// nearSketches is how many pictures are taken for candidates, by their sketches, of each one and of its mirror image.
const nearSketches = 3

// bySketches are pairs whose sketches are near, plain or mirrored, of which a net without flips knows nothing. Their
// number grows with the rows, and their time with the square.
func (s *sketched) bySketches(ctx context.Context, images []string, threads int) ([]candidate, error) {
	var rows []int
	for i, k := range s.of {
		if k != nil {
			rows = append(rows, i)
		}
	}
	values := func(mirrored bool) svm.Matrix {
		of := make([][]float32, len(rows))
		for n, i := range rows {
			of[n] = s.of[i].Values(mirrored)
		}
		return svm.Matrix{N: len(of), D: likeness.Width, Blocks: []svm.Block{{Width: likeness.Width, Rows: of}}}
	}
	plain := values(false)
	var all []candidate
	for _, q := range []svm.Matrix{plain, values(true)} {
		l, err := neighbours.Among(ctx, q, plain, neighbours.Options{K: nearSketches + 1, Threads: threads})
		if err != nil {
			return nil, err
		}
		for n, i := range rows {
			near, squares := l.Of(n)
			for k, r := range near {
				j := rows[r]
				if i == j || squares[k] > likeness.Apart || images != nil && images[i] == images[j] {
					continue
				}
				all = append(all, candidate{a: min(i, j), b: max(i, j), distance: -1})
			}
		}
	}
	return all, nil
}

// distinct sorts candidates by their rows, each pair once, with the distance of those that know it.
func distinct(all []candidate) []candidate {
	slices.SortFunc(all, func(x, y candidate) int {
		switch {
		case x.a != y.a:
			return x.a - y.a
		case x.b != y.b:
			return x.b - y.b
		case x.distance > y.distance:
			return -1
		case x.distance < y.distance:
			return 1
		}
		return 0
	})
	return slices.CompactFunc(all, func(x, y candidate) bool { return x.a == y.a && x.b == y.b })
}
