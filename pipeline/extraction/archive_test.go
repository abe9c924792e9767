package extraction_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// TestArchiveChanged: an archive that is cut, or another one by now, while its images are extracted stops the run,
// which names it and makes no failed row; when the archive is back, the same job goes on to the bytes of an undisturbed
// one.
func TestArchiveChanged(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shard.tar")
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, it := range set.Items {
		image, err := os.ReadFile(it.At.Path)
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: it.ID + ".jpg", Mode: 0o644, Size: int64(len(image))})
		}
		if err == nil {
			_, err = w.Write(image)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	j.DataSet, j.Choice, j.Out, j.ShardRows = "tar:"+path, datasets.Options{}, filepath.Join(t.TempDir(), "calm"), 1
	if _, err := extraction.Extract(t.Context(), j, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	calm := fixture.TableBytes(t, j.Out)
	other := bytes.Clone(b.Bytes())
	copy(other[512:], make([]byte, len(other)/2)) // of images that came first
	for how, now := range map[string][]byte{"cut": b.Bytes()[:b.Len()/2], "grown": append(b.Bytes(), make([]byte, 512)...), "other bytes": other} {
		j.Out = filepath.Join(t.TempDir(), "out")
		was, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = extraction.Extract(t.Context(), j, conveyor.Events{
			Start: func(conveyor.Start) {
				if err := errors.Join(os.WriteFile(path, now, 0o644), os.Chtimes(path, was.ModTime(), was.ModTime().Add(1))); err != nil {
					t.Error(err)
				}
			},
			Warning: func(w conveyor.Warning) { t.Errorf("%s: %+v", how, w) },
		})
		var m *conveyor.MachineError
		if !errors.As(err, &m) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", how, err)
		}
		if err := errors.Join(os.WriteFile(path, b.Bytes(), 0o644), os.Chtimes(path, was.ModTime(), was.ModTime())); err != nil {
			t.Fatal(err)
		}
		if _, err := extraction.Extract(t.Context(), j, conveyor.Events{}); err != nil {
			t.Fatalf("%s, and back: %v", how, err)
		}
		fixture.SameTable(t, calm, fixture.TableBytes(t, j.Out))
	}
}
