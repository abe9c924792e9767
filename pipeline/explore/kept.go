package explore

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"reflect"

	"fc7/heads/tsne"
	"fc7/internal/atomicfile"
	"fc7/internal/mirror"
	"fc7/internal/seal"
	"fc7/outputs"
	"fc7/pipeline/table"
)

// folder is where results are kept in a run.
const folder = "explore"

// basis is what a kept result was made of: another one is made where any of it is other.
type basis struct {
	Table     string   `json:"table"` // see outputs.Table.Digest
	Layer     string   `json:"layer"`
	Columns   []string `json:"columns"`
	Aggregate string   `json:"aggregate"`
	L2        string   `json:"l2"`
	K         int      `json:"k"`
	Asked     string   `json:"asked,omitempty"` // what else the result depends on

	Map *mapBasis `json:"map,omitempty"` // of maps
}

// note stands beside a kept file, with the digest of its bytes.
type note struct {
	basis
	SHA256  string        `json:"sha256"`
	Quality *tsne.Quality `json:"quality,omitempty"` // of maps
	found                 // of pairs
}

// kept is a file of results and its note. Of a run on a store both are put there; the file is read from there where it
// is of use.
type kept struct {
	path    string
	mark    string // a key of the file's footer, by which it is known as fc7's
	basis   basis
	more    map[string]string // what else goes to the footer; nil: nothing
	found   found             // of pairs
	quality *tsne.Quality     // of maps
}

// keptIn names a result of a run.
func keptIn(run, name string, b basis) kept {
	return kept{path: filepath.Join(table.RunFolder(run), folder, name+".parquet"), mark: "fc7." + name, basis: b}
}

func (k kept) note() string { return k.path[:len(k.path)-len(filepath.Ext(k.path))] + ".json" }

// fresh returns the note of the file, if it is of this basis; nil: it is of another, or not there.
func (k kept) fresh() *note {
	var n note
	if err := outputs.ReadJSON(k.note(), &n); err != nil || !reflect.DeepEqual(n.basis, k.basis) {
		return nil
	}
	if err := mirror.Fetch(k.path); err != nil {
		return nil // writable tells what is wrong with the store
	}
	if sum, err := seal.File(k.path); err != nil || sum != n.SHA256 {
		return nil
	}
	return &n
}

// noteOf is the note of what is kept of a run, of whatever basis; nil: there is none that can be read.
func noteOf(run, name string) *note {
	var n note
	if err := outputs.ReadJSON(keptIn(run, name, basis{}).note(), &n); err != nil {
		return nil
	}
	return &n
}

// as is a value of a kept file, whose columns have one type.
func as[T any](v any) T {
	t, _ := v.(T)
	return t
}

// create begins the file anew. One that fc7 did not write is left alone: one on a store comes to be looked at unless
// its note is there.
func (k kept) create(columns []outputs.ResultColumn) (*outputs.ResultWriter, error) {
	unread := outputs.ReadJSON(k.note(), &note{})
	if unread != nil {
		if err := mirror.Fetch(k.path); err != nil {
			return nil, err
		}
	}
	meta, err := outputs.ResultMetadata(k.path)
	_, ours := meta[k.mark]
	switch {
	case !ours && !errors.Is(err, fs.ErrNotExist):
		return nil, errors.Join(fmt.Errorf("%s is not fc7's, and is not replaced: move it away", k.path), err)
	case !ours && unread != nil && !errors.Is(unread, fs.ErrNotExist): // a damaged note of ours has its file beside it
		return nil, errors.Join(fmt.Errorf("%s is not fc7's, and is not replaced: move it away", k.note()), unread)
	}
	if err := atomicfile.MkdirAll(filepath.Dir(k.path)); err != nil {
		return nil, err
	}
	footer := map[string]string{k.mark: k.basis.Table}
	maps.Copy(footer, k.more)
	return outputs.CreateResults(k.path, columns, footer, true)
}

// write makes the file of rows and then its note, and returns the digest of the file. Until there is the note the file
// is of no basis, and would be made again.
func (k kept) write(columns []outputs.ResultColumn, rows iter.Seq[[]any]) (sum string, err error) {
	w, err := k.create(columns)
	if err != nil {
		return "", err
	}
	for row := range rows {
		if err := w.Write(row...); err != nil {
			return "", cmp.Or(err, w.Abort())
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	if sum, err = seal.File(k.path); err != nil {
		return "", err
	}
	if err := mirror.Publish(k.path); err != nil {
		return "", err
	}
	if err := outputs.WriteJSON(k.note(), note{k.basis, sum, k.quality, k.found}); err != nil {
		return "", err
	}
	return sum, mirror.Publish(k.note())
}

// writable tells, before the work, whether a result can be kept.
func (k kept) writable() error {
	dir := filepath.Dir(k.path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		dir = filepath.Dir(dir)
	}
	if err := atomicfile.Writable(dir, "fc7"); err != nil {
		if tried := new(fs.PathError); errors.As(err, &tried) {
			err = tried.Err
		}
		return fmt.Errorf("cannot write to %s, where what is computed is kept: %w: allow it, or copy the run", dir, err)
	}
	return mirror.Writable(k.path)
}
