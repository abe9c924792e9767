package zipdir

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
)

// archive has n members of no content with names of 200 bytes.
func archive(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for range n {
		if _, err := w.Create(strings.Repeat("n", 200)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.CreateHeader(&zip.FileHeader{Name: "last", Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(f, strings.Repeat("content ", 10_000))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpen(t *testing.T) {
	b := archive(t, 1000)
	z, err := Open(bytes.NewReader(b), int64(len(b)), 1<<20)
	if err != nil || len(z.File) != 1001 {
		t.Fatalf("%v", err)
	}
	for range 20 { // members are not counted, though that is more than the directory may have
		f, err := z.Open("last")
		if err != nil {
			t.Fatal(err)
		}
		if content, err := io.ReadAll(f); err != nil || len(content) != 80_000 {
			t.Fatalf("%d bytes, %v", len(content), err)
		}
	}
	_, err = Open(bytes.NewReader(b), int64(len(b)), 100_000)
	if err == nil || !strings.Contains(err.Error(), "directory is larger than the 100000 bytes") {
		t.Errorf("a directory of 250 kB: %v", err)
	}
	_, err = Open(bytes.NewReader(b[:len(b)-100]), int64(len(b)-100), 1<<20)
	if err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("cut: %v", err)
	}
}

// As many bytes as may be are read, and not one more.
func TestMetered(t *testing.T) {
	m := &metered{r: strings.NewReader("123456"), most: 5}
	m.left.Store(m.most)
	if n, err := m.ReadAt(make([]byte, 5), 0); n != 5 || err != nil {
		t.Errorf("5 of 5 bytes: %d, %v", n, err)
	}
	if n, err := m.ReadAt(make([]byte, 1), 5); n != 0 || err == nil {
		t.Errorf("one more: %d, %v", n, err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(archive(f, 2))
	f.Fuzz(func(_ *testing.T, b []byte) {
		z, err := Open(bytes.NewReader(b), int64(len(b)), 1<<16)
		if err != nil {
			return
		}
		for _, m := range z.File {
			_, _ = m.DataOffset()
		}
	})
}
