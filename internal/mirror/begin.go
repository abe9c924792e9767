package mirror

import (
	"errors"
	"io"
	"os"
	"slices"

	"fc7/internal/store"
)

// Begin are the first n bytes of a file, or all of a smaller one; of one in a mirror, those that the store has, whether
// or not the file comes to the mirror. What is no file of its own, such as a link or a folder, is not there.
func Begin(file string, n int) (begin []byte, there bool, err error) {
	var r io.ReadCloser
	if f, name := of(file); f != nil {
		if !slices.Contains(f.listed, name) {
			return nil, false, nil
		}
		r, err = store.Open(f.ctx, f.At+"/"+name)
	} else {
		info, e := os.Lstat(file)
		if e != nil || !info.Mode().IsRegular() {
			return nil, false, nil //nolint:nilerr // whoever makes the file is told
		}
		r, err = os.Open(file)
	}
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	begin = make([]byte, n)
	got, err := io.ReadFull(r, begin)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return begin[:got], true, err
}
