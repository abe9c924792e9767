package extraction

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/protocol"
	"fc7/internal/rowkey"
	"fc7/internal/usage"
	"fc7/outputs"
)

// The file formats of Aggregate.
const (
	FormatParquet = "parquet"
	FormatArrow   = "arrow" // IPC file, also called Feather version 2
	FormatHub     = "hf"    // folder that datasets.load_dataset reads; of AggregateFolder
	FormatNumPy   = "npy"   // folder with one matrix; of AggregateFolder
)

// AggregateJob makes a table for other programs: one final descriptor a row, or all columns as they are.
type AggregateJob struct {
	Features   string // run's folder
	Choice     FeatureChoice
	Keep       bool   // all columns as they are; Choice is of no account
	Format     string // FormatParquet (default) or FormatArrow; of AggregateFolder FormatHub or FormatNumPy
	Dtype      string // of the result; empty: that of the table
	DropFailed bool   // leave failed rows out, so that no descriptor is null
	FileBytes  int64  // about how large a file of FormatHub is; 0: 500 MB
	Out        string // file, or folder of AggregateFolder
	Replace    bool   // what stands there already
}

// AggregateResult is a written table.
type AggregateResult struct {
	Out     string
	Columns []outputs.Column
	Rows    int
	Failed  int // rows without a descriptor
	Dropped int
	List    string `json:",omitzero"` // file of AggregateFolder that names the dropped rows
	Files   int    `json:",omitzero"` // of FormatHub
}

// rowWriter is a file of a table.
type rowWriter interface {
	Write(outputs.Row) error
	Close() error
	Abort() error
}

// Aggregate reads a table a row group at a time and writes the result as one file, which appears when it is complete.
func Aggregate(ctx context.Context, j AggregateJob) (_ *AggregateResult, err error) {
	s, n, err := j.open(ctx)
	if err != nil {
		return nil, err
	}
	res := &AggregateResult{Out: j.Out, Failed: n.failed}
	if j.DropFailed {
		res.Dropped, res.Failed = res.Failed, 0
	}
	a, id, err := j.plan(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	for i := range a.columns {
		a.columns[i].Required = res.Failed == 0 && !a.columns[i].Map
	}
	if res.Dropped > 0 {
		id.Inputs = outputs.Inputs{Kind: id.Inputs.Kind + " without failed rows", Count: id.Inputs.Count - res.Dropped, None: n.none}
	}
	w, err := j.create(a.columns, id)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.Abort()
		}
	}()
	if err := s.Scan(a.names, func(b outputs.Batch) error {
		wrote, err := a.write(w, b, j.DropFailed)
		res.Rows += wrote
		if err != nil {
			return fmt.Errorf("%s: %w", j.Features, err)
		}
		return ctx.Err()
	}); err != nil {
		return nil, err
	}
	res.Columns = a.columns
	return res, w.Close()
}

// rowCounts are of the rows of a table.
type rowCounts struct {
	ok, failed int
	none       int   // of ok, known to be of none of the classes
	text       int64 // bytes of the texts of ok
}

func (n *rowCounts) add(rows []outputs.Row) {
	for _, r := range rows {
		if r.Status != outputs.StatusOK {
			n.failed++
			continue
		}
		n.ok++
		if r.None {
			n.none++
		}
		n.text += textBytes(r)
	}
}

// open opens the table and counts its rows.
func (j AggregateJob) open(ctx context.Context) (s *outputs.Scanner, n rowCounts, err error) {
	if s, err = outputs.NewScanner(j.Features); err != nil {
		return nil, n, err
	}
	if s.Identity.Aggregate != "" {
		return nil, n, fmt.Errorf("%s is aggregated already (%s): name the folder of the run it was made of", j.Features, s.Identity.Aggregate)
	}
	return s, n, s.Scan(nil, func(b outputs.Batch) error {
		n.add(b.Rows)
		return ctx.Err()
	})
}

func (j AggregateJob) create(cols []outputs.Column, id outputs.Identity) (rowWriter, error) {
	switch j.Format {
	case "", FormatParquet:
		return outputs.CreateParquet(filepath.Clean(j.Out), cols, id, j.Replace)
	case FormatArrow:
		return outputs.CreateArrow(filepath.Clean(j.Out), cols, id, j.Replace)
	}
	return nil, usage.Unknown("format", j.Format, FormatParquet, FormatArrow)
}

// aggregator turns the columns names of one table into the columns of another.
type aggregator struct {
	names   []string
	widths  []int
	columns []outputs.Column
	recipe  *protocol.Recipe // nil: columns stay what they are
}

// plan decides the columns and the identity of the result.
func (j AggregateJob) plan(s *outputs.Scanner) (*aggregator, outputs.Identity, error) {
	id := s.Identity
	id.Format = outputs.FormatVersion // whatever that of the table it is made of
	if j.Dtype != "" {
		if j.Dtype != outputs.Float32 && j.Dtype != outputs.Float16 {
			return nil, id, usage.Unknown("type of descriptors", j.Dtype, outputs.Float32, outputs.Float16)
		}
		id.Dtype = j.Dtype
	}
	a := &aggregator{columns: slices.Clone(s.Columns)}
	if !j.Keep {
		cols, err := j.Choice.Columns(s.Table)
		if err != nil {
			return nil, id, err
		}
		a.columns = cols
	}
	for _, c := range a.columns {
		a.names, a.widths = append(a.names, c.Name), append(a.widths, c.Width)
	}
	if j.Keep {
		for i := range a.columns {
			if a.columns[i].Dtype != outputs.Int32 {
				a.columns[i].Dtype = id.Dtype
			}
		}
		return a, id, nil
	}
	r := protocol.Recipe{Aggregate: j.Choice.Aggregate, L2: j.Choice.L2, Widths: a.widths}
	id.Scales = nil
	for _, c := range a.columns {
		r.Scales, id.Scales = append(r.Scales, c.Scale), append(id.Scales, c.Scale)
	}
	r, err := r.Complete()
	if err != nil {
		return nil, id, err
	}
	id.Layers = []string{a.columns[0].Layer}
	id.Aggregate = fmt.Sprintf("%s of %s, L2 %s", r.Aggregate, strings.Join(a.names, ", "), r.L2)
	a.recipe = &r
	a.columns = []outputs.Column{{Name: "descriptor", Layer: id.Layers[0], Width: r.Width(), Dtype: id.Dtype}}
	return a, id, nil
}

// write appends the rows of a batch and returns how many there were.
func (a *aggregator) write(w rowWriter, b outputs.Batch, drop bool) (int, error) {
	mats, maps, widths := b.Columns, b.Maps, a.widths
	if a.recipe != nil {
		x, _, err := a.recipe.Descriptors(b.Columns, len(b.Rows))
		if err != nil {
			return 0, err
		}
		mats, maps, widths = [][]float32{x}, [][][]float32{nil}, []int{a.recipe.Width()}
	}
	n := 0
	for i, r := range b.Rows {
		if r.Status == outputs.StatusOK {
			for k, m := range mats {
				if maps[k] != nil {
					r.Descriptors = append(r.Descriptors, maps[k][i])
				} else {
					r.Descriptors = append(r.Descriptors, m[i*widths[k]:(i+1)*widths[k]])
				}
			}
			if err := a.checkFinite(r); err != nil {
				return n, err
			}
		} else if drop {
			continue
		}
		if err := w.Write(r); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// checkFinite refuses a descriptor that is no finite number any more: a sum of finite ones may be beyond float32.
func (a *aggregator) checkFinite(r outputs.Row) error {
	for k, values := range r.Descriptors {
		for i, v := range values {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("%s: column %s: expected finite numbers, found that value %d is %v", rowkey.Of(r.Image, r.Object), a.columns[k].Name, i, v)
			}
		}
	}
	return nil
}
