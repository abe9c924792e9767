package weights

import (
	"slices"
	"strings"
	"testing"

	"fc7/internal/pickle"
)

// numpyArrayPickle is the instructions that make an array: its elements are a Python 2 string.
func numpyArrayPickle(code, order string, fortran int, data string, shape ...int) string {
	p := &pickler{}
	p.name("numpy.core.multiarray", "_reconstruct").name("numpy", "ndarray").op("K\x00\x85U\x01b\x87R")
	p.op("(K\x01").nums(shape...)
	p.name("numpy", "dtype").text(code).op("\x89\x88\x87R(K\x03").text(order).op("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb")
	p.op("K" + string(rune(fortran))).op("U" + string(rune(len(data))) + data).op("tb")
	return p.String()
}

// layersPickle is {'conv': [array, array]}.
func layersPickle(array string) []byte {
	return newPickler().op("}").text("conv").op("](").op(array).op(array).op("es").stop()
}

func openObject(pickle []byte) (*File, error) {
	return openBytes(npyOf("{'descr': '|O', 'fortran_order': False, 'shape': (), }", pickle...))
}

func names(f *File) []string {
	var out []string
	for _, t := range f.Tensors {
		out = append(out, t.Name)
	}
	return out
}

func TestNumpyNames(t *testing.T) {
	a := numpyArrayPickle("u1", "|", 0, "\x01\x02", 2)
	for name, c := range map[string]struct {
		pickle []byte
		want   []string
	}{
		"lists":         {layersPickle(a), []string{"conv.weights", "conv.biases"}},
		"long list":     {newPickler().op("}").text("conv").op("](" + a + a + a + "es").stop(), []string{"conv.0", "conv.1", "conv.2"}},
		"tuple":         {newPickler().op("}").text("conv").op(a + a + "\x86s").stop(), []string{"conv.weights", "conv.biases"}},
		"dictionaries":  {newPickler().op("}").text("conv").op("}").text("alpha").op(a + "ss").stop(), []string{"conv.alpha"}},
		"flat":          {newPickler().op("}").text("conv_W").op(a + "s").stop(), []string{"conv_W"}},
		"numbers":       {newPickler().op("}K\x07" + a + "sK\x08K\x09s").stop(), []string{"7"}},
		"bytes as keys": {newPickler().op("}C\x01w" + a + "s").stop(), []string{"w"}},
		"alone":         {newPickler().op(a).stop(), []string{"array"}},
		"beside facts":  {newPickler().op("}").text("n").op("K\x03s").text("w").op(a + "s").text("none").op("Ns").stop(), []string{"w"}},
	} {
		f, err := openObject(c.pickle)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := names(f); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, expected %q", name, got, c.want)
		}
		sameBits(t, readAll(t, f.Tensors[0]), []float32{1, 2})
	}
}

func TestNumpyOrders(t *testing.T) {
	for name, array := range map[string]string{
		"row-major":    numpyArrayPickle("i2", "<", 0, "\x00\x00\x01\x00\x02\x00\x03\x00", 2, 2),
		"column-major": numpyArrayPickle("i2", "<", 1, "\x00\x00\x02\x00\x01\x00\x03\x00", 2, 2),
		"big-endian":   numpyArrayPickle("i2", ">", 1, "\x00\x00\x00\x02\x00\x01\x00\x03", 2, 2),
	} {
		f, err := openObject(layersPickle(array))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sameBits(t, readAll(t, f.Lookup("conv.weights")), counting(4))
	}
}

func TestLatin1Bytes(t *testing.T) {
	encode := pickle.Global{Module: "_codecs", Name: "encode"}
	got, err := latin1Bytes(&pickle.Object{Callee: encode, Args: pickle.Tuple{"aé\u0000ÿ", "latin1"}})
	if err != nil || !slices.Equal(got, []byte{'a', 0xe9, 0, 0xff}) {
		t.Errorf("got % x, %v", got, err)
	}
	if got, err := latin1Bytes(&pickle.Object{Callee: pickle.Global{Module: "__builtin__", Name: "bytes"}}); err != nil || len(got) != 0 {
		t.Errorf("got % x, %v", got, err)
	}
	for text, o := range map[string]*pickle.Object{
		"found character U+0100": {Callee: encode, Args: pickle.Tuple{"Ā", "latin1"}},
		"found an object made":   {Callee: encode, Args: pickle.Tuple{"a", "utf8"}},
		"made by posix.system":   {Callee: pickle.Global{Module: "posix", Name: "system"}, Args: pickle.Tuple{"a", "latin1"}},
		"an unnamed class":       {Callee: pickle.Tuple{}, Args: pickle.Tuple{"a", "latin1"}},
		"a text to encode":       {Callee: encode, Args: pickle.Tuple{int64(1), "latin1"}},
	} {
		_, err := latin1Bytes(o)
		wantError(t, err, text)
	}
}

func TestBadNumpyPickles(t *testing.T) {
	a := numpyArrayPickle("f4", "<", 0, "abcd", 1)
	dict := func(value string) []byte { return newPickler().op("}").text("w").op(value + "s").stop() }
	for text, pickle := range map[string][]byte{
		`"w": expected arrays, found an object made by posix`: dict("cposix\nsystem\nU\x04true\x85R"),
		"expected 8 bytes for shape [2] of float32, found 4":  dict(numpyArrayPickle("f4", "<", 0, "abcd", 2)),
		`found element type "=f4"`:                            dict(numpyArrayPickle("f4", "=", 0, "abcd", 1)),
		`found element type "<c8"`:                            dict(numpyArrayPickle("c8", "<", 0, "abcdabcd", 1)),
		"expected a size, found -1":                           dict(numpyArrayPickle("f4", "<", 0, "abcd", -1)),
		"shape of at most 64 axes":                            dict(numpyArrayPickle("f4", "<", 0, "abcd", make([]int, 65)...)),
		"the order of an array's elements, found 2":           dict(numpyArrayPickle("f4", "<", 2, "abcd", 1)),
		"expected an element type, found an object":           dict(strings.Replace(a, "cnumpy\ndtype", "cnumpy\nwhat", 1)),
		"the five parts of an array, found None":              dict("cnumpy.core.multiarray\n_reconstruct\n)R"),
		"texts as keys, found None":                           newPickler().op("}N" + a + "s").stop(),
		"of 1 to 512 bytes, found \"xxxx":                     newPickler().op("}").text(strings.Repeat("x", 513)).op(a + "s").stop(),
		"a name in UTF-8 of 1 to 512 bytes":                   newPickler().op("}U\x01\xff" + a + "s").stop(),
		"nested at most 6 deep":                               newPickler().op("}\x94").text("d").op("h\x00s").stop(),
		"two tensors named":                                   newPickler().op("}").text("w.a").op(a + "s").text("w").op("}").text("a").op(a + "ss").stop(),
	} {
		_, err := openObject(pickle)
		wantError(t, err, "memory: numpy: ", text)
	}
}

// Lists that share lists stand for more values than the pickle has bytes.
func TestNumpyValuesAreCounted(t *testing.T) {
	p := newPickler().op("](" + strings.Repeat("N", 100) + "e")
	for i := range 3 {
		key := string(rune(i))
		p.op("q" + key + "](" + strings.Repeat("h"+key, 100) + "e")
	}
	_, err := openObject(p.stop())
	wantError(t, err, "at most 65536 values")
}

// One text may be encoded for any number of arrays.
func TestNumpyTextIsCounted(t *testing.T) {
	w := &numpyWalk{held: pickle.MaxText - 3}
	text := &pickle.Object{Callee: pickle.Global{Module: "_codecs", Name: "encode"}, Args: pickle.Tuple{"abcd", "latin1"}}
	wantError(t, w.locate(&numpyArray{}, text), "at most 67108864 bytes")
}
