package weights

import (
	"archive/zip"
	"errors"
	"fmt"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/pickle"
)

// Since 1.6 torch.save writes a zip archive: NAME/data.pkl is the pickle, NAME/data/KEY the bytes of each storage, not
// compressed, NAME/byteorder (since 2.0) how its numbers are stored. NAME is any.

func sniffTorchZip(s *source) bool { return sniffZip(s, isDataPickle) }

func isDataPickle(name string) bool {
	_, rest, ok := strings.Cut(name, "/")
	return ok && rest == "data.pkl"
}

// torchArchive is the archive's entries by their names, without the folder they all lie in.
type torchArchive struct {
	src    *source
	folder string
	files  map[string]*zip.File
}

func openTorchZip(s *source) (*contents, error) {
	archive, err := readTorchArchive(s)
	if err != nil {
		return nil, err
	}
	if archive.files["constants.pkl"] != nil {
		return nil, errors.New("expected a state_dict, found a TorchScript program; in Python: " +
			"torch.save(torch.jit.load(IN).state_dict(), OUT)")
	}
	if err := archive.checkByteOrder(); err != nil {
		return nil, err
	}
	off, n, err := archive.locate("data.pkl")
	if err != nil {
		return nil, err
	}
	root, _, err := pickle.NewReader(s, off, n).Read()
	if err != nil {
		return nil, fmt.Errorf("data.pkl: %w", err)
	}
	b := &torchBuilder{src: s, place: archive.place}
	return b.contents(root)
}

func readTorchArchive(s *source) (*torchArchive, error) {
	reader, err := openZip(s)
	if err != nil {
		return nil, err
	}
	a := &torchArchive{src: s, files: make(map[string]*zip.File, len(reader.File))}
	for _, f := range reader.File {
		if isDataPickle(f.Name) {
			a.folder = strings.TrimSuffix(f.Name, "data.pkl")
			break
		}
	}
	for _, f := range reader.File {
		name, within := strings.CutPrefix(f.Name, a.folder)
		if !within {
			continue
		}
		if a.files[name] != nil {
			return nil, fmt.Errorf("expected each entry of the archive once, found %q twice", escape.Short(f.Name))
		}
		a.files[name] = f
	}
	return a, nil
}

// locate finds where the bytes of an entry lie in the file.
func (a *torchArchive) locate(name string) (off, n int64, err error) {
	f := a.files[name]
	if f == nil {
		return 0, 0, fmt.Errorf("expected %q in the archive, found no such entry", escape.Short(a.folder+name))
	}
	return stored(a.src, f, "as torch.save writes it; load the file in Python and torch.save it again")
}

func (a *torchArchive) place(st *torchStorage) (int64, error) {
	off, n, err := a.locate("data/" + st.key)
	if err != nil {
		return 0, err
	}
	if n != st.bytes() {
		return 0, fmt.Errorf("storage %q: expected %d bytes for %d elements, found %d", escape.Short(st.key), st.bytes(), st.count, n)
	}
	return off, nil
}

func (a *torchArchive) checkByteOrder() error {
	if a.files["byteorder"] == nil {
		return nil
	}
	off, n, err := a.locate("byteorder")
	if err != nil {
		return err
	}
	order := make([]byte, min(n, 16))
	if _, err := a.src.ReadAt(order, off); err != nil {
		return err
	}
	if string(order) != "little" {
		return fmt.Errorf("expected little-endian numbers, found byte order %q; save it again on a little-endian machine", order)
	}
	return nil
}
