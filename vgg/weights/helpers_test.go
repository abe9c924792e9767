package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openBytes opens a file that exists in memory only.
func openBytes(data []byte) (*File, error) {
	s := &source{path: "memory", size: int64(len(data)), r: bytes.NewReader(data)}
	if err := s.readHead(); err != nil {
		return nil, err
	}
	return newFile(s)
}

func mustOpenBytes(t *testing.T, data []byte) *File {
	t.Helper()
	f, err := openBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustOpen(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// realWeights returns the path of a file that nobody here wrote, and skips the test where there is none.
func realWeights(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "weights", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real file to test with: %v", err)
	}
	return path
}

func readAll(t *testing.T, tensor *Tensor) []float32 {
	t.Helper()
	out := make([]float32, tensor.Len())
	if err := tensor.ReadFloat32(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// wantError fails unless err has every one of the texts.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; expected one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not say %q", err, text)
		}
	}
}

// sameBits fails unless both hold the same bits; NaNs have to be alike too.
func sameBits(t *testing.T, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d elements, expected %d", len(got), len(want))
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("element %d is %g, expected %g", i, got[i], want[i])
		}
	}
}

// littleFloats returns values as a file stores them.
func littleFloats(values ...float32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// counting returns 0, 1, 2, ...
func counting(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(i)
	}
	return out
}

// pickler writes pickles of protocol 2, as torch.save does.
type pickler struct{ bytes.Buffer }

func newPickler() *pickler {
	p := &pickler{}
	p.WriteString("\x80\x02")
	return p
}

func (p *pickler) op(code string) *pickler {
	p.WriteString(code)
	return p
}

func (p *pickler) text(s string) *pickler {
	p.WriteByte('X')
	p.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(s))))
	p.WriteString(s)
	return p
}

func (p *pickler) num(n int) *pickler {
	p.WriteByte(0x8a)
	p.WriteByte(8)
	p.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	return p
}

func (p *pickler) nums(ns ...int) *pickler {
	p.op("(")
	for _, n := range ns {
		p.num(n)
	}
	return p.op("t")
}

func (p *pickler) name(module, name string) *pickler {
	return p.op("c" + module + "\n" + name + "\n")
}

// view describes a tensor of a test's pickle.
type view struct {
	class  string // of the storage
	key    string
	count  int
	offset int
	shape  []int
	stride []int
}

func (p *pickler) tensor(v view) *pickler {
	p.name("torch._utils", "_rebuild_tensor_v2").op("((")
	p.text("storage").name("torch", v.class).text(v.key).text("cpu").num(v.count).op("tQ")
	p.num(v.offset).nums(v.shape...).nums(v.stride...)
	return p.op("\x89").name("collections", "OrderedDict").op(")RtR") // requires_grad, backward_hooks
}

func (p *pickler) stop() []byte { return p.op(".").Bytes() }

// statePickle is a state dictionary of one tensor.
func statePickle(name string, v view) []byte {
	return newPickler().op("}").text(name).tensor(v).op("s").stop()
}

// entry is a file of an archive.
type entry struct {
	name string
	data []byte
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	raw, err := zipped(entries...)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func zipped(entries ...entry) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(e.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// legacyPreamble is the first three pickles of the legacy form.
func legacyPreamble() []byte {
	out := append([]byte("\x80\x02\x8a\x0a"), torchMagic...)
	out = append(out, '.')
	out = append(out, newPickler().num(torchProtocol).stop()...)
	return append(out, newPickler().op("}").text("little_endian").op("\x88s").stop()...)
}

// legacyOf is a file in the legacy form; each storage is its count and bytes.
func legacyOf(object []byte, keys []string, storages ...[]byte) []byte {
	out := append(legacyPreamble(), object...)
	list := newPickler().op("](")
	for _, k := range keys {
		list.text(k)
	}
	out = append(out, list.op("e").stop()...)
	for _, s := range storages {
		out = append(out, s...)
	}
	return out
}

func counted(n int, data []byte) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(n)), data...)
}
