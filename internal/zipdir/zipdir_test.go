package zipdir

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"fc7/internal/hostile"
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

func FuzzOpen(f *testing.F) { openTarget(f).Fuzz(f) }

func TestDamaged(t *testing.T) { openTarget(t).Test(t, "FuzzOpen") }

// openTarget reads an archive's directory, and where its members lie.
func openTarget(t testing.TB) *hostile.Target {
	t.Helper()
	x := &hostile.Target{
		Words: []string{"PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "\x01\x00\x18\x00", "\xff\xff\xff\xff", "\xff\xff"},
		Mend:  hostile.MendZip,
		Alloc: func(n int) uint64 { return 4<<20 + 64*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			z, err := Open(bytes.NewReader(file), int64(len(file)), 1<<16)
			if err != nil {
				return err
			}
			for _, m := range z.File {
				at, _ := m.DataOffset()
				r.Text(m.Name)
				r.Int(int(at))
			}
			return nil
		},
	}
	for n := range 10 {
		x.Seeds = append(x.Seeds, archive(t, n))
	}
	return x
}
