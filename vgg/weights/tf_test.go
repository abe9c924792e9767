package weights

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCheckpoints reads the files of testdata/make_tf.py.
func TestCheckpoints(t *testing.T) {
	for name, version := range map[string]string{
		"v2.ckpt": "V2", "v2.ckpt.index": "V2", "v2.ckpt.data-00001-of-00002": "V2", "v1.ckpt": "V1", "v1_snappy.ckpt": "V1",
	} {
		t.Run(name, func(t *testing.T) {
			f := mustOpen(t, filepath.Join("testdata", name))
			if f.Format != "tensorflow" || f.Metadata["checkpoint"] != version {
				t.Errorf("%s, %v", f.Format, f.Metadata)
			}
			if f.Metadata["left out"] != "2 variables of the optimizer and step counts" || f.Lookup("global_step") != nil {
				t.Errorf("left out: %q", f.Metadata["left out"])
			}
			w, err := f.Expect("vgg_16/conv1/conv1_1/weights", 2, 3, 4)
			if err != nil {
				t.Fatal(err)
			}
			sameBits(t, readAll(t, w), counting(24))
			sameBits(t, readAll(t, f.Lookup("vgg_16/conv1/conv1_1/biases")), []float32{1.5, -2, 3})
			sameBits(t, readAll(t, f.Lookup("vgg_16/filler/variable_39/weights")), []float32{39, 39.25})
			sameBits(t, readAll(t, f.Lookup("vgg_16/int")), []float32{-1, 2})
			want := 43
			if version == "V2" {
				want = 45
				sameBits(t, readAll(t, f.Lookup("vgg_16/half")), []float32{0.5, 2})
				sameBits(t, readAll(t, f.Lookup("vgg_16/double")), []float32{0.1})
			}
			if len(f.Tensors) != want {
				t.Errorf("%d tensors, want %d", len(f.Tensors), want)
			}
		})
	}
	f := mustOpen(t, filepath.Join("testdata", "tf2"))
	if len(f.Tensors) != 1 {
		t.Fatalf("%d tensors", len(f.Tensors))
	}
	if w, err := f.Expect("layer_with_weights-0/kernel", 2, 3, 4); err != nil {
		t.Error(err)
	} else {
		sameBits(t, readAll(t, w), counting(24))
	}
}

// copyBundle copies v2.ckpt into a folder.
func copyBundle(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"v2.ckpt.index", "v2.ckpt.data-00000-of-00002", "v2.ckpt.data-00001-of-00002"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBundleShards: shards are part of the digest, and missing, short and damaged ones are told.
func TestBundleShards(t *testing.T) {
	dir := copyBundle(t)
	path := filepath.Join(dir, "v2.ckpt")
	f := mustOpen(t, path)
	before, err := f.SHA256(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shard := filepath.Join(dir, "v2.ckpt.data-00000-of-00002")
	raw, err := os.ReadFile(shard)
	if err != nil {
		t.Fatal(err)
	}
	index, err := os.Stat(path + ".index")
	if err != nil {
		t.Fatal(err)
	}
	if want := index.Size() + int64(len(raw)) + 188; f.Size != want {
		t.Errorf("size %d, want %d", f.Size, want)
	}
	damaged := bytes.Clone(raw)
	damaged[5] ^= 1 // of the first tensor of the script, conv1_1's weights
	if err := os.WriteFile(shard, damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	g := mustOpen(t, path)
	wantError(t, g.Lookup("vgg_16/conv1/conv1_1/weights").ReadFloat32(make([]float32, 24)), "data-00000-of-00002", "damaged")
	readAll(t, g.Lookup("vgg_16/half")) // the others are sound
	if after, err := g.SHA256(t.Context()); err != nil || after == before {
		t.Error("the digest does not see the shards")
	}
	if err := os.WriteFile(shard, raw[:90], 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Open(path)
	wantError(t, err, "v2.ckpt.index", "truncated", "data-00000-of-00002")
	if err := os.Remove(shard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + ".index", filepath.Join(dir, "v2.ckpt.data-00001-of-00002"), shard} {
		_, err = Open(name)
		wantError(t, err, "v2.ckpt.index", `"v2.ckpt.data-00000-of-00002"`, "fetch it too")
	}
	if err := os.Remove(path + ".index"); err != nil {
		t.Fatal(err)
	}
	if _, err = Open(path); err == nil {
		t.Error("opened without an index")
	}
}

func TestBadCheckpoints(t *testing.T) {
	shape := func(n int) []byte { return protoField(2, protoField(2, protoNumber(1, n)...)...) }
	meta := func(fields ...[]byte) row { return row{"", protoField(1, protoField(1, join(fields...)...)...)} }
	slice := func(fields ...[]byte) row { return row{"k", protoField(2, join(fields...)...)} }
	x := protoText(1, "x")
	floats := func(n int) []byte { return protoField(3, protoField(5, littleFloats(counting(n)...)...)...) }
	for want, rows := range map[string][]row{
		"expected its elements, found": {meta(x, shape(2), protoNumber(3, 1))},
		"element type 8":               {meta(x, shape(2), protoNumber(3, 8))},
		"a name in UTF-8":              {meta(protoText(1, "\xff"), shape(2), protoNumber(3, 1))},
		"unknown rank":                 {meta(x, protoField(2, protoNumber(3, 1)...), protoNumber(3, 1))},
		"size of at least 0":           {meta(x, shape(-1), protoNumber(3, 1))},
		"expected 8 bytes":             {meta(x, shape(2), protoNumber(3, 1)), slice(x, floats(3))},
		"found a slice of one":         {meta(x, shape(2), protoNumber(3, 1)), slice(x, protoField(2, protoField(1, protoNumber(2, 1)...)...), floats(1))},
		"expected 2 elements, found":   {meta(x, shape(2), protoNumber(3, 9)), slice(x, protoField(3, protoField(10, 1, 2, 3)...))},
		"elements of int64, found":     {meta(x, shape(2), protoNumber(3, 9)), slice(x, floats(2))},
		"the tensors of a net, found":  {meta(protoText(1, "global_step"), shape(1), protoNumber(3, 1)), slice(protoText(1, "global_step"), floats(1))},
		"1 to 1024 shards, found 0":    {row{"", protoField(3)}},
		"big-endian":                   {row{"", join(protoNumber(1, 1), protoNumber(2, 1))}},
		"beside memory":                {row{"", protoNumber(1, 1)}},
	} {
		_, err := openBytes(tableOf(0, blockOf(rows...)))
		wantError(t, err, "memory: tensorflow", want)
	}
}

func TestTrainingVariables(t *testing.T) {
	for name, want := range map[string]bool{
		"global_step": true, "vgg_16/fc6/weights": false, "vgg_16/fc6/weights/Adam_1": true, "beta1_power": true,
		"train/beta2_power": true, "optimizer/iter": true, "Adam/weights": false, "a/.OPTIMIZER_SLOT/optimizer/v": true,
	} {
		if isTraining(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

// FuzzBundleEntry reads what is fuzzed as the entry of a tensor in a shard of 100 bytes.
func FuzzBundleEntry(f *testing.F) {
	shape := protoField(2, protoField(2, protoNumber(1, 2)...)...)
	f.Add(join(protoNumber(1, 1), shape, protoNumber(4, 8), protoNumber(5, 8), []byte{6<<3 | wire32, 1, 2, 3, 4}))
	f.Add(join(protoNumber(1, 19), shape, protoNumber(3, 1), protoNumber(5, 4), protoField(7, 1)))
	shard := newMemory(make([]byte, 100))
	f.Fuzz(func(t *testing.T, entry []byte) {
		r := &bundleReader{shards: []*source{shard, shard}}
		x, err := r.entry(tableEntry{key: "x", src: newMemory(entry), end: int64(len(entry))})
		if err != nil || x == nil {
			return
		}
		if x.Len() > 100 {
			t.Fatalf("%v in 100 bytes", x.Shape)
		}
		_ = x.ReadFloat32(make([]float32, x.Len()))
	})
}
