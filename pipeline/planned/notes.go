package planned

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"fc7/outputs"
)

// Notes reads the notes of all files, and looks whether these stand with the sizes that the notes say. missing are the
// files without a note, or without the file that it is of.
func (p *Plan) Notes(ctx context.Context) (notes []*Done, missing []int, err error) {
	found, err := p.Look(ctx, 0, p.Files)
	if err != nil {
		return nil, nil, err
	}
	notes = make([]*Done, p.Files)
	for file, f := range found {
		if notes[file] = f.Note; !f.Stands || f.Note == nil {
			notes[file], missing = nil, append(missing, file)
		}
	}
	return notes, missing, nil
}

// Found is what there is of a file of the table.
type Found struct {
	Note   *Done // nil: there is none
	Stands bool  // the file
}

// Look reads the notes of files first to end-1, and looks which of these stand: with the sizes that the notes say, else
// it is an error. A store is asked for notes that it lists alone, and for no file.
func (p *Plan) Look(ctx context.Context, first, end int) ([]Found, error) {
	found, wrong, err := p.lookEach(ctx, first, end)
	if err == nil {
		err = damage(wrong)
	}
	return found, err
}

// lookEach is Look, with what is wrong of each file that is damaged, or its notes.
func (p *Plan) lookEach(ctx context.Context, first, end int) (found []Found, wrong []error, err error) {
	if p, err = p.listing(); err != nil {
		return nil, nil, err
	}
	sizes, err := p.sizes(ctx, first, end)
	if err != nil {
		return nil, nil, err
	}
	found, wrong = make([]Found, end-first), make([]error, end-first)
	return found, wrong, each(ctx, end-first, func(i int) (err error) {
		if found[i], err = p.lookAt(first+i, sizes); err != nil && !isSystem(err) {
			wrong[i], err = err, nil
		}
		return err
	})
}

// mostDamaged is of how many damaged files it is told what is wrong with them.
const mostDamaged = 10

// damage is the error of files, or nil: of several it names all that are damaged, so that whoever mends them need not
// call once for each.
func damage(wrong []error) error {
	wrong = slices.DeleteFunc(slices.Clone(wrong), func(err error) bool { return err == nil })
	switch len(wrong) {
	case 0:
		return nil
	case 1:
		return wrong[0]
	}
	text := fmt.Sprintf("%d files are damaged:", len(wrong))
	for i, err := range wrong {
		if i == mostDamaged {
			text += fmt.Sprintf("\nand %d more", len(wrong)-i)
			break
		}
		text += "\n" + err.Error()
	}
	return &Error{text: text}
}

// lookAt is what there is of a file, by the sizes of those that stood a moment ago: it may have been replaced since.
func (p *Plan) lookAt(file int, sizes map[string]int64) (f Found, err error) {
	name := p.File(file)
	size, stands := sizes[path.Base(name)]
	f.Stands = stands
	if f.Note, err = p.noteOf(file); err != nil || !stands || f.Note == nil || size == f.Note.Bytes {
		return f, err
	}
	if size, err = p.at.Size(name); err == nil && size != f.Note.Bytes {
		err = p.otherSize(name, size, f.Note.Bytes)
	}
	return f, err
}

// otherSize is the error of a file that is not the one that its task made.
func (p *Plan) otherSize(name string, size, want int64) *Error {
	return &Error{text: fmt.Sprintf("%s has %d bytes, but had %d when it was made: remove it, and run its task again", p.at.At(name), size, want)}
}

// Lost are those of files first to end-1 of a merged table that do not stand, by what their folders list alone; damaged
// is the error of those that stand with another size than the manifest lists, or nil.
func (p *Plan) Lost(ctx context.Context, first, end int, m *outputs.Manifest) (files []int, damaged, err error) {
	stand, err := p.sizes(ctx, first, end)
	if err != nil {
		return nil, nil, err
	}
	var wrong []error
	for file := first; file < end; file++ {
		name := p.File(file)
		size, there := stand[path.Base(name)]
		switch {
		case !there:
			files = append(files, file)
		case file < len(m.Files) && size != m.Files[file].Bytes:
			wrong = append(wrong, p.otherSize(name, size, m.Files[file].Bytes))
		}
	}
	return files, damage(wrong), nil
}

// sizes are those of files first to end-1 that stand, by their names, which say nothing of their folders.
func (p *Plan) sizes(ctx context.Context, first, end int) (map[string]int64, error) {
	ours := func(name string) bool {
		file, files, ok := outputs.ParseShardName(name)
		return ok && files == p.Files && file >= first && file < end
	}
	folders := p.Folders(first, end)
	found := make([]map[string]int64, len(folders))
	err := each(ctx, len(folders), func(i int) (err error) {
		if found[i], err = p.at.Sizes(folders[i], ours); err != nil {
			err = fmt.Errorf("looking which files of the table stand: %w", err)
		}
		return err
	})
	all := map[string]int64{}
	for _, sizes := range found {
		maps.Copy(all, sizes)
	}
	return all, err
}

// fewFiles is of how many files the segments are looked for one by one, rather than by a list of all that tasks keep.
const fewFiles = 16

// Kept are those of the files, in order, of which rows may be kept in segments.
func (p *Plan) Kept(files []int) ([]int, error) {
	if len(files) <= fewFiles {
		return files, nil
	}
	folders, err := p.at.Folders(tmpDir)
	if err != nil {
		return nil, fmt.Errorf("looking for rows that were kept: %w", err)
	}
	have := map[string]bool{}
	for _, name := range folders {
		have[path.Join(tmpDir, name)] = true
	}
	return slices.DeleteFunc(slices.Clone(files), func(file int) bool { return !have[p.TmpDir(file)] }), nil
}

// Swept is the plan where what dead processes left of files first to end-1, their digests and notes, and in the run is
// removed.
func (p *Plan) Swept(first, end int) (*Plan, error) {
	at, err := p.at.Swept(append(p.Folders(first, end), outputs.DigestsDir, doneDir, ".")...)
	if err != nil {
		return nil, err
	}
	now := *p
	now.at = at
	return &now, nil
}

// File is the name of a file of the table in its place.
func (p *Plan) File(file int) string {
	return path.Join(p.FolderOf(file), outputs.ShardName(file, p.Files))
}

// FolderOf is that of a file of the table.
func (p *Plan) FolderOf(file int) string {
	return filepath.ToSlash(outputs.ShardFolder(outputs.FeaturesDir, file, p.Files))
}

// Folders are those of files first to end-1 of the table, each once.
func (p *Plan) Folders(first, end int) (all []string) {
	for file := first; file < end; file++ {
		if dir := p.FolderOf(file); len(all) == 0 || dir != all[len(all)-1] {
			all = append(all, dir)
		}
	}
	return all
}

// each does something for each of n files, for many at once.
func each(ctx context.Context, n int, do func(file int) error) error {
	const batch = 8
	work := pool.New().WithMaxGoroutines(lookers).WithContext(ctx).WithFirstError().WithCancelOnError()
	for first := 0; first < n; first += batch {
		work.Go(func(ctx context.Context) error {
			for file := first; file < min(first+batch, n); file++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(file); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return work.Wait()
}

// Clear removes what is of no use when the table is merged and what tasks said of themselves is kept.
func (p *Plan) Clear() error {
	if err := p.at.RemoveAll(tmpDir); err != nil {
		return fmt.Errorf("removing what tasks left: %w", err)
	}
	return nil
}
