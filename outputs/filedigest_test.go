package outputs

import (
	"bytes"
	"testing"
)

// FuzzDigests: whatever the file is, its digests are computed, and no file but the one that was written has the digest
// that it states.
func FuzzDigests(f *testing.F) {
	cols := []Column{NewColumn("fc7", 256, 3, Float32)}
	good := mustRead(f, writeShard(f, f.TempDir(), 0, 1, cols, testIdentity(3), testRows(3, cols), 0))
	f.Add(good)
	f.Add(good[:len(good)-9])
	f.Add(append(bytes.Clone(good), good...))
	f.Add([]byte("PAR1PAR1PAR1\x08\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := digests(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if d.Own != "" && d.Check() == nil && !bytes.Equal(b, good) && bytes.HasPrefix(b, good[:len(good)/2]) {
			t.Errorf("%d bytes state their own digest", len(b))
		}
	})
}
