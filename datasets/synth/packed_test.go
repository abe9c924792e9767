package synth

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
)

// rowsOf are the items of a set with the bytes of each.
func rowsOf(t *testing.T, spec, objects string) (rows []string) {
	t.Helper()
	set, err := datasets.Open(t.Context(), spec, datasets.Options{Objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range set.Items {
		f, err := it.At.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("%s#%d %s %v %v %v %v %x %v", it.ID, it.Object, it.Region(), it.Labels(), it.Ignored(), it.Splits(), it.None, data, err))
	}
	return rows
}

// archiveOf packs what is in a folder, below a name in the archive.
func archiveOf(t *testing.T, file, folder, below string) {
	t.Helper()
	var b bytes.Buffer
	tw, zw := tar.NewWriter(&b), zip.NewWriter(&b)
	add := func(name string, data []byte) error {
		if filepath.Ext(file) == ".zip" {
			w, err := zw.Create(name)
			if err == nil {
				_, err = w.Write(data)
			}
			return err
		}
		if err := tw.WriteHeader(&tar.Header{Name: "./" + name, Size: int64(len(data)), Mode: 0o644}); err != nil {
			return err
		}
		_, err := tw.Write(data)
		return err
	}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return add(below+filepath.ToSlash(rel), data)
	})
	if err == nil && filepath.Ext(file) == ".zip" {
		err = zw.Close()
	} else if err == nil {
		err = tw.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPackedSets: each kind reads its set where all of it is in one archive, in the folder that its authors packed, and
// where each of its folders is in an archive of its own beside the lists, with the same rows as unpacked.
func TestPackedSets(t *testing.T) {
	inFolder := map[string]string{
		"dtd": "dtd/", "cub200": "CUB_200_2011/", "aircraft": "fgvc-aircraft-2013b/data/", "food101": "food-101/", "mit67": "indoorCVPR_09/", "cifar10": "cifar-10-batches-bin/", "cifar100": "cifar-100-binary/",
	}
	for name := range listedKinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := drawListed(t, name)
			boxes := []string{""}
			for _, n := range withBoxes {
				if n == name {
					boxes = append(boxes, datasets.ObjectsBoth)
				}
			}
			one, each, zips := t.TempDir(), t.TempDir(), t.TempDir()
			archiveOf(t, filepath.Join(one, "set.tar"), s.Root, inFolder[name])
			if !strings.HasPrefix(name, "cifar") { // whose images are parts of files
				archiveOf(t, filepath.Join(zips, "set.zip"), s.Root, inFolder[name])
			}
			entries, err := os.ReadDir(s.Root)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				from := filepath.Join(s.Root, e.Name())
				if e.IsDir() {
					archiveOf(t, filepath.Join(each, e.Name()+".tar"), from, e.Name()+"/")
					continue
				}
				data, err := os.ReadFile(from)
				if err == nil {
					err = os.WriteFile(filepath.Join(each, e.Name()), data, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, objects := range boxes {
				want := rowsOf(t, name+":"+s.Root, objects)
				for _, dir := range []string{one, each, zips} {
					if dir == zips && strings.HasPrefix(name, "cifar") {
						continue
					}
					got := rowsOf(t, name+":"+dir, objects)
					if strings.Join(got, "\n") != strings.Join(want, "\n") {
						t.Errorf("%s: %d rows, as unpacked %d, the first:\n%.200s\n%.200s", dir, len(got), len(want), got[0], want[0])
					}
				}
			}
		})
	}
}

// TestPackedWrong: archives that cannot be read in place are told with what is to be done.
func TestPackedWrong(t *testing.T) {
	s := drawListed(t, "mit67")
	whole := filepath.Join(t.TempDir(), "set.tar")
	archiveOf(t, whole, s.Root, "")
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"set.tar.gz", gz.Bytes(), "unpack set.tar.gz first"},
		{"set.tgz", gz.Bytes(), "unpack set.tgz first"},
		{"set.tar", gz.Bytes(), "is compressed by gzip"},
		{"set.tar", data[:len(data)/2], "it was cut"},
		{"set.zip", data, "zip"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.name), c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := datasets.Open(t.Context(), "mit67:"+dir, datasets.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "expected:") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// What was unpacked is read, whatever stands beside it.
	if err := os.WriteFile(filepath.Join(s.Root, "damaged.tar"), data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if rows := rowsOf(t, "mit67:"+s.Root, ""); len(rows) != 32 {
		t.Errorf("%d rows", len(rows))
	}
}
