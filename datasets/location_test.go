package datasets

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"testing"
)

func TestLocationOpen(t *testing.T) {
	root := tree(t, map[string]string{"f": "0123456789", "empty": "", "dir/": "", "gone": "-> nowhere"})
	read := func(name string, offset, size int64) (string, error) {
		at := Location{Path: filepath.Join(root, name)}
		if offset != 0 || size != 0 {
			at.Part = &Part{Offset: offset, Size: size}
		}
		r, err := at.Open()
		if err != nil {
			return "", err
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		return string(b), err
	}
	for _, c := range []struct {
		name         string
		offset, size int64
		want         string
	}{
		{"f", 0, 0, "0123456789"},
		{"f", 2, 3, "234"},
		{"f", 0, 10, "0123456789"},
		{"f", 9, 1, "9"},
		{"empty", 0, 0, ""},
	} {
		got, err := read(c.name, c.offset, c.size)
		if err != nil || got != c.want {
			t.Errorf("%+v: read %q, %v", c, got, err)
		}
	}
	for _, c := range []struct {
		name         string
		offset, size int64
		word         string
	}{
		{"f", 5, 6, "want bytes 5 to 11, but the file has 10"},
		{"f", -1, 2, "not a range"},
		{"f", 1, -2, "not a range"},
		{"f", 3, 0, "the image at byte 3 is empty"},
		{"f", math.MaxInt64, 2, "not a range"},
		{"dir", 0, 0, "found a folder"},
		{"absent", 0, 0, "absent"},
		{"gone", 0, 0, "gone"},
	} {
		_, err := read(c.name, c.offset, c.size)
		wantError(t, err, c.word)
	}
	if _, err := read("absent", 0, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}
