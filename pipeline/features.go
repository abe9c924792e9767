package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/heads/protocol"
	"fc7/outputs"
)

// FeatureChoice says which descriptors of a table heads are made of, and how.
type FeatureChoice struct {
	Layer     string       // empty: the table's only layer
	Scales    []int        // empty: all of the layer
	Aggregate protocol.How // empty: mean
	L2        protocol.L2  // empty: after
}

// openFeatures reads the chosen descriptors of a table as one matrix.
func openFeatures(path string, f FeatureChoice) (protocol.Data, *outputs.Table, error) {
	none := protocol.Data{}
	head, err := outputs.OpenTable(path, outputs.ReadOptions{})
	if err != nil {
		return none, nil, err
	}
	if head.Identity.Aggregate != "" {
		return none, nil, fmt.Errorf("%s is aggregated for other programs (%s): name the folder of the run it was made of", path, head.Identity.Aggregate)
	}
	cols, err := f.columns(head)
	if err != nil {
		return none, nil, err
	}
	var names []string
	recipe := protocol.Recipe{Aggregate: f.Aggregate, L2: f.L2}
	for _, c := range cols {
		names = append(names, c.Name)
		recipe.Scales, recipe.Widths = append(recipe.Scales, c.Scale), append(recipe.Widths, c.Width)
	}
	t, err := outputs.OpenTable(path, outputs.ReadOptions{Columns: names})
	if err != nil {
		return none, nil, err
	}
	var mats [][]float32
	for _, n := range names {
		m, err := t.Descriptors(n)
		if err != nil {
			return none, nil, err
		}
		mats = append(mats, m.Data)
	}
	d := protocol.Data{}
	if d.X, d.Recipe, err = recipe.Descriptors(mats, len(t.Rows)); err != nil {
		return none, nil, fmt.Errorf("%s: %w", path, err)
	}
	d.D = d.Recipe.Width()
	fillRows(&d, t.Rows)
	return d, t, nil
}

// columns picks the table's columns in the order of the scales that were asked for.
func (f FeatureChoice) columns(t *outputs.Table) ([]outputs.Column, error) {
	layer := f.Layer
	if layer == "" {
		layer = t.Columns[0].Layer
		for _, c := range t.Columns {
			if c.Layer != layer {
				return nil, fmt.Errorf("%s has descriptors of several layers, %s and %s: choose one", t.Path, layer, c.Layer)
			}
		}
	}
	var out []outputs.Column
	var have []string
	for _, c := range t.Columns {
		if c.Layer != layer {
			continue
		}
		have = append(have, strconv.Itoa(c.Scale))
		if len(f.Scales) == 0 {
			out = append(out, c)
		}
	}
	for _, q := range f.Scales {
		i := slices.IndexFunc(t.Columns, func(c outputs.Column) bool { return c.Layer == layer && c.Scale == q })
		if i < 0 {
			return nil, fmt.Errorf("%s has no descriptors of %s at scale %d; it has scales %s", t.Path, layer, q, strings.Join(have, ", "))
		}
		out = append(out, t.Columns[i])
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no descriptors of layer %s", t.Path, layer)
	}
	return out, nil
}

// fillRows copies keys, labels and splits; the classes are all labels there are, sorted.
func fillRows(d *protocol.Data, rows []outputs.Row) {
	seen := map[string]bool{}
	boxed := slices.ContainsFunc(rows, func(r outputs.Row) bool { return r.Object > 0 })
	for _, r := range rows {
		d.IDs = append(d.IDs, rowKey(r))
		if boxed {
			d.Images, d.Objects = append(d.Images, r.Image), append(d.Objects, r.Object)
		}
		d.Labels, d.Ignored, d.Splits = append(d.Labels, r.Labels), append(d.Ignored, r.Ignored), append(d.Splits, r.Splits)
		d.Missing = append(d.Missing, r.Status != outputs.StatusOK)
		for _, l := range append(slices.Clip(r.Labels), r.Ignored...) {
			if !seen[l] {
				seen[l] = true
				d.Classes = append(d.Classes, l)
			}
		}
	}
	slices.Sort(d.Classes)
}
