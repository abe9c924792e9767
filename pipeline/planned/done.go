package planned

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"fc7/internal/place"
	"fc7/outputs"
)

// doneDir is the folder of the notes of files that are done. It is not that of the table, of which programs read all
// files.
const doneDir = "done"

// doneExt ends their names.
const doneExt = ".done.json"

// Done is the note of a file of the table that stands under its name, RUN/done/part-….done.json: what a merge, or
// whoever looks on, need not read the file for.
//
// A file that is written anew, with rows that failed before or whose images changed, is another generation, with a note
// of its own, part-….g2.done.json. That is published before the file takes the place of the one before, in one step. So
// a generation is complete when a file of its bytes stands, and the highest complete one counts.
type Done struct {
	outputs.File
	Generation int    `json:"generation,omitempty"` // from 2; 0: the first
	Own        string `json:"own"`                  // digest that the file states of itself
	Plan       string `json:"plan"`                 // digest of plan.json, which has the identity
}

func (p *Plan) doneName(file, generation int) string {
	name := strings.TrimSuffix(outputs.ShardName(file, p.Files), ".parquet")
	if generation > 1 {
		name += fmt.Sprintf(".g%d", generation)
	}
	return path.Join(doneDir, name+doneExt)
}

// maxDone bounds a note.
const maxDone = 1 << 20

// listing is the plan as it is when the notes are those that are there now, so that a store is not asked for others.
func (p *Plan) listing() (*Plan, error) {
	names, err := p.at.List(doneDir)
	if err != nil {
		return nil, err
	}
	now := *p
	now.listed = map[string]bool{}
	for _, name := range names {
		now.listed[name] = true
	}
	return &now, nil
}

// noteOf reads the note of a file, of its highest generation that is complete; nil: there is none.
func (p *Plan) noteOf(file int) (*Done, error) {
	notes, err := p.generations(file)
	if err != nil || len(notes) == 0 {
		return nil, err
	}
	last := notes[len(notes)-1]
	if len(notes) == 1 {
		return last, nil
	}
	size, footer, err := outputs.FooterIn(p.at, p.File(file))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return last, nil
	case err != nil:
		return nil, fmt.Errorf("looking which generation of a file stands: %w", err)
	}
	for i := len(notes) - 1; i >= 0; i-- {
		if notes[i].Bytes == size && notes[i].Footer == footer {
			return notes[i], nil
		}
	}
	return nil, &Error{text: fmt.Sprintf("%s is of none of its %d generations of which there are notes: restore it, or remove it with its notes (%s), and run its task again",
		p.at.At(p.File(file)), len(notes), strings.TrimSuffix(p.at.At(p.doneName(file, 1)), doneExt)+".*")}
}

// generations reads all notes of a file, the first one first.
func (p *Plan) generations(file int) (all []*Done, err error) {
	for {
		d, err := p.generation(file, len(all)+1)
		if err != nil || d == nil {
			return all, err
		}
		all = append(all, d)
	}
}

func (p *Plan) generation(file, generation int) (*Done, error) {
	name := p.doneName(file, generation)
	if p.listed != nil && !p.listed[path.Base(name)] {
		return nil, nil
	}
	path := p.at.At(name)
	var d Done
	err := place.ReadJSON(p.at, name, maxDone, &d)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is done of a plan: %w; remove it, and run the task again", err)
	}
	first, end := p.Span(file, file+1)
	switch {
	case d.Plan != p.digest:
		return nil, &Error{text: fmt.Sprintf("%s is of another plan (%.12s…, want %.12s…): remove it, and run the task again", path, d.Plan, p.digest)}
	case d.Name != outputs.ShardName(file, p.Files) || d.Rows != end-first || d.Changed < 0 || d.Failed < d.Changed || d.Failed > d.Rows || max(d.Generation, 1) != generation:
		return nil, &Error{text: fmt.Sprintf("%s is not the note of %s with %d rows: remove it, and run the task again", path, outputs.ShardName(file, p.Files), end-first)}
	}
	return &d, nil
}

// Note writes the note of a file that stands. One that another process wrote must be of the same bytes.
func (p *Plan) Note(file int, d Done) error {
	err := p.publishNote(file, d, 1)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	there, err := p.generations(file)
	if err != nil || noted(there, d) {
		return err
	}
	return &Error{text: fmt.Sprintf("%s says other bytes than those of %s here: run fc7 merge %s --verify full, which says which are right", p.at.At(p.doneName(file, 1)), d.Name, p.Run())}
}

// NoteNext writes the note of a file that is about to take the place of the one that stands.
func (p *Plan) NoteNext(file int, d Done) error {
	for {
		there, err := p.generations(file)
		if err != nil || noted(there, d) {
			return err
		}
		if err := p.publishNote(file, d, len(there)+1); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}

// Noted tells whether a note of a file is of the same bytes.
func (p *Plan) Noted(file int, d Done) (bool, error) {
	there, err := p.generations(file)
	return noted(there, d), err
}

// NoteName is the name of the first note of a file.
func (p *Plan) NoteName(file int) string { return p.doneName(file, 1) }

// noted tells whether one of the notes is of the same bytes.
func noted(notes []*Done, d Done) bool {
	for _, n := range notes {
		if n.SHA256 == d.SHA256 {
			return true
		}
	}
	return false
}

func (p *Plan) publishNote(file int, d Done, generation int) error {
	if err := p.at.MkdirAll(doneDir); err != nil {
		return fmt.Errorf("making the table's folder: %w", err)
	}
	d.Plan, d.Generation = p.digest, 0
	if generation > 1 {
		d.Generation = generation
	}
	return place.WriteJSON(p.at, p.doneName(file, generation), d, false)
}

// Later are the notes that count of files that were written anew.
func (p *Plan) Later(ctx context.Context) (map[int]*Done, error) {
	p, err := p.listing()
	if err != nil {
		return nil, err
	}
	again := map[int]bool{}
	for name := range p.listed {
		first := laterNote.ReplaceAllString(name, ".parquet")
		if file, n, ok := outputs.ParseShardName(first); ok && n == p.Files && first != name {
			again[file] = true
		}
	}
	files := slices.Collect(maps.Keys(again))
	found := make([]*Done, len(files))
	err = each(ctx, len(files), func(i int) (err error) {
		found[i], err = p.noteOf(files[i])
		return err
	})
	later := map[int]*Done{}
	for i, d := range found {
		if d != nil {
			later[files[i]] = d
		}
	}
	return later, err
}

// laterNote is the name of a note of another generation than the first.
var laterNote = regexp.MustCompile(`\.g\d+\.done\.json$`)

// CountDone is how many files have a note.
func (p *Plan) CountDone() (n int, err error) {
	names, err := p.at.List(doneDir)
	for _, name := range names {
		if strings.HasSuffix(name, doneExt) && !laterNote.MatchString(name) {
			n++
		}
	}
	return n, err
}

// TmpDir is the folder, in the table's place, of a file's segments: rows of it that are done while the file is not. It
// is named by the plan too: of another one that was in this folder before, the same file may have other images.
func (p *Plan) TmpDir(file int) string {
	return path.Join(tmpDir, fmt.Sprintf("%05d-%.8s", file, p.digest))
}

// TmpDirOf is TmpDir of a table without a plan, by what tells it from others.
func TmpDirOf(table []byte, file int) string {
	return (&Plan{digest: digest(table)}).TmpDir(file)
}

// tmpDir is the folder of what is of no use when the table is merged.
const tmpDir = "tmp"
