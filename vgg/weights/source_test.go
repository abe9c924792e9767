package weights

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func newMemory(data []byte) *source {
	return &source{path: "memory", size: int64(len(data)), r: bytes.NewReader(data)}
}

func TestSourceReadsAllOrFails(t *testing.T) {
	s := newMemory([]byte("weights"))
	p := make([]byte, 4)
	if n, err := s.ReadAt(p, 3); n != 4 || err != nil || string(p) != "ghts" {
		t.Errorf("got %d, %v, %q", n, err, p)
	}
	_, err := s.ReadAt(p, 4)
	wantError(t, err, "memory", "truncated", "4 bytes from 4 on", "found 3")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v is no ErrUnexpectedEOF", err)
	}
}

func TestOpenWhatIsNoFile(t *testing.T) {
	_, err := Open(t.TempDir())
	wantError(t, err, "expected a file", "folder")
	_, err = Open(os.DevNull)
	wantError(t, err, os.DevNull, "not a plain file")
	_, err = Open(filepath.Join(t.TempDir(), "absent"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v is no ErrNotExist", err)
	}
}

// changeable writes a file of one large tensor and opens it.
func changeable(t *testing.T) (string, *File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	data := SliceSource("w", []int{1 << 15}, counting(1<<15))
	if err := WriteSafetensors(path, []Source{data}, SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path, mustOpen(t, path)
}

func TestTruncatedAfterOpening(t *testing.T) {
	path, f := changeable(t)
	if err := os.Truncate(path, 5000); err != nil {
		t.Fatal(err)
	}
	err := f.Tensors[0].ReadFloat32(make([]float32, 1<<15))
	wantError(t, err, path, `"w"`, "changed while it was open", "5000 now")
	_, err = f.SHA256()
	wantError(t, err, "changed while it was open")
	_, err = f.Tensors[0].Statistics(t.Context())
	wantError(t, err, "changed while it was open")
}

func TestOverwrittenAfterOpening(t *testing.T) {
	path, f := changeable(t)
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.WriteAt([]byte("other"), 5000); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	// Clocks of file systems are coarse; a later time stands for a later write.
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	err = f.Tensors[0].ReadFloat32(make([]float32, 1<<15))
	wantError(t, err, "changed while it was open")
}

func TestReadAfterClose(t *testing.T) {
	_, f := changeable(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	err := f.Tensors[0].ReadFloat32(make([]float32, 1<<15))
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v is no ErrClosed", err)
	}
}
