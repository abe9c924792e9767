package heads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/internal/few"
	"fc7/internal/rowkey"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
)

// Unlisted says what becomes of rows that a file of labels or splits does not list.
type Unlisted string

// The treatments.
const (
	UnlistedError Unlisted = "error" // training is refused, and the rows are told
	UnlistedKeep  Unlisted = "keep"  // they have the labels and splits of their tables
	UnlistedDrop  Unlisted = "drop"  // they are left out, from training and scoring alike
)

// UnlistedWords lists the treatments.
func UnlistedWords() []Unlisted { return []Unlisted{UnlistedError, UnlistedKeep, UnlistedDrop} }

// From is the file that labels or splits of the rows were taken from, in place of their tables'.
type From struct {
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
	Rows    int    `json:"rows"`              // of the heads that it lists
	Changed int    `json:"changed"`           // of these, whose tables say otherwise
	Kept    int    `json:"kept,omitempty"`    // rows that it does not list, which have what their tables say
	Dropped int    `json:"dropped,omitempty"` // rows that it does not list, which are left out
	Unused  int    `json:"unused,omitempty"`  // lines about rows that no table has
}

// Relabelling is where labels and splits come from, if not from the tables alone. The zero value is the tables.
type Relabelling struct {
	LabelsFrom *From `json:"labels_from,omitempty"`
	SplitsFrom *From `json:"splits_from,omitempty"`
}

// digests are those of the files, "" where there is none, for what depends on their content alone.
func (r Relabelling) digests() fileDigests {
	var d fileDigests
	if r.LabelsFrom != nil {
		d.Labels = r.LabelsFrom.SHA256
	}
	if r.SplitsFrom != nil {
		d.Splits = r.SplitsFrom.SHA256
	}
	return d
}

// fileDigests are the SHA-256 of the files of labels and splits; "": the tables' own.
type fileDigests struct {
	Labels string `json:"labels_sha256,omitempty"`
	Splits string `json:"splits_sha256,omitempty"`
}

// relabel is the files of a job, and what is found as tables are read.
type relabel struct {
	labels, splits *datasets.RowFile
	unlisted       Unlisted
	unused         bool                // lines about rows that no table has are passed over
	lists          map[string][2]rowIn // of each row, by key: what labels and splits are of it
}

// rowIn is what a file says of a row.
type rowIn struct{ listed, changed bool }

// checkRelabelling refuses choices about files that are not there.
func (j Job) checkRelabelling() error {
	if j.Unlisted != "" && !slices.Contains(UnlistedWords(), j.Unlisted) {
		return usage.Unknown("treatment of rows that are not listed", string(j.Unlisted), string(UnlistedError), string(UnlistedKeep), string(UnlistedDrop))
	}
	if j.Labels == "" && j.Splits == "" && (j.Unlisted != "" && j.Unlisted != UnlistedError || j.AllowUnused) {
		return usage.Errorf("what becomes of rows that are not listed, or of lines of no row, would do nothing: no file of labels or splits is given")
	}
	return nil
}

// digests are those of the files.
func (r *relabel) digests() (d fileDigests) {
	if r != nil && r.labels != nil {
		d.Labels = r.labels.SHA256
	}
	if r != nil && r.splits != nil {
		d.Splits = r.splits.SHA256
	}
	return d
}

// relabel reads the files of the job; nil: there are none.
func (j Job) relabel(ctx context.Context) (r *relabel, err error) {
	if j.Labels == "" && j.Splits == "" {
		return nil, nil
	}
	r = &relabel{unlisted: j.Unlisted, unused: j.AllowUnused, lists: map[string][2]rowIn{}}
	if j.Labels != "" {
		if r.labels, err = datasets.ReadLabelFile(ctx, j.Labels); err != nil {
			return nil, err
		}
		if r.labels.Splits {
			r.splits = r.labels
		}
	}
	if j.Splits != "" {
		if r.splits, err = datasets.ReadSplitFile(ctx, j.Splits); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// rows returns rows of a table with the labels and splits that the files give them. Rows that are not listed keep the
// table's where that is wanted, and have none otherwise.
func (r *relabel) rows(of []outputs.Row) []outputs.Row {
	if r == nil {
		return of
	}
	of = slices.Clone(of)
	for i := range of {
		row := &of[i]
		var in [2]rowIn
		if r.labels != nil {
			it, ok := r.labels.Find(row.Image, row.Object)
			if ok || r.unlisted != UnlistedKeep {
				in[0] = rowIn{ok, !sameNames(row.Labels, it.Labels()) || !sameNames(row.Ignored, it.Ignored()) || row.None != it.None}
				row.Labels, row.Ignored, row.None = it.Labels(), it.Ignored(), it.None
			}
		}
		if r.splits != nil {
			it, ok := r.splits.Find(row.Image, row.Object)
			if ok || r.unlisted != UnlistedKeep {
				in[1] = rowIn{ok, !sameNames(row.Splits, it.Splits())}
				row.Splits = it.Splits()
			}
		}
		key := rowkey.Of(row.Image, row.Object)
		for k, before := range r.lists[key] {
			in[k].changed = in[k].changed || before.changed
		}
		r.lists[key] = in
	}
	return of
}

// sameNames compares lists of names, whose order says nothing.
func sameNames(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// settle refuses rows that no file lists, and lines of no row, unless the job allows them; rows to drop leave the data.
func (r *relabel) settle(f *fused, j Job, ev conveyor.Events) error {
	if r == nil {
		return nil
	}
	files := []struct {
		file *datasets.RowFile
		what string
		from **From
	}{{r.labels, "labels", &f.from.LabelsFrom}, {r.splits, "splits", &f.from.SplitsFrom}}
	var errs []error
	for k, of := range files {
		if of.file == nil {
			continue
		}
		*of.from = &From{File: of.file.Path, SHA256: of.file.SHA256}
		if err := r.count(f.data.IDs, k, of.file, of.what, *of.from); k == 0 || of.file != r.labels {
			errs = append(errs, err) // a file of both says it once
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if r.unlisted == UnlistedDrop {
		r.drop(f)
	}
	for _, of := range files {
		if *of.from != nil {
			if of.what == "labels" {
				for _, n := range of.file.Notes {
					ev.TellNote(of.file.Path + ": " + n)
				}
			}
			ev.TellNote((*of.from).note(of.what))
		}
	}
	return nil
}

// drop takes the rows that a file does not list out of the data, and the classes that only they are of.
func (r *relabel) drop(f *fused) {
	var keep []int
	for i, id := range f.data.IDs {
		in := r.lists[id]
		if (r.labels == nil || in[0].listed) && (r.splits == nil || in[1].listed) {
			keep = append(keep, i)
		}
	}
	if len(keep) < len(f.data.IDs) {
		f.data = f.data.Subset(keep)
		f.data.Classes = classesOf(f.data)
	}
}

// count compares the rows of the heads with those of file k, and fills in from.
func (r *relabel) count(ids []string, k int, file *datasets.RowFile, what string, from *From) error {
	var lost []string
	for _, id := range ids {
		in := r.lists[id][k]
		switch {
		case !in.listed:
			lost = append(lost, id)
		case in.changed:
			from.Changed++
			fallthrough
		default:
			from.Rows++
		}
	}
	unused := file.Unused()
	slices.Sort(unused)
	from.Unused = len(unused)
	var wrong []string
	if len(lost) > 0 && r.unlisted != UnlistedKeep && r.unlisted != UnlistedDrop {
		wrong = append(wrong, fmt.Sprintf("no line of %d of the %d rows of the tables (%s)", len(lost), len(ids), few.Names(lost)))
	}
	if len(unused) > 0 && !r.unused {
		wrong = append(wrong, fmt.Sprintf("rows that no table has in %d of its %d lines (%s)", len(unused), file.Len(), few.Names(unused)))
	}
	switch {
	case from.Rows == 0:
		return fmt.Errorf("%s: %s of none of the %d rows of the tables: it lists %s, and they have %s; rows are named by id and object, or by path",
			file.Path, what, len(ids), few.Names(unused), few.Begin(ids, len(ids), 3))
	case len(wrong) > 0:
		return fmt.Errorf("%s: %s: %s: is it the file of another data set? If not, --unlisted keep or drop says what becomes of rows that it does not list, "+
			"and --allow-unused passes lines of no row over", file.Path, what, strings.Join(wrong, "; "))
	case r.unlisted == UnlistedDrop:
		from.Dropped = len(lost)
	default:
		from.Kept = len(lost)
	}
	return nil
}

// note says in words where labels or splits are from.
func (f *From) note(what string) string {
	text := fmt.Sprintf("%s of %d rows are those of %s: %d of them other than the tables'", what, f.Rows, f.File, f.Changed)
	if f.Kept > 0 {
		text += fmt.Sprintf("; %d rows that it does not list keep their tables'", f.Kept)
	}
	if f.Dropped > 0 {
		text += fmt.Sprintf("; %d rows that it does not list are left out", f.Dropped)
	}
	if f.Unused > 0 {
		text += fmt.Sprintf("; %d of its lines are of no row", f.Unused)
	}
	return text
}

// fitRelabelling tells whether heads were trained with the files of the job as they are now.
func (r *Result) fitRelabelling(ctx context.Context, j Job) error {
	now, err := j.relabel(ctx)
	if err != nil {
		return err
	}
	want := now.digests()
	was := r.digests()
	for _, of := range []struct {
		what, was, now string
		from           *From
	}{{"labels", was.Labels, want.Labels, r.LabelsFrom}, {"splits", was.Splits, want.Splits, r.SplitsFrom}} {
		switch {
		case of.was == of.now:
		case of.was == "":
			return fmt.Errorf("they are of the tables' own %s", of.what)
		case of.now == "":
			return fmt.Errorf("they are of the %s of %s, not of the tables' own", of.what, of.from.File)
		default:
			return fmt.Errorf("they are of other %s, of %s as it was", of.what, of.from.File)
		}
	}
	return nil
}
