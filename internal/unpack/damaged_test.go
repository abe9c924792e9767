package unpack

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"fc7/internal/hostile"
)

func FuzzInto(f *testing.F) { intoTarget(f).Fuzz(f) }

func TestDamaged(t *testing.T) { intoTarget(t).Test(t, "FuzzInto") }

// intoTarget unpacks archives into a folder, beside which nothing may come to be.
func intoTarget(t testing.TB) *hostile.Target {
	t.Helper()
	set := []member{{name: "set/", kind: tar.TypeDir}, {name: "set/a.jpg", content: "AAAA"}, {name: "set/b/c.jpg", content: "CC"}}
	plain := tarOf(t, set...)[:6*512]
	file, up := []member{{name: "a.jpg", content: "A"}}, []member{{name: "set/a.jpg", content: "AAAA"}, {name: "../b", content: "B"}}
	above := t.TempDir()
	archive := filepath.Join(above, "archive")
	put := hostile.Placed(t, archive)
	return &hostile.Target{
		Slow: 20,
		Seeds: [][]byte{
			plain, gz(t, plain), zipOf(t, set[1:]...), tarOf(t, file...)[:3*512], zipOf(t, file...), gz(t, tarOf(t, file...)), tarOf(t, up...)[:5*512], zipOf(t, up...),
			tarOf(t, member{name: "l", kind: tar.TypeSymlink, link: "/etc"})[:2*512], zipOf(t, member{name: "__MACOSX/x", content: "x"}, member{name: "a", content: "y"}),
			zipOf(t, member{name: "d/"}, member{name: "d/e/"}, member{name: "d/e/f", content: "z"}), zipOf(t, member{name: "l", kind: tar.TypeSymlink, content: "/etc"}),
			tarOf(t, member{name: "d/../e", content: "x"}, member{name: "e\\f", content: "y"})[:5*512], zipOf(t, file[0], file[0]),
		},
		Words: []string{"../", "/", "..\\", "C:", "ustar\x0000", "PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "\x00", "2", "1", "set/a.jpg", "00000000777\x00"},
		Mend: func(before, after []byte) []byte {
			return hostile.MendTar(before, hostile.MendGzip(before, hostile.MendZip(before, after)))
		},
		Read: func(file []byte, r *hostile.Result) error {
			if err := put(file); err != nil {
				return err
			}
			dir := filepath.Join(above, "in", "dir")
			if err := errors.Join(os.RemoveAll(filepath.Join(above, "in")), os.MkdirAll(dir, 0o755)); err != nil {
				return err
			}
			res, err := Into(context.Background(), archive, dir, Limits{members: 100, bytes: 1 << 20}, nil)
			if res.Bytes > 1<<20 || res.files > 100 {
				r.Errorf("%+v, %v", res, err)
			}
			files := notePaths(above, r)
			if err == nil && files != res.files+1 {
				r.Errorf("%d files are there, and %d were unpacked", files-1, res.files)
			}
			return err
		},
	}
}

// notePaths notes what lies below a folder: the archive, and everything else in in/dir.
func notePaths(above string, r *hostile.Result) (files int) {
	err := filepath.WalkDir(above, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(above, path)
		switch inside, _ := filepath.Rel(filepath.Join("in", "dir"), rel); {
		case err != nil:
			return err
		case d.Type()&^fs.ModeDir != 0:
			return fmt.Errorf("%s is no plain file", rel)
		case rel != "." && rel != "archive" && rel != "in" && !filepath.IsLocal(inside):
			return fmt.Errorf("%s is outside", rel)
		case !d.IsDir():
			files++
		}
		r.Text(rel)
		return nil
	})
	if err != nil {
		r.Errorf("%v", err)
	}
	return files
}
