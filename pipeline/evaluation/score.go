package evaluation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/internal/escape"
	"fc7/internal/waiting"
	"fc7/outputs"
)

// combination is a set of posteriors that are averaged: columns of tables, and the ranks that came of it.
type combination struct {
	row     ErrorRow
	columns []columnOf
	ranks   []int // of the labelled images
}

// columnOf is a column of a table.
type columnOf struct{ table, column int }

// combinations are, for each net, each scale of each kind of views alone, all scales of each, and all views together;
// then the nets together, for each kind of views and for all.
func (p *posteriors) combinations() []*combination {
	var all []*combination
	add := func(scales []int, keep func(t posteriorTable) bool) { all = append(all, p.combine(scales, keep)) }
	t := p.j.Testing
	for n := range p.nets {
		for _, v := range t.Views {
			one := func(x posteriorTable) bool { return x.net == n && x.views == v }
			for _, q := range t.Scales {
				add([]int{q}, one)
			}
			if len(t.Scales) > 1 {
				add(t.Scales, one)
			}
		}
		if len(t.Views) > 1 {
			add(t.Scales, func(x posteriorTable) bool { return x.net == n })
		}
	}
	if len(p.nets) == 1 {
		return all
	}
	for _, v := range t.Views {
		add(t.Scales, func(x posteriorTable) bool { return x.views == v })
	}
	if len(t.Views) > 1 {
		add(t.Scales, func(posteriorTable) bool { return true })
	}
	return all
}

// combine takes the columns of some scales in some tables.
func (p *posteriors) combine(scales []int, keep func(t posteriorTable) bool) *combination {
	c := &combination{row: ErrorRow{Scales: scales}}
	var views []string
	nets := map[int]bool{}
	for i, t := range p.tables {
		if !keep(t) {
			continue
		}
		for k, q := range p.j.Testing.Scales {
			if slices.Contains(scales, q) {
				c.columns = append(c.columns, columnOf{i, k})
			}
		}
		if v := t.views.String(); !slices.Contains(views, v) {
			views = append(views, v)
		}
		if !nets[t.net] {
			nets[t.net] = true
			c.row.Nets = append(c.row.Nets, p.nets[t.net].Net)
		}
	}
	c.row.Views = strings.Join(views, "+")
	if p.set.Kind == "imagenet" {
		c.row.Published = publishedErrors(c.row.Nets, c.row.Views, scales)
	}
	return c
}

// score reads the tables side by side, a shard at a time, and fills in the rows; the answers of the last combination
// are written as predictions.
func (p *posteriors) score(ctx context.Context, e *Result) (err error) {
	truth, err := p.truth()
	if err != nil {
		return err
	}
	files, err := waiting.For(ctx, p.shards)
	if err != nil {
		return err
	}
	out := filepath.Join(p.j.Out, PredictionsName)
	w, err := outputs.CreateResults(out, predictionColumns, map[string]string{"fc7.data_set": p.j.DataSet}, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Abort()) }()
	s := &scorer{p: p, truth: truth, combos: p.combinations(), w: w, e: e}
	for k := range files[0] {
		if err := ctx.Err(); err != nil {
			return err
		}
		shard := make([]string, len(files))
		for i := range files {
			shard[i] = files[i][k]
		}
		if err := s.shard(shard); err != nil {
			return err
		}
	}
	if s.item != len(truth) {
		return fmt.Errorf("%s: %d rows for %d images", p.dirs()[0], s.item, len(truth))
	}
	if err := w.Close(); err != nil {
		return err
	}
	return s.finish()
}

// shards lists the files of each table, which are as many, for all have the same rows a shard.
func (p *posteriors) shards() ([][]string, error) {
	var files [][]string
	for _, t := range p.tables {
		table, err := outputs.OpenTable(t.dir, outputs.ReadOptions{})
		if err != nil {
			return nil, err
		}
		if files = append(files, table.Shards); len(table.Shards) != len(files[0]) {
			return nil, fmt.Errorf("%s has %d shards and %s has %d: they were made with different rows a shard; remove one to make it again",
				t.dir, len(table.Shards), p.tables[0].dir, len(files[0]))
		}
	}
	return files, nil
}

// scorer turns rows of posteriors into ranks and answers.
type scorer struct {
	p         *posteriors
	truth     []int
	combos    []*combination
	w         *outputs.ResultWriter
	e         *Result
	item      int
	known     []int // the truth of the labelled images
	predicted []int // what the last combination answered for them; -1: nothing
	sum       []float64
}

// shard takes the rows of one file of each table.
func (s *scorer) shard(files []string) error {
	var rows []outputs.Row
	mats := make([][]outputs.Matrix, len(files))
	for i, f := range files {
		table, m, err := readColumns(f)
		if err != nil {
			return err
		}
		if mats[i] = m; rows == nil {
			rows = slices.Clone(table.Rows)
		}
		if len(table.Rows) != len(rows) {
			return fmt.Errorf("%s has %d rows and %s %d: they were made with different rows a shard; remove one to make it again", files[0], len(rows), f, len(table.Rows))
		}
		for k, r := range table.Rows { // the first reason there is
			rows[k].Error = cmp.Or(rows[k].Error, r.Error)
		}
	}
	for k := range rows {
		if err := s.row(&rows[k], mats, k); err != nil {
			return err
		}
	}
	return nil
}

// readColumns reads a file of a table with all its columns.
func readColumns(file string) (*outputs.Table, []outputs.Matrix, error) {
	head, err := outputs.OpenTable(file, outputs.ReadOptions{})
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, c := range head.Columns {
		names = append(names, c.Name)
	}
	table, err := outputs.OpenTable(file, outputs.ReadOptions{Columns: names})
	if err != nil {
		return nil, nil, err
	}
	var all []outputs.Matrix
	for _, n := range names {
		m, err := table.Descriptors(n)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, m)
	}
	return table, all, nil
}

// row scores one image by every combination.
func (s *scorer) row(r *outputs.Row, mats [][]outputs.Matrix, k int) error {
	if s.item >= len(s.truth) || s.p.set.Items[s.item].ID != r.Image {
		return fmt.Errorf("%s: row %d is %s: not the image of the data set", s.p.dirs()[0], s.item, r.Image)
	}
	truth := s.truth[s.item]
	s.item++
	var rank int
	var answered bool
	for _, c := range s.combos {
		answered = s.average(c, mats, k)
		rank = math.MaxInt
		if answered && truth >= 0 {
			rank = metrics.Rank(s.sum, truth)
		}
		if truth >= 0 {
			c.ranks = append(c.ranks, rank)
		}
	}
	if !answered {
		s.e.Failed++
	}
	return s.write(r, truth, rank, answered)
}

// average leaves the mean posterior of a combination in s.sum, and reports whether the image has all its parts.
func (s *scorer) average(c *combination, mats [][]outputs.Matrix, k int) bool {
	s.sum = append(s.sum[:0], make([]float64, len(s.p.classes))...)
	for _, at := range c.columns {
		m := mats[at.table][at.column]
		if !m.OK[k] {
			return false
		}
		s.sum = average(s.sum, [][]float32{m.Row(k)})
	}
	for i := range s.sum {
		s.sum[i] /= float64(len(c.columns))
	}
	return true
}

// write adds the row of an image to the predictions, by the last combination.
func (s *scorer) write(r *outputs.Row, truth, rank int, answered bool) error {
	row := make([]any, len(predictionColumns))
	row[0] = r.Image
	best := -1
	if answered {
		var labels, names []string
		var p []float32
		for _, k := range metrics.Top(s.sum, 5) {
			c := s.p.classes[k]
			labels, names, p = append(labels, escape.Name(c.Label)), append(names, escape.Name(c.String())), append(p, float32(s.sum[k]))
			if best < 0 {
				best = k
			}
		}
		row[5], row[6], row[7] = labels, names, p
	} else {
		row[8] = r.Error
	}
	if truth < 0 {
		s.e.Unlabelled++
		return s.w.Write(row...)
	}
	s.known, s.predicted = append(s.known, truth), append(s.predicted, best)
	row[1], row[3], row[4] = escape.Name(s.p.classes[truth].Label), rank < 1, rank < 5
	if answered {
		row[2] = rank
	}
	return s.w.Write(row...)
}

// finish fills in what the ranks of all images tell.
func (s *scorer) finish() error {
	var classes []metrics.ClassError // of all views together, the last one
	for _, c := range s.combos {
		c.row.Images = len(c.ranks)
		c.row.Top1, c.row.Top5 = metrics.TopKError(c.ranks, 1), metrics.TopKError(c.ranks, 5)
		var err error
		if classes, err = metrics.ClassErrors(s.known, c.ranks, len(s.p.classes)); err != nil {
			return err
		}
		c.row.MeanRecall = metrics.MeanRecall(classes)
		s.e.Rows = append(s.e.Rows, c.row)
	}
	for _, w := range metrics.WorstClasses(classes, s.p.j.Worst) {
		s.e.Worst = append(s.e.Worst, WorstClass{s.p.classes[w.Class], w})
	}
	confused, err := metrics.WorstConfusions(s.known, s.predicted, s.p.j.Worst)
	if err != nil {
		return err
	}
	for _, c := range confused {
		s.e.Confusions = append(s.e.Confusions, ConfusedClass{s.p.classes[c.Truth], s.p.classes[c.Predicted], c.Count})
	}
	return nil
}
