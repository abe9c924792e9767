package planned

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
	"fc7/outputs"
)

// doneDir is the folder of the notes of files that are done. It is not that of the table, of which programs read all
// files.
const doneDir = "done"

// doneExt ends their names.
const doneExt = ".done.json"

// Done is the note of a file of the table that stands under its name, RUN/done/part-….done.json: what a merge, or
// whoever looks on, need not read the file for.
type Done struct {
	outputs.File
	Own  string `json:"own"`  // digest that the file states of itself
	Plan string `json:"plan"` // digest of plan.json, which has the identity
}

func (p *Plan) donePath(file int) string {
	return filepath.Join(p.run, doneDir, strings.TrimSuffix(outputs.ShardName(file, p.Files), ".parquet")+doneExt)
}

// maxDone bounds a note.
const maxDone = 1 << 20

// Done reads the note of a file; nil: there is none.
func (p *Plan) Done(file int) (*Done, error) {
	path := p.donePath(file)
	var d Done
	err := readjson.File(path, maxDone, &d)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is done of a plan: %w; remove it, and run the task again", err)
	}
	first, end := p.Span(file, file+1)
	switch {
	case d.Plan != p.digest:
		return nil, &Error{fmt.Sprintf("%s is of another plan (%.12s…, want %.12s…): remove it, and run the task again", path, d.Plan, p.digest)}
	case d.Name != outputs.ShardName(file, p.Files) || d.Rows != end-first || d.Changed < 0 || d.Failed < d.Changed || d.Failed > d.Rows:
		return nil, &Error{fmt.Sprintf("%s is not the note of %s with %d rows: remove it, and run the task again", path, outputs.ShardName(file, p.Files), end-first)}
	}
	return &d, nil
}

// Note writes the note of a file that stands. One that another process wrote must be of the same bytes.
func (p *Plan) Note(file int, d Done) error {
	if err := atomicfile.MkdirAll(filepath.Join(p.run, doneDir)); err != nil {
		return fmt.Errorf("making the table's folder: %w", err)
	}
	d.Plan = p.digest
	err := atomicfile.PublishJSON(p.donePath(file), d)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	there, err := p.Done(file)
	if err == nil && (there == nil || there.SHA256 != d.SHA256) {
		err = &Error{fmt.Sprintf("%s says other bytes than those of %s here: run fc7 merge %s --verify full, which says which are right", p.donePath(file), d.Name, p.run)}
	}
	return err
}

// CountDone is how many files have a note.
func (p *Plan) CountDone() (n int, err error) {
	entries, err := os.ReadDir(filepath.Join(p.run, doneDir))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), doneExt) {
			n++
		}
	}
	return n, err
}

// TmpDir is the folder of a file's segments: rows of it that are done while the file is not.
func (p *Plan) TmpDir(file int) string {
	return filepath.Join(p.run, tmpDir, fmt.Sprintf("%05d", file))
}

// tmpDir is the folder of what is of no use when the table is merged.
const tmpDir = "tmp"
