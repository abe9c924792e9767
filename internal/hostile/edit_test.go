package hostile

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestAnyFile: the engine of the go command hands over any bytes as a file; what edits and mends takes them all.
func TestAnyFile(t *testing.T) {
	words := []string{"PAR1", "x"}
	edits := []func(file, edits []byte) []byte{
		func(file, edits []byte) []byte { return edited(file, edits, words) }, EditProto(words), EditParquetFooter(words),
	}
	mends := []func(before, after []byte) []byte{MendGzip, MendPNG, MendZip, MendParquet, MendTar}
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 2000 {
		file := make([]byte, rng.IntN(40))
		for i := range file {
			bits := rng.Uint32()
			file[i] = byte(bits) & byte(bits>>8) & byte(bits>>16) // many zeros
		}
		was := bytes.Clone(file)
		for _, edit := range edits {
			for _, mend := range mends {
				mend(file, bytes.Clone(edit(file, randomEdits(rng, 1+n%8))))
			}
		}
		if !bytes.Equal(file, was) {
			t.Fatalf("%q became %q", was, file)
		}
	}
}
