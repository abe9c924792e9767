package heads

import (
	"context"
	"errors"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/inputs"
)

// Descriptors are the final descriptors of a table, joined and normalised as heads have them, which stay in its files
// as far as they can.
type Descriptors struct {
	protocol.Data       // rows in the table's order; those that failed are Missing
	Made          Table // the columns they are of
	table         *outputs.Table
}

// OpenDescriptors opens the chosen descriptors of a table. They are to be closed.
func OpenDescriptors(path string, choice extraction.FeatureChoice) (*Descriptors, error) {
	p, err := openFeatures(path, choice, nil, nil)
	if err != nil {
		return nil, err
	}
	return &Descriptors{Data: p.data, Made: p.Table, table: p.table}, nil
}

// Relabel gives the rows the labels and splits of the files of a job, of which nothing else counts but what becomes of
// rows that are not listed, and of lines of no row. Rows that are to be dropped stay where they are, without labels and
// splits.
func (d *Descriptors) Relabel(ctx context.Context, j Job, ev conveyor.Events) (Relabelling, error) {
	if err := j.checkRelabelling(); err != nil {
		return Relabelling{}, err
	}
	r, err := j.relabel(ctx)
	if r == nil || err != nil {
		return Relabelling{}, err
	}
	var now protocol.Data
	fillRows(&now, r.rows(d.table.Rows))
	d.Labels, d.Ignored, d.None, d.Splits, d.Classes = now.Labels, now.Ignored, now.None, now.Splits, now.Classes
	f := &fused{data: d.Data}
	err = r.settle(f, j, ev)
	return f.from, err
}

// Digest stands for all bytes of the table.
func (d *Descriptors) Digest() (string, error) { return d.table.Digest() }

// Close gives the files of the table back; err is what became of the work on them, in which a fault of memory gets the
// name of its file.
func (d *Descriptors) Close(err error) error {
	return errors.Join(nameFault(err, d.table), d.table.Close())
}

// Describe makes the descriptors of images, the job's inputs, exactly as those of the table were made, and tells them
// in their order, at the scales of the recipe: [][]float32 of a row that did not fail. The job's head is of no account.
func (d *Descriptors) Describe(ctx context.Context, j PredictJob, tell func(outputs.Row) error, ev conveyor.Events) error {
	h := &Saved{Head: &protocol.Head{Recipe: d.Recipe}, tables: []Table{d.Made}}
	o := j.Choice
	o.BoxContext = h.boxContext()
	set, err := inputs.Open(ctx, j.Inputs, o, ev)
	if err != nil {
		return err
	}
	parts, err := h.loadParts(ctx, j, ev)
	if err != nil {
		return err
	}
	defer closeParts(parts)
	return parts[0].run(ctx, set, j, ev, tell)
}

// Rows are those of the table, without descriptors.
func (d *Descriptors) Rows() []outputs.Row { return d.table.Rows }
