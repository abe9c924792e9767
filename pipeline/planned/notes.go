package planned

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/sourcegraph/conc/pool"

	"fc7/outputs"
)

// Notes reads the notes of all files, and looks whether these stand with the sizes that the notes say. missing are the
// files without a note, or without the file that it is of.
func (p *Plan) Notes(ctx context.Context) (notes []*Done, missing []int, err error) {
	if p, err = p.listing(); err != nil {
		return nil, nil, err
	}
	notes = make([]*Done, p.Files)
	err = each(ctx, p.Files, func(file int) error {
		d, err := p.Done(file)
		if err != nil || d == nil {
			return err
		}
		there, err := p.Stands(file, d)
		if there {
			notes[file] = d
		}
		return err
	})
	for file, d := range notes {
		if d == nil {
			missing = append(missing, file)
		}
	}
	return notes, missing, err
}

// Stands tells whether a file of the table is there, which must have the size that its note says; of one without a note
// that is nil.
func (p *Plan) Stands(file int, note *Done) (bool, error) {
	name := p.File(file)
	size, err := p.at.Size(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case note != nil && size != note.Bytes:
		return false, &Error{fmt.Sprintf("%s has %d bytes, but had %d when it was made: remove it, and run its task again", p.at.At(name), size, note.Bytes)}
	}
	return true, nil
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

// Clear removes what is of no use when the table is merged.
func (p *Plan) Clear() error {
	if err := p.at.RemoveAll(tmpDir); err != nil {
		return fmt.Errorf("removing what tasks left: %w", err)
	}
	return nil
}
