package hdf5

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var fixtures = []string{"earliest.h5", "latest.h5"}

func openFixture(t testing.TB, name string) *File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// walk follows a path of names.
func walk(t testing.TB, f *File, path string) *Object {
	t.Helper()
	o, err := f.Root()
	for _, name := range strings.Split(path, "/") {
		if err != nil {
			t.Fatal(err)
		}
		if o, err = o.Lookup(name); o == nil && err == nil {
			t.Fatalf("%s: no %q", path, name)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func dataset(t testing.TB, f *File, path string) *Dataset {
	t.Helper()
	d, err := walk(t, f, path).Dataset()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return d
}

// numbers reads n elements from element first on.
func numbers(t testing.TB, d *Dataset, first, n int) []float64 {
	t.Helper()
	raw := make([]byte, n*d.Type.size)
	if _, err := d.ReadAt(raw, int64(first*d.Type.size)); err != nil {
		t.Fatal(err)
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = number(raw[i*d.Type.size:(i+1)*d.Type.size], d.Type.Code)
	}
	return out
}

func number(raw []byte, code string) float64 {
	raw = slices.Clone(raw)
	if code[0] == '>' {
		slices.Reverse(raw)
	}
	var wide [8]byte
	copy(wide[:], raw)
	bits := binary.LittleEndian.Uint64(wide[:])
	switch code[1:] {
	case "f2": // normal numbers and 0
		if bits&0x7fff == 0 {
			return 0
		}
		return math.Ldexp(1+float64(bits&0x3ff)/1024, int(bits>>10&31)-15)
	case "f4":
		return float64(math.Float32frombits(uint32(bits)))
	case "f8":
		return math.Float64frombits(bits)
	}
	return float64(bits) // the fixtures have no negative numbers
}

func TestTypes(t *testing.T) {
	for _, name := range fixtures {
		f := openFixture(t, name)
		for _, code := range []string{"<f2", "<f4", ">f4", "<f8", ">f8", "|i1", "<i2", ">i4", "<i8", "|u1", ">u2", "<u4", "<u8"} {
			d := dataset(t, f, "types/t_"+strings.NewReplacer("<", "le", ">", "be", "|", "").Replace(code))
			if d.Type.Class != Number || d.Type.Code != code || !slices.Equal(d.Shape, []int{3, 5}) {
				t.Errorf("%s: type %+v, shape %v, expected %s", name, d.Type, d.Shape, code)
			}
			for i, v := range numbers(t, d, 0, 15) {
				if v != float64(i) {
					t.Fatalf("%s: %s: element %d is %g", name, code, i, v)
				}
			}
		}
		if d := dataset(t, f, "types/bool"); d.Type.Code != "|i1" || !slices.Equal(numbers(t, d, 0, 3), []float64{1, 0, 1}) {
			t.Errorf("%s: bool is %+v", name, d.Type)
		}
		if d := dataset(t, f, "types/scalar"); len(d.Shape) != 0 || numbers(t, d, 0, 1)[0] != 7 {
			t.Errorf("%s: scalar has shape %v", name, d.Shape)
		}
		if d := dataset(t, f, "types/complex"); d.Type.Class != Other || d.Type.Name != "compounds" {
			t.Errorf("%s: complex is %+v", name, d.Type)
		}
		if v := numbers(t, dataset(t, f, "types/by_committed"), 0, 6); v[5] != 5 {
			t.Errorf("%s: by a committed type: %v", name, v)
		}
	}
}

func TestChunks(t *testing.T) {
	for _, name := range fixtures {
		f := openFixture(t, name)
		for path, n := range map[string]int{
			"plain": 280, "split": 280, "gzip": 280, "all": 280, "fletcher_odd": 35, "single": 280, "single_gzip": 280,
			"many": 1500, "many_gzip": 1300, "implicit": 280, "compact": 6, "empty": 0,
		} {
			d := dataset(t, f, "chunks/"+path)
			for first := 0; first < n; first += 1 + n/19 { // ranges that begin and end anywhere
				k := min(n-first, 1+first%97)
				for i, v := range numbers(t, d, first, k) {
					if v != float64((first+i)%100) {
						t.Fatalf("%s: %s: element %d is %g", name, path, first+i, v)
					}
				}
			}
			if all := numbers(t, d, 0, n); n > 0 && all[n-1] != float64((n-1)%100) {
				t.Errorf("%s: %s: last element is %g", name, path, all[n-1])
			}
			if _, err := d.ReadAt(make([]byte, 2), d.Bytes-1); err == nil {
				t.Errorf("%s: %s: no error beyond the end", name, path)
			}
		}
		for i, v := range numbers(t, dataset(t, f, "chunks/holes"), 0, 64) {
			want := 5.0
			if i/8 < 4 && i%8 >= 4 {
				want = 1
			}
			if v != want {
				t.Fatalf("%s: holes: element %d is %g, expected %g", name, i, v, want)
			}
		}
		if v := numbers(t, dataset(t, f, "chunks/never"), 0, 4); v[0] != 3 || v[3] != 3 {
			t.Errorf("%s: never written: %v", name, v)
		}
	}
}

func TestWhatIsNotRead(t *testing.T) {
	for _, name := range fixtures {
		f := openFixture(t, name)
		if _, err := walk(t, f, "chunks/lzf").Dataset(); err == nil || !strings.Contains(err.Error(), "LZF") {
			t.Errorf("%s: LZF: %v", name, err)
		}
	}
	if _, err := walk(t, openFixture(t, "latest.h5"), "chunks/grows").Dataset(); err == nil || !strings.Contains(err.Error(), "maxshape") {
		t.Errorf("extensible array: %v", err)
	}
	if v := numbers(t, dataset(t, openFixture(t, "earliest.h5"), "chunks/grows"), 0, 18); v[17] != 17 {
		t.Errorf("a dataset that can grow, in a B-tree: %v", v)
	}
}

func TestGroups(t *testing.T) {
	for _, name := range fixtures {
		f := openFixture(t, name)
		o := walk(t, f, "members")
		links, err := o.Links()
		if err != nil || len(links) != 100 || !o.isGroup() || o.IsDataset() {
			t.Fatalf("%s: %d members, %v", name, len(links), err)
		}
		slices.SortFunc(links, func(a, b Link) int { return strings.Compare(a.Name, b.Name) })
		if links[0].Name != "m000" || links[99].Name != "m099" {
			t.Errorf("%s: members %q to %q", name, links[0].Name, links[99].Name)
		}
		links, err = walk(t, f, "few").Links()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			if l.Name == "soft" && l.Soft != "/types/scalar" || l.Name != "soft" && l.Soft != "" {
				t.Errorf("%s: link %+v", name, l)
			}
		}
		if v := numbers(t, dataset(t, f, "few/a/b/c"), 0, 2); v[1] != 1 {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestAttributes(t *testing.T) {
	for _, name := range fixtures {
		o := walk(t, openFixture(t, name), "few")
		for attribute, want := range map[string][]string{
			"fixed": {"one", "three"}, "variable": {"conv1", "", "ünï"}, "scalar": {"one text"}, "bytes": {"fixed text"},
			"letters": {"wb", "xyz"}, "nothing": nil, "numbers": nil, "absent": nil,
		} {
			found, err := o.Strings(attribute)
			if err != nil || !slices.Equal(found, want) {
				t.Errorf("%s: %s: %q, %v; expected %q", name, attribute, found, err, want)
			}
			if has, err := o.HasAttribute(attribute); err != nil || has != (attribute != "absent") {
				t.Errorf("%s: %s: there is %v, %v", name, attribute, has, err)
			}
		}
		found, err := walk(t, openFixture(t, name), "members").Strings("a17")
		if err != nil || !slices.Equal(found, []string{"value 17"}) {
			t.Errorf("%s: one of many attributes: %q, %v", name, found, err)
		}
	}
}

func TestReferences(t *testing.T) {
	for _, name := range fixtures {
		f := openFixture(t, name)
		refs, err := dataset(t, f, "refs").References()
		if err != nil || len(refs) != 3 || refs[2] != 0 {
			t.Fatalf("%s: %v, %v", name, refs, err)
		}
		if want := walk(t, f, "types/t_lef4").Address(); refs[0] != want {
			t.Errorf("%s: reference to %d, expected %d", name, refs[0], want)
		}
		if o, err := f.Object(refs[1]); err != nil || !o.isGroup() {
			t.Errorf("%s: reference to a group: %v", name, err)
		}
		if _, err := dataset(t, f, "types/t_lef4").References(); err == nil {
			t.Errorf("%s: numbers taken for references", name)
		}
	}
}

// TestConcurrent reads a chunked dataset from several goroutines.
func TestConcurrent(t *testing.T) {
	f := openFixture(t, "latest.h5")
	d := dataset(t, f, "chunks/all")
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for first := worker; first < 270; first += 7 {
				raw := make([]byte, 40)
				if _, err := d.ReadAt(raw, int64(4*first)); err != nil {
					t.Error(err)
					return
				}
				for i := range 10 {
					if v := number(raw[4*i:4*i+4], "<f4"); v != float64((first+i)%100) {
						t.Errorf("element %d is %g", first+i, v)
						return
					}
				}
			}
		})
	}
	wait.Wait()
}

// TestCacheRoom: chunks beyond the room are let go of, the oldest first.
func TestCacheRoom(t *testing.T) {
	f := openFixture(t, "latest.h5")
	c := dataset(t, f, "chunks/plain").chunks
	cache := &f.chunks
	cache.room = 2 * int64(c.bytes)
	for _, number := range []int{0, 1, 0, 2} {
		if _, err := cache.get(c, number); err != nil {
			t.Fatal(err)
		}
	}
	if len(cache.byKey) != 2 || cache.byKey[chunkKey{c.d.addr, 1}] != nil || cache.used != cache.room {
		t.Errorf("%d chunks of %d bytes are kept", len(cache.byKey), cache.used)
	}
}
