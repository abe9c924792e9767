package weights

import (
	"archive/zip"
	"bytes"
	"testing"
)

var sixFloats = view{"FloatStorage", "0", 6, 0, []int{2, 3}, []int{3, 1}}

func TestTorchArchive(t *testing.T) {
	six := entry{"vgg/data/0", littleFloats(counting(6)...)}
	object := entry{"vgg/data.pkl", statePickle("w", sixFloats)}
	for name, entries := range map[string][]entry{
		"pickle first":     {object, six, {"vgg/version", []byte("3\n")}},
		"pickle last":      {{"vgg/version", []byte("3\n")}, six, object},
		"with byte order":  {object, {"vgg/byteorder", []byte("little")}, {"vgg/.data/serialization_id", []byte("1")}, six},
		"strangers beside": {object, six, {"readme", []byte("hello")}, {"other/data/0", nil}},
	} {
		f := mustOpenBytes(t, zipOf(t, entries...))
		got, err := f.Expect("w", 2, 3)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sameBits(t, readAll(t, got), counting(6))
	}
}

func TestBadTorchArchives(t *testing.T) {
	object := entry{"vgg/data.pkl", statePickle("w", sixFloats)}
	six := entry{"vgg/data/0", make([]byte, 24)}
	for text, entries := range map[string][]entry{
		`"vgg/data/0" in the archive`:          {object},
		"expected 24 bytes":                    {object, {"vgg/data/0", make([]byte, 23)}},
		`"vgg/data/0" twice`:                   {object, six, six},
		`byte order "big"`:                     {object, six, {"vgg/byteorder", []byte("big")}},
		"expected a pickle instruction":        {{"vgg/data.pkl", []byte("?")}, six},
		"data.pkl: pickle, byte 42: truncated": {{"vgg/data.pkl", nil}, six},
		"TorchScript":                          {object, six, {"vgg/constants.pkl", nil}},
	} {
		_, err := openBytes(zipOf(t, entries...))
		wantError(t, err, "memory: pytorch-zip: ", text)
	}
}

func TestCompressedArchive(t *testing.T) {
	for _, compressed := range []string{"vgg/data.pkl", "vgg/data/0"} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, e := range []entry{{"vgg/data.pkl", statePickle("w", sixFloats)}, {"vgg/data/0", make([]byte, 24)}} {
			method := zip.Store
			if e.name == compressed {
				method = zip.Deflate
			}
			f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(e.data); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := openBytes(b.Bytes())
		wantError(t, err, compressed, "neither compressed nor encrypted", "torch.save it again")
	}
}

func TestTruncatedArchive(t *testing.T) {
	raw := zipOf(t, entry{"vgg/data.pkl", statePickle("w", sixFloats)}, entry{"vgg/data/0", make([]byte, 24)})
	_, err := openBytes(raw[:len(raw)-30])
	wantError(t, err, "memory: pytorch-zip: truncated", "fetch it again")
}

// A directory larger than any real one ends the reading before it fills the memory.
func TestHugeDirectory(t *testing.T) {
	entries := make([]entry, 1+maxZipDirectory/250)
	entries[0] = entry{"vgg/data.pkl", nil}
	long := string(bytes.Repeat([]byte("n"), 250))
	for i := range entries[1:] {
		entries[i+1].name = long
	}
	_, err := openBytes(zipOf(t, entries...))
	wantError(t, err, "directory is larger")
}
