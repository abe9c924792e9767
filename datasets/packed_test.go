package datasets

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/hostile"
)

// zipOf is an archive of files, those of a name that ends in .jpg stored, or deflated.
func zipOf(t testing.TB, stored bool, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &zip.FileHeader{Name: files[i], Method: zip.Deflate}
		if stored {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// planesZip is an archive of FGVC-Aircraft.
func planesZip(t testing.TB, stored bool) []byte {
	return zipOf(t, stored, "data/variants.txt", "707\n", "data/images_variant_train.txt", "1 707\n", "data/images_variant_val.txt", "", "data/images_variant_test.txt", "2 707\n",
		"data/images/1.jpg", strings.Repeat("one", 999), "data/images/2.jpg", strings.Repeat("two", 99))
}

// TestPackedIndex: what an index says of an image in an archive, and of its banner, is as it was when it was written;
// one that was written before there were such is read as it was.
func TestPackedIndex(t *testing.T) {
	for _, stored := range []bool{true, false} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "planes.zip"), planesZip(t, stored), 0o600); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, "aircraft:"+dir, Options{})
		share := indexed(t, s, Options{}, 2, 0, 2)
		for i, want := range []string{strings.Repeat("one", 999), strings.Repeat("two", 99)} {
			it := &share.Items[i]
			if got := string(readAll(t, it.At)); got != want || it.Region() != "less 20" || stored == (it.At.Room() > 0) {
				t.Errorf("%v: %.20q, %q, %d bytes of room", stored, got, it.Region(), it.At.Room())
			}
		}
		if notes := strings.Join(s.Notes, "|"); !strings.Contains(notes, "read in place: planes.zip") {
			t.Errorf("notes %q", notes)
		}
	}
	type oldRow struct {
		ID     string   `parquet:"id"`
		File   string   `parquet:"file,dict"`
		Offset int64    `parquet:"offset"`
		Labels []string `parquet:"labels,list"`
	}
	var file bytes.Buffer
	w := parquet.NewGenericWriter[oldRow](&file)
	if _, err := w.Write([]oldRow{{"a.jpg", "", wholeFile, []string{"x"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	share := IndexedSet{Kind: "folder", Root: "r"}.Share(Options{}, 1)
	if err := share.Add(file.Bytes(), 0, 1); err != nil || fmt.Sprint(share.Set().Items[0].ID, share.Set().Items[0].Region()) != "a.jpg" {
		t.Errorf("%v, %+v", err, share.Set().Items)
	}
}

// TestPackedDamaged: an image that is damaged in its archive fails by itself, and an archive that cannot be read in
// place is refused.
func TestPackedDamaged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "planes.zip")
	good := planesZip(t, false)
	write := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(good)
	s := mustOpen(t, "aircraft:"+dir, Options{})
	p := s.Items[0].At.Part
	bad := bytes.Clone(good)
	for i := range p.Size {
		bad[p.Offset+i] = 0xff
	}
	write(bad)
	if _, err := s.Items[0].At.Open(); err == nil || !strings.Contains(err.Error(), "damaged in its archive") {
		t.Errorf("damaged: %v", err)
	}
	more := *p
	more.packed--
	if _, err := (Location{path, &more}).Open(); err == nil {
		t.Error("one that unpacks to more bytes than it says is opened")
	}
	write(good)
	more.packed = 1 << 20
	if _, err := (Location{path, &more}).Open(); err == nil {
		t.Error("one that unpacks to fewer bytes than it says is opened")
	}
	for want, data := range map[string][]byte{
		"is there twice": zipOf(t, false, "data/variants.txt", "707\n", "./data/variants.txt", "707\n"),
		"is encrypted":   bytes.ReplaceAll(good, []byte("PK\x01\x02\x14\x00\x14\x00\x08"), []byte("PK\x01\x02\x14\x00\x14\x00\x09")),
		"by method":      bytes.ReplaceAll(good, []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00\x08"), []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00\x0c")),
	} {
		write(data)
		_, err := Open(t.Context(), "aircraft:"+dir, Options{})
		wantError(t, err, want, path)
	}
}

func zipSeeds(t testing.TB) [][]byte {
	t.Helper()
	return [][]byte{
		zipOf(t, true, "d/a.jpg", "one", "b.txt", ""), zipOf(t, false, "./d/a.jpg", strings.Repeat("one", 99), "b.txt", "", "../c", "x"),
		zipOf(t, false, "d/", "", "d/e/f.png", "y"), zipOf(t, true), zipOf(t, false, "a/b/c/d/e", "x", "a/b", "y"), zipOf(t, true, "a", "", "b", "", "c", "z"),
		zipOf(t, false, "a.jpg", "x", "a.jpg", "y"), zipOf(t, true, strings.Repeat("n", 300)+".jpg", "x"), zipOf(t, false, "ü.jpg", "x", "/abs", "y", "c/../d", "z"),
		zipOf(t, true, "./././a", "x", "b", strings.Repeat("b", 500)), zipOf(t, false, "__MACOSX/._a", "x", "a", "y"), planesZip(t, true), planesZip(t, false),
	}
}

// readPackedZip reads the directory of an archive, and what is said to be in it.
func readPackedZip(t testing.TB) func([]byte, *hostile.Result) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.zip")
	put := hostile.Placed(t, path)
	return func(file []byte, r *hostile.Result) error {
		p := &packedTree{files: map[string]Location{}, folders: map[string]bool{}}
		if err := p.addZip(path, bytes.NewReader(file), &archive{size: int64(len(file))}); err != nil {
			return err
		}
		if err := put(file); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(p.files)) {
			at := p.files[name]
			r.Text(name)
			if p := at.Part; !fs.ValidPath(name) || p.Offset < 0 || p.Size < 0 || p.Size > int64(len(file))-p.Offset || p.packed > maxPackedBytes {
				r.Errorf("%q: bytes %d+%d of %d, %d when unpacked", name, p.Offset, p.Size, len(file), p.packed)
			}
			if at.Part.packed > 1<<20 { // which is asked for before it is opened
				continue
			}
			if f, err := at.Open(); err == nil {
				if n, err := io.Copy(io.Discard, f); err != nil || n != max(at.Part.Size, at.Part.packed) && at.Part.packed != n {
					r.Errorf("%q: %d bytes, %v", name, n, err)
				}
				if err := f.Close(); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
