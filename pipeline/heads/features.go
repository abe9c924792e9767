package heads

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/fault"
	"fc7/internal/machine"
	"fc7/internal/rowkey"
	"fc7/outputs"
	"fc7/pipeline/extraction"
)

// fusedTable is the rows of one table that make one part of the descriptors.
type fusedTable struct {
	Table
	path  string
	data  protocol.Data
	rows  []outputs.Row
	table *outputs.Table
}

// halves tells which descriptors in half precision stay what they are: those that memory has no room for otherwise,
// where all that is made of them takes such.
func (j Job) halves() func(bytes int64) bool {
	if len(j.KNN)+len(j.LowShot) > 0 {
		return nil
	}
	return func(bytes int64) bool {
		memory := machine.Available()
		return memory > 0 && bytes > memory/4*3
	}
}

// fused is what heads are trained on.
type fused struct {
	data     protocol.Data
	parts    []Table
	tables   []*outputs.Table
	excluded []string
	relabel  *relabel // nil: labels and splits are those of the tables
	from     Relabelling
}

// close gives the mapped files of the tables back.
func (f *fused) close() error {
	var err error
	for _, t := range f.tables {
		err = errors.Join(err, t.Close())
	}
	return err
}

// open opens the job's tables, the first of which says what a row is.
func (f *fused) open(ctx context.Context, j Job) (all []fusedTable, err error) {
	if f.relabel, err = j.relabel(ctx); err != nil {
		return nil, err
	}
	paths, choice := append([]string{j.Features}, j.Also...), j.Choice
	if len(paths) > 1 && choice.L2 == "" {
		choice.L2 = protocol.L2None // stacking normalises
	}
	for _, path := range paths {
		p, err := openFeatures(path, choice, f.relabel, j.halves())
		if err != nil {
			return nil, err
		}
		f.tables, all = append(f.tables, p.table), append(all, *p)
	}
	return all, nil
}

// openFeatures opens the chosen descriptors of a table, which stay in its files as far as they can: the table is to be
// closed when they are not needed any more. Labels and splits are those of r, where it has any. halves tells which
// descriptors in half precision stay what they are; nil: none.
func openFeatures(path string, f extraction.FeatureChoice, r *relabel, halves func(bytes int64) bool) (*fusedTable, error) {
	var cols []outputs.Column
	t, err := outputs.OpenTable(path, outputs.ReadOptions{Mapped: true, Halves: halves, Choose: func(t *outputs.Table) (names []string, err error) {
		if t.Identity.Aggregate != "" {
			return nil, fmt.Errorf("%s is aggregated for other programs (%s): name the folder of the run it was made of", path, t.Identity.Aggregate)
		}
		if cols, err = f.Columns(t); err != nil {
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
	p := &fusedTable{Table: Table{Identity: t.Identity, Layer: cols[0].Layer}, path: path, rows: r.rows(t.Rows), table: t}
	fillRows(&p.data, p.rows)
	if err := p.describe(f, cols); err != nil {
		return nil, errors.Join(nameFault(err, t), t.Close())
	}
	return p, nil
}

// describe makes the descriptors of the columns that were opened.
func (p *fusedTable) describe(f extraction.FeatureChoice, cols []outputs.Column) error {
	recipe := protocol.Recipe{Aggregate: f.Aggregate, L2: f.L2}
	var blocks []svm.Block
	for _, c := range cols {
		m, err := p.table.Descriptors(c.Name)
		if err != nil {
			return err
		}
		b := protocol.HalfBlock(m.Halves(), c.Width)
		if b.Half == nil {
			b = protocol.Block(m.Rows(), c.Width)
		}
		p.Columns, blocks = append(p.Columns, c.Name), append(blocks, b)
		recipe.Scales, recipe.Widths = append(recipe.Scales, c.Scale), append(recipe.Widths, c.Width)
	}
	var err error
	if p.data.X, p.data.Recipe, err = recipe.Matrix(blocks, len(p.rows)); err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	p.data.X.Mapped = true
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

// fillRows copies keys, labels and splits.
func fillRows(d *protocol.Data, rows []outputs.Row) {
	boxed := slices.ContainsFunc(rows, func(r outputs.Row) bool { return r.Object > 0 })
	for _, r := range rows {
		d.IDs = append(d.IDs, rowkey.Of(r.Image, r.Object))
		if boxed {
			d.Images, d.Objects = append(d.Images, r.Image), append(d.Objects, r.Object)
		}
		d.Labels, d.Ignored, d.Splits = append(d.Labels, r.Labels), append(d.Ignored, r.Ignored), append(d.Splits, r.Splits)
		d.None = append(d.None, r.None)
		d.Missing = append(d.Missing, r.Status != outputs.StatusOK)
	}
	d.Classes = classesOf(*d)
}

// classesOf are all labels there are, sorted.
func classesOf(d protocol.Data) []string {
	seen := map[string]bool{}
	for _, names := range slices.Concat(d.Labels, d.Ignored) {
		for _, l := range names {
			seen[l] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
