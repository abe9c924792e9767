package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/rowkey"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/fault"
	"fc7/outputs"
)

// FeatureChoice says which descriptors of a table heads are made of, and how.
type FeatureChoice struct {
	Layer     string       // empty: the table's only layer
	Scales    []int        // empty: all of the layer
	Aggregate protocol.How // empty: mean
	L2        protocol.L2  // empty: after
}

// openFeatures opens the chosen descriptors of a table, which stay in its files as far as they can: the table is to be closed when
// they are not needed any more.
func openFeatures(path string, f FeatureChoice) (*fusedTable, error) {
	var cols []outputs.Column
	t, err := outputs.OpenTable(path, outputs.ReadOptions{Mapped: true, Choose: func(t *outputs.Table) (names []string, err error) {
		if t.Identity.Aggregate != "" {
			return nil, fmt.Errorf("%s is aggregated for other programs (%s): name the folder of the run it was made of", path, t.Identity.Aggregate)
		}
		if cols, err = f.columns(t); err != nil {
			return nil, err
		}
		for _, c := range cols {
			names = append(names, c.Name)
		}
		return names, nil
	}})
	if err != nil {
		return nil, err
	}
	p := &fusedTable{HeadTable: HeadTable{Identity: t.Identity, Layer: cols[0].Layer}, path: path, rows: t.Rows, table: t}
	if err := p.describe(f, cols); err != nil {
		return nil, errors.Join(nameFault(err, t), t.Close())
	}
	return p, nil
}

// describe makes the descriptors of the columns that were opened.
func (p *fusedTable) describe(f FeatureChoice, cols []outputs.Column) error {
	recipe := protocol.Recipe{Aggregate: f.Aggregate, L2: f.L2}
	var blocks []svm.Block
	for _, c := range cols {
		m, err := p.table.Descriptors(c.Name)
		if err != nil {
			return err
		}
		p.Columns, blocks = append(p.Columns, c.Name), append(blocks, protocol.Block(m.Rows(), c.Width))
		recipe.Scales, recipe.Widths = append(recipe.Scales, c.Scale), append(recipe.Widths, c.Width)
	}
	var err error
	if p.data.X, p.data.Recipe, err = recipe.Matrix(blocks, len(p.rows)); err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	fillRows(&p.data, p.rows)
	return nil
}

// nameFault names the file of a memory fault, if it is one of the tables'.
func nameFault(err error, tables ...*outputs.Table) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	for _, t := range tables {
		if path, ok := t.MappedAt(f.Addr); ok {
			return fmt.Errorf("%s was cut short while it was in use, or its disk fails: see fc7 verify, and extract again: %w", path, err)
		}
	}
	return err
}

// columns picks the table's columns in the order of the scales that were asked for.
func (f FeatureChoice) columns(t *outputs.Table) ([]outputs.Column, error) {
	layer, err := f.layer(t)
	if err != nil {
		return nil, err
	}
	var out []outputs.Column
	var have []string
	for _, c := range t.Columns {
		if c.Layer != layer {
			continue
		}
		if c.Map {
			return nil, fmt.Errorf("%s: column %s holds whole maps, not descriptors: extract with pooling mean or max", t.Path, c.Name)
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
	return out, nil
}

// layer is the chosen layer, or the table's only one.
func (f FeatureChoice) layer(t *outputs.Table) (string, error) {
	var have []string
	for _, c := range t.Columns {
		if !slices.Contains(have, c.Layer) {
			have = append(have, c.Layer)
		}
	}
	switch {
	case f.Layer == "" && len(have) > 1:
		return "", fmt.Errorf("%s has descriptors of several layers: choose %s", t.Path, strings.Join(have, " or "))
	case f.Layer == "":
		return have[0], nil
	case !slices.Contains(have, f.Layer):
		return "", fmt.Errorf("%s has no descriptors of layer %s; it has %s", t.Path, f.Layer, strings.Join(have, ", "))
	}
	return f.Layer, nil
}

// fillRows copies keys, labels and splits; the classes are all labels there are, sorted.
func fillRows(d *protocol.Data, rows []outputs.Row) {
	seen := map[string]bool{}
	boxed := slices.ContainsFunc(rows, func(r outputs.Row) bool { return r.Object > 0 })
	for _, r := range rows {
		d.IDs = append(d.IDs, rowkey.Of(r.Image, r.Object))
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
