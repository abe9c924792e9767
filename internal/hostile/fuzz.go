package hostile

import (
	"hash/maphash"
	"testing"
)

var resultSeed = maphash.MakeSeed()

// Fuzz is the fuzz target: a file, and edits of it.
func (x *Target) Fuzz(f *testing.F) {
	for _, s := range x.Seeds {
		f.Add(s, []byte(nil))
	}
	for i, s := range x.Seeds {
		f.Add(s, []byte{byte(i), byte(i * 37), byte(i * 91), byte(i), byte(i * 7)})
	}
	f.Fuzz(func(t *testing.T, file, edits []byte) {
		if len(file) > most {
			return
		}
		mend := len(edits) >= editBytes
		if mend {
			file = x.mutated(file, edits)
		}
		r, again := newResult(resultSeed), newResult(resultSeed)
		before := allocated()
		err := x.read(file, r, mend)
		if n := allocated() - before; n > x.alloc(len(file)) {
			t.Errorf("%d bytes allocated for a file of %d, want at most %d", n, len(file), x.alloc(len(file)))
		}
		if r.wrong != "" {
			t.Error(r.wrong)
		}
		if wrong := x.differs(file, r, again, err); wrong != "" {
			t.Error(wrong)
		}
	})
}

// differs reads a file again, and tells what is another than r and err.
func (x *Target) differs(file []byte, r, again *Result, err error) string {
	read := x.Again
	if read == nil {
		read = x.Read
	}
	again.reset()
	other := read(file, again)
	switch {
	case again.wrong != "":
		return "read again: " + again.wrong
	case (err == nil) != (other == nil) || err != nil && err.Error() != other.Error():
		return "read with error " + text(err) + ", and again with " + text(other)
	case err == nil && r.hash.Sum64() != again.hash.Sum64():
		return "read twice, with different results"
	}
	return ""
}

func text(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}
