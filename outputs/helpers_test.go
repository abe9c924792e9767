package outputs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func testIdentity(count int) Identity {
	return Identity{
		Format: FormatVersion, Arithmetic: "plain/1", Net: "vgg16/8", WeightsSHA256: "ab12cd34ef56ab12cd34ef56",
		Preprocessing: Preprocessing{Channels: "RGB", Scale: 1.0 / 255, Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225}},
		Layers:        []string{"fc7"}, Scales: []int{256, 384}, Flip: true, Pooling: "mean", Resize: "bilinear-antialias/1", Dtype: Float32,
		Inputs: Inputs{Kind: "voc2007", Count: count, SHA256: "0123456789abcdef0123"},
	}
}

// testRows makes n rows with every kind of content: nulls, empty lists, scripts and controls, extreme floats.
func testRows(n int, cols []Column) []Row {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	texts := []string{"000005", "été/шум/画像.jpg", "a\tb\n\x00\"'\\", "👩‍🔬", "C:\\data\\x.jpg", " "}
	rows := make([]Row, n)
	for i := range rows {
		r := Row{
			Image: fmt.Sprintf("%s-%06d", texts[i%len(texts)], i), Object: i % 4, Path: texts[(i+1)%len(texts)],
			Width: 300 + i, Height: 200, Status: StatusOK,
		}
		for k := range i % 3 {
			r.Labels = append(r.Labels, texts[(i+k)%len(texts)])
		}
		if i%5 == 0 {
			r.Ignored = []string{"person", ""}
		}
		if i%2 == 0 {
			r.Splits = []string{"train", "trainval"}
		}
		if i%7 == 3 {
			r.Status, r.Error, r.Width, r.Height = StatusFailed, "decoding: unexpected EOF — "+texts[i%len(texts)], 0, 0
		} else {
			r.Descriptors = testDescriptors(rng, i, cols)
		}
		rows[i] = r
	}
	return rows
}

func testDescriptors(rng *rand.Rand, i int, cols []Column) [][]float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, 65504, -1.5, 1.0 / 3}
	all := make([][]float32, len(cols))
	for k, c := range cols {
		h, w := 1+i%3, 2+i%5
		if c.Dtype == Int32 {
			all[k] = []float32{float32(h), float32(w), float32(cols[k-1].Width)}
			continue
		}
		all[k] = make([]float32, c.Width)
		if c.Map {
			all[k] = make([]float32, h*w*c.Width)
		}
		for j := range all[k] {
			if (i+j)%9 == 0 {
				all[k][j] = special[(i+j/9)%len(special)]
			} else if rng.IntN(3) > 0 {
				all[k][j] = float32(rng.ExpFloat64())
			}
		}
	}
	return all
}

func testColumns(dtype string) []Column {
	return []Column{NewColumn("fc7", 256, 33, dtype), NewColumn("fc7", 384, 1, dtype), NewColumn("fc6", 256, 8, dtype)}
}

// writeShard writes rows as one shard; groupBytes, if not 0, makes the row groups smaller.
func writeShard(t testing.TB, dir string, index, count int, cols []Column, id Identity, rows []Row, groupBytes int) string {
	t.Helper()
	w, err := CreateShard(dir, index, count, cols, id)
	if err != nil {
		t.Fatal(err)
	}
	if groupBytes > 0 {
		w.limit = groupBytes
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, ShardName(index, count))
}

// stored is what a reader must give for values that were written with dtype.
func stored(dtype string, values []float32) []float32 {
	return Column{Dtype: dtype}.Stored(values)
}

// sameBits tells whether a and b are equal to the last bit, NaN and the sign of zero included.
func sameBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// leftovers lists what is in dir besides the names given.
func leftovers(t testing.TB, dir string, names ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]bool{}
	for _, n := range names {
		expected[n] = true
	}
	var out []string
	for _, e := range entries {
		if !expected[e.Name()] {
			out = append(out, e.Name())
		}
	}
	return out
}

// mapColumns are testColumns and a map with its shape.
func mapColumns(dtype string) []Column {
	m := Column{Name: "pool5_map_q256", Layer: "pool5", Scale: 256, Width: 7, Dtype: dtype, Map: true}
	return append(testColumns(dtype), m, Column{Name: "pool5_map_q256_shape", Layer: "pool5", Scale: 256, Width: 3, Dtype: Int32})
}
