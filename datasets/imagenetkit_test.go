package datasets

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"
)

func metaFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var metaSynsets = []devkitSynset{{1, "n02119789"}, {2, "n02100735"}, {3, "n01440764"}, {4, "n03255030"}, {5, "n02083346"}}

// scipy wrote both files: one packed as MATLAB does, one plain, after another variable.
func TestReadMeta(t *testing.T) {
	for _, name := range []string{"meta.mat", "meta_plain.mat"} {
		got, err := readMeta(bytes.NewReader(metaFile(t, name)))
		if err != nil || !reflect.DeepEqual(got, metaSynsets) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Damage anywhere is an error, never a panic, and never other synsets in silence.
func TestReadMetaCut(t *testing.T) {
	whole := metaFile(t, "meta_plain.mat")
	for n := range whole {
		if got, err := readMeta(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("cut at byte %d: read %v", n, got)
		}
	}
	_, err := readMeta(bytes.NewReader(append([]byte("\x89HDF\r\n\x1a\n"), make([]byte, 200)...)))
	wantError(t, err, "7.3", "-v7")
}

// A kit whose synsets are not what they should be says which one and why.
func TestReadMetaBad(t *testing.T) {
	plain := metaFile(t, "meta_plain.mat")
	rename := func(data []byte, from, to string) []byte { // the names of fields stand in slots filled with zeros
		slot := make([]byte, max(len(from), len(to))+1)
		copy(slot, from)
		renamed := make([]byte, len(slot))
		copy(renamed, to)
		return bytes.Replace(data, slot, renamed, 1)
	}
	double := func(x float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)) }
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"no number":      {rename(plain, "ILSVRC2012_ID", "id"), []string{"synset 1", "ILSVRC2012_ID", "one number, found nothing"}},
		"text as number": {rename(rename(plain, "ILSVRC2012_ID", "id"), "words", "ILSVRC2012_ID"), []string{"synset 1", "one number, found a char array"}},
		"half a number":  {bytes.Replace(plain, double(5), double(5.5), 1), []string{"synset 5", "whole number", "5.5"}},
		"no text":        {rename(plain, "WNID", "none"), []string{"synset 1", `found 1 and ""`}},
		"no WordNet id":  {bytes.Replace(plain, []byte("n02100735"), []byte("n0210073x"), 1), []string{"synset 2", `"n0210073x"`}},
		"other name":     {bytes.Replace(plain, []byte("synsets"), []byte("synsetz"), 1), []string{"variable synsets"}},
		"bomb":           {packedZeros(t, plain[:128], maxMetaBytes+1), []string{"at most 16777216 bytes, found one of 16777217"}},
	} {
		_, err := readMeta(bytes.NewReader(c.data))
		wantError(t, err, c.want...)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// packedZeros is a MATLAB file with one compressed array of n zeros.
func packedZeros(t *testing.T, header []byte, n int) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	const matrix, compressed = 14, 15
	tag := func(kind, n int) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(kind)), uint32(n))
	}
	for _, b := range [][]byte{tag(matrix, n), make([]byte, n)} {
		if _, err := z.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(header, tag(compressed, packed.Len()), packed.Bytes())
}
