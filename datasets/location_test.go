package datasets

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// TestChanged: an archive that has another size or time than when it was listed is told, tar or table; a whole file is
// not.
func TestChanged(t *testing.T) {
	root := tree(t, map[string]string{"a.jpg": "x", "l.txt": "a.jpg\n", "s.tar": string(tarBytes(t, member{"1.jpg", "one"}))})
	writeTable(t, filepath.Join(root, "x.parquet"), hubRows(0, 3, false), 4)
	for spec, archive := range map[string]bool{"tar:s.tar": true, "parquet:x.parquet": true, "list:l.txt": false} {
		kind, name, _ := strings.Cut(spec, ":")
		at := mustOpen(t, kind+":"+filepath.Join(root, name), Options{}).Items[0].At
		changed := func() error {
			info, err := os.Stat(at.Path)
			if err != nil {
				t.Fatal(err)
			}
			return at.Changed(info)
		}
		if err := changed(); err != nil {
			t.Error(spec, err)
		}
		was, err := os.Stat(at.Path)
		if err != nil {
			t.Fatal(err)
		}
		for how, change := range map[string]func() error{
			"its time": func() error { return os.Chtimes(at.Path, was.ModTime(), was.ModTime().Add(time.Second)) },
			"its size": func() error {
				return errors.Join(os.Truncate(at.Path, was.Size()-1), os.Chtimes(at.Path, was.ModTime(), was.ModTime()))
			},
		} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if err := changed(); archive != (err != nil) || err != nil && !strings.Contains(err.Error(), at.Path) {
				t.Errorf("%s, %s: %v", spec, how, err)
			}
		}
	}
}
