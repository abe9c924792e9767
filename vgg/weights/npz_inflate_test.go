package weights

import (
	"bytes"
	"compress/flate"
	"hash/crc32"
	"testing"
)

// inflaterOf deflates data behind some other bytes.
func inflaterOf(t testing.TB, data []byte) *inflater {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("before")
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &inflater{src: newMemory(b.Bytes()), off: 6, packed: int64(b.Len() - 6), size: int64(len(data)), sum: crc32.ChecksumIEEE(data)}
}

func someBytes(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i * i >> 3)
	}
	return out
}

// Reads in any order give what a plain reader gives.
func TestInflatePositions(t *testing.T) {
	data := someBytes(200_000)
	for _, whole := range []bool{false, true} {
		in := inflaterOf(t, data)
		in.whole = whole
		for _, r := range [][2]int{{0, 10}, {10, 70_000}, {150_000, 50_000}, {0, 200_000}, {5, 5}, {3, 9}, {200_000, 0}, {199_999, 1}} {
			p := make([]byte, r[1])
			if n, err := in.ReadAt(p, int64(r[0])); n != r[1] || err != nil || !bytes.Equal(p, data[r[0]:r[0]+r[1]]) {
				t.Errorf("whole %v, %v: got %d, %v", whole, r, n, err)
			}
		}
		_, err := in.ReadAt(make([]byte, 2), 199_999)
		wantError(t, err, "truncated")
		_, err = in.ReadAt(make([]byte, 2), -1)
		wantError(t, err, "truncated")
	}
}

func TestInflateDamage(t *testing.T) {
	data := someBytes(5000)
	for _, whole := range []bool{false, true} {
		for text, spoil := range map[string]func(*inflater){
			"CRC-32":                     func(in *inflater) { in.sum++ },
			"byte 5000 of 1099511627776": func(in *inflater) { in.size = 1 << 40 },
			"fetch it again":             func(in *inflater) { in.packed /= 2 },
		} {
			in := inflaterOf(t, data)
			in.whole = whole
			spoil(in)
			for range 2 { // an error does not go away
				_, err := in.ReadAt(make([]byte, 2500), 2500)
				if in.size > 5000 {
					_, err = in.ReadAt(make([]byte, 10), in.size-10)
				}
				wantError(t, err, text)
			}
		}
	}
}

func FuzzInflate(f *testing.F) {
	in := inflaterOf(f, []byte("weights, weights"))
	packed := make([]byte, in.packed)
	if _, err := in.src.ReadAt(packed, in.off); err != nil {
		f.Fatal(err)
	}
	f.Add(packed, uint16(16), uint16(3), uint16(4))
	f.Fuzz(func(t *testing.T, packed []byte, size, off, n uint16) {
		in := &inflater{src: newMemory(packed), packed: int64(len(packed)), size: int64(size)}
		p := make([]byte, n)
		if got, err := in.ReadAt(p, int64(off)); err == nil && (got != int(n) || int(off)+int(n) > int(size)) {
			t.Errorf("read %d of %d bytes from %d on out of %d", got, n, off, size)
		}
	})
}
