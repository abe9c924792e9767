// Package bounded reads whole files that may be anything: one that is larger than expected, or a device without an end,
// costs no more than its bound.
package bounded

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// LargeError says that a file has more bytes than it may have.
type LargeError struct {
	Path string
	Most int64
}

func (e *LargeError) Error() string {
	return fmt.Sprintf("%s: larger than %d bytes", e.Path, e.Most)
}

// File reads a file of at most that many bytes. Of a larger one, which is a LargeError, nothing is read where its size
// is known before. Errors name the file.
func File(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Rest(f, most)
}

// Rest is File for what an open file holds from its place on.
func Rest(f *os.File, most int64) ([]byte, error) {
	var text bytes.Buffer
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		if info.Size() > most {
			return nil, &LargeError{f.Name(), most}
		}
		text.Grow(int(info.Size()) + bytes.MinRead)
	}
	if _, err := text.ReadFrom(io.LimitReader(f, most+1)); err != nil {
		return nil, err // which names the file
	}
	if int64(text.Len()) > most {
		return nil, &LargeError{f.Name(), most}
	}
	return text.Bytes(), nil
}
