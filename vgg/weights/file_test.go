package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestFileOfEachFormat(t *testing.T) {
	for name, format := range map[string]string{
		"state_zip.pth": "pytorch-zip", "state_legacy.pth": "pytorch-legacy", "counting.safetensors": "safetensors",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			// The name says nothing: the format is told by the content.
			renamed := filepath.Join(t.TempDir(), "weights.html")
			if err := os.WriteFile(renamed, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			f := mustOpen(t, renamed)
			if f.Format != format || f.Path != renamed || f.Size != int64(len(raw)) || f.Metadata == nil {
				t.Errorf("format %s, path %s, size %d", f.Format, f.Path, f.Size)
			}
			for _, tensor := range f.Tensors {
				if f.Lookup(tensor.Name) != tensor {
					t.Errorf("%q is not found by its name", tensor.Name)
				}
			}
			if f.Lookup("no such") != nil {
				t.Error("found a tensor that does not exist")
			}
		})
	}
}

func TestDigest(t *testing.T) {
	path := filepath.Join("testdata", "state_zip.pth")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	f := mustOpen(t, path)
	m := &meter{r: f.src.r}
	f.src.r = m
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := f.SHA256(t.Context())
			if err != nil || got != hex.EncodeToString(sum[:]) {
				t.Errorf("digest %s, %v", got, err)
			}
		})
	}
	wg.Wait()
	if m.bytes != len(raw) {
		t.Errorf("%d bytes read for four digests of %d", m.bytes, len(raw))
	}
}

func TestCloseTwice(t *testing.T) {
	f, err := Open(filepath.Join("testdata", "state_zip.pth"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Every beginning of a good file is an error, never a panic and never fewer tensors.
func TestEveryTruncation(t *testing.T) {
	for _, name := range []string{"state_zip.pth", "state_legacy.pth", "checkpoint_legacy.pth", "counting.safetensors"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := range raw {
			if f, err := openBytes(raw[:n]); err == nil {
				t.Fatalf("%s: the first %d of %d bytes open as %d tensors", name, n, len(raw), len(f.Tensors))
			}
		}
	}
}
