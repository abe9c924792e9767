package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// golden is what PyTorch read back from the files that it wrote; testdata/make_torch.py made both.
type golden struct {
	Shape   []int  `json:"shape"`
	Dtype   string `json:"dtype"`
	Float32 string `json:"float32"`
}

func readGolden(t *testing.T) map[string]map[string]golden {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]golden
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFilesOfPyTorch(t *testing.T) {
	all := readGolden(t)
	if len(all) != 11 {
		t.Fatalf("%d files, expected 11", len(all))
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			f := mustOpen(t, filepath.Join("testdata", name))
			if len(f.Tensors) != len(all[name]) {
				t.Errorf("%d tensors, expected %d", len(f.Tensors), len(all[name]))
			}
			for key, want := range all[name] {
				got, err := f.Expect(key, want.Shape...)
				if err != nil {
					t.Error(err)
					continue
				}
				if got.Dtype.String() != want.Dtype {
					t.Errorf("%q is %s, expected %s", key, got.Dtype, want.Dtype)
				}
				raw, err := base64.StdEncoding.DecodeString(want.Float32)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(littleFloats(readAll(t, got)...), raw) {
					t.Errorf("%q: other numbers than PyTorch's", key)
				}
			}
		})
	}
}

// Digests of all elements as float32 in the order of the file, computed with PyTorch 1.13.
func TestRealLegacyFiles(t *testing.T) {
	for name, want := range map[string]struct {
		digest string
		shapes map[string][]int
	}{
		"lpips_vgg.pth": {
			"9153a2043dccf3b525d4f13db916e93ef040548ea923b6f2100de5ebac141a78",
			map[string][]int{"lin0.model.1.weight": {1, 64, 1, 1}, "lin4.model.1.weight": {1, 512, 1, 1}},
		},
		"vgg_normalised_conv3_1.pth": {
			"77aa7e4deb7aecb7473209b92a6c43cfc5d211faeb974ec057331ca23bdfbff1",
			map[string][]int{"0.weight": {3, 3, 1, 1}, "2.weight": {64, 3, 3, 3}, "16.weight": {256, 128, 3, 3}, "16.bias": {256}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustOpen(t, realWeights(t, name))
			for key, shape := range want.shapes {
				if _, err := f.Expect(key, shape...); err != nil {
					t.Error(err)
				}
			}
			hash := sha256.New()
			for _, tensor := range f.Tensors {
				data := readAll(t, tensor)
				if err := checkFinite(tensor, data); err != nil {
					t.Error(err)
				}
				hash.Write(littleFloats(data...))
			}
			if got := hex.EncodeToString(hash.Sum(nil)); got != want.digest {
				t.Errorf("digest %s, expected %s", got, want.digest)
			}
		})
	}
}

// What PyTorch can save and this package refuses, with the reason.
func TestRefusedFilesOfPyTorch(t *testing.T) {
	for name, texts := range map[string][]string{
		"module_zip.pth":    {"found a whole __main__.Tiny", "torch.save(torch.load(IN).state_dict(), OUT)"},
		"module_legacy.pth": {"found a whole __main__.Tiny", "state_dict()"},
		"model_inside.pth":  {`a whole __main__.Tiny under "model"`},
		"script.pt":         {"TorchScript"},
		"single.pth":        {"single tensor without a name"},
		"list.pth":          {"found a list of 1"},
		"nothing.pth":       {"dictionary without tensors", `"epoch", "name"`},
		"complex.pth":       {`tensor "weight"`, "torch.ComplexFloatStorage", "not supported"},
		"expanded.pth":      {`tensor "weight"`, "2 elements of its storage", "view of 6", "contiguous()"},
		"quantized.pth":     {`tensor "weight"`, "torch._utils._rebuild_qtensor"},
		"sparse.pth":        {`tensor "weight"`, "torch._utils._rebuild_sparse_tensor"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name)
			_, err := Open(path)
			wantError(t, err, append(texts, path+": pytorch-")...)
		})
	}
}

func TestBadViews(t *testing.T) {
	const huge = math.MaxInt
	good := view{"FloatStorage", "0", 6, 0, []int{2, 3}, []int{3, 1}}
	for name, c := range map[string]struct {
		change func(*view)
		text   string
	}{
		"shape beyond storage":   {func(v *view) { v.shape = []int{3, 3} }, "within its storage of 6 elements"},
		"offset beyond storage":  {func(v *view) { v.offset = 1 }, "within its storage"},
		"offset far beyond":      {func(v *view) { v.offset = huge }, "within the storage"},
		"offset negative":        {func(v *view) { v.offset = -1 }, "at least 0"},
		"offset negative, one":   {func(v *view) { v.offset, v.shape, v.stride = -1, []int{1}, []int{1} }, "at least 0"},
		"strides too wide":       {func(v *view) { v.stride = []int{4, 1} }, "within its storage"},
		"strides overflow":       {func(v *view) { v.stride = []int{huge, huge} }, "within the storage"},
		"strides negative":       {func(v *view) { v.stride = []int{-3, 1} }, "at least 0, found -3"},
		"strides missing":        {func(v *view) { v.stride = []int{3} }, "a stride for each axis"},
		"shape overflows":        {func(v *view) { v.shape, v.stride = []int{huge, huge}, []int{0, 0} }, "more elements"},
		"shape negative":         {func(v *view) { v.shape = []int{-2, 3} }, "at least 0, found -2"},
		"repeated":               {func(v *view) { v.shape, v.stride = []int{1 << 40}, []int{0} }, "repeats"},
		"too many axes":          {func(v *view) { v.shape = make([]int, 65) }, "at most 64"},
		"storage count":          {func(v *view) { v.count = 7 }, "expected 28 bytes"},
		"storage count negative": {func(v *view) { v.count = -6 }, "count"},
		"storage count overflow": {func(v *view) { v.count = huge / 2 }, "more than a file can hold"},
		"storage class":          {func(v *view) { v.class = "OddStorage" }, "torch.OddStorage are not supported"},
		"storage key":            {func(v *view) { v.key = "1" }, `"a/data/1" in the archive`},
	} {
		t.Run(name, func(t *testing.T) {
			v := good
			c.change(&v)
			_, err := openBytes(zipOf(t, entry{"a/data.pkl", statePickle("conv", v)}, entry{"a/data/0", make([]byte, 24)}))
			wantError(t, err, "memory: pytorch-zip: ", `tensor "conv"`, c.text)
		})
	}
	f := mustOpenBytes(t, zipOf(t, entry{"a/data.pkl", statePickle("conv", good)}, entry{"a/data/0", littleFloats(counting(6)...)}))
	sameBits(t, readAll(t, f.Lookup("conv")), counting(6))
}

// Calls and arguments that no PyTorch writes.
func TestBadTensorRecords(t *testing.T) {
	rebuild := func() *pickler { return newPickler().op("}").text("w").name("torch._utils", "_rebuild_tensor_v2") }
	storage := func(p *pickler) *pickler {
		return p.op("(").text("storage").name("torch", "FloatStorage").text("0").text("cpu").num(1).op("tQ")
	}
	for text, p := range map[string]*pickler{
		"found 0 arguments":                     rebuild().op(")"),
		"reference to a storage, found 1":       rebuild().nums(1, 2, 3, 4),
		"reference to a storage, found one to":  rebuild().op("(").text("x").op("Q").num(0).op("))t"),
		"storage's class, key and count":        rebuild().op("((").text("storage").num(1).num(2).num(3).num(4).op("tQ").num(0).op("))t"),
		"expected an offset":                    storage(rebuild().op("(")).op("N))t"),
		"shape: expected a tuple of ints":       storage(rebuild().op("(")).num(0).op("N)t"),
		"strides: expected a tuple of ints":     storage(rebuild().op("(")).num(0).op(")Nt"),
		"shape: expected an int of at least 0,": storage(rebuild().op("(")).num(0).op("(NtNt"),
	} {
		_, err := openBytes(zipOf(t, entry{"a/data.pkl", p.op("Rs").stop()}))
		wantError(t, err, `tensor "w"`, text)
	}
	_, err := openBytes(zipOf(t, entry{"a/data.pkl", statePickle("\xff", view{class: "FloatStorage"})}))
	wantError(t, err, "name in UTF-8")
}

// Parameters and tensors with attributes wrap the call of a tensor; a class of its own may mean anything.
func TestWrappedTensors(t *testing.T) {
	v := view{"FloatStorage", "0", 2, 0, []int{2}, []int{1}}
	open := func(p *pickler) (*File, error) {
		return openBytes(zipOf(t, entry{"a/data.pkl", p.op("s").stop()}, entry{"a/data/0", littleFloats(3, 4)}))
	}
	parameter := func(p *pickler, inner func(*pickler)) {
		p.name("torch._utils", "_rebuild_parameter").op("(")
		inner(p)
		p.op("\x89}tR")
	}
	p := newPickler().op("}").text("w")
	parameter(p, func(p *pickler) { p.tensor(v) })
	f, err := open(p)
	if err != nil {
		t.Fatal(err)
	}
	sameBits(t, readAll(t, f.Lookup("w")), []float32{3, 4})

	deep := func(p *pickler) { p.tensor(v) }
	for range 9 {
		inner := deep
		deep = func(p *pickler) { parameter(p, inner) }
	}
	p = newPickler().op("}").text("w")
	deep(p)
	_, err = open(p)
	wantError(t, err, "expected a tensor")

	for class, ok := range map[string]bool{"Tensor": true, "Other": false} {
		p := newPickler().op("}").text("w").name("torch._tensor", "_rebuild_from_type_v2").op("(")
		p.name("torch._utils", "_rebuild_tensor_v2").name("torch", class).op("((")
		p.text("storage").name("torch.cuda", "FloatStorage").text("0").text("cuda:0").num(2).op("tQ")
		f, err := open(p.num(0).nums(2).nums(1).op("t}tR"))
		if (err == nil) != ok {
			t.Errorf("%s: %v", class, err)
		}
		if ok {
			sameBits(t, readAll(t, f.Lookup("w")), []float32{3, 4})
		}
	}
}

func TestLongNamesStayOutOfMessages(t *testing.T) {
	_, err := openBytes(zipOf(t, entry{"a/data.pkl", statePickle(strings.Repeat("x", 1<<20), view{class: strings.Repeat("y", 4000)})}))
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("%d bytes of message", len(err.Error()))
	}
}
