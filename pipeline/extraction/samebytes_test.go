package extraction_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fc7/extract"
	"fc7/outputs"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

var update = flag.Bool("update", false, "record the tables of an arithmetic that has a new name")

// recorded holds the digests of tables, by the name of the arithmetic.
const recorded = "testdata/tables.json"

// tableDigest are those of a table: of the shards' bytes, and of the rows' sizes and descriptors alone, which tells a
// change of the numbers from one of the way that they are written.
type tableDigest struct {
	Rows  string `json:"rows"`
	Bytes string `json:"bytes"`
}

// keptTables are the tables whose bytes are kept: all kinds of layers, views and pooling. Each net has several panels
// of channels; threads and teams change nothing.
var keptTables = []struct {
	name, net      string
	threads, teams int
	o              extract.Options
}{
	{"dense", "vgg11/16", 2, 1, extract.Options{Scales: []int{224}}},
	{"max", "vgg16c/8", 3, 2, extract.Options{Layers: []string{"pool5", "conv4_2"}, Scales: []int{96, 75}, Pool: extract.PoolMax}},
	{"map", "vgg11_lrn/8", 1, 1, extract.Options{Layers: []string{"conv3_1"}, Scales: []int{40}, Pool: extract.PoolMap, Flip: true}},
	{"crops", "vgg13_bn/32", 2, 2, extract.Options{Layers: []string{"pool5"}, Scales: []int{48}, Views: extract.ViewsCrops, CropSize: 40}},
	{"centre", "vgg11/16", 2, 1, extract.Options{Layers: []string{"fc6", "prob", "fc7"}, Scales: []int{240}, Views: extract.ViewsCentre}},
}

// TestRecordedTables: while the arithmetic keeps its name, the tables of 200 pictures of many shapes keep their bytes.
// Where a kernel rounds in another way it gets a new name, and go test ./pipeline/extraction -run TestRecordedTables
// -update adds its line, once with and once without -tags noasm; a line that is there is replaced by hand alone. Bytes
// that change while the rows stay are of another format of the table.
func TestRecordedTables(t *testing.T) {
	if testing.Short() {
		t.Skip("describes 200 images in five ways")
	}
	data, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]tableDigest{}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	arithmetic, got := keptDigests(t)
	want, ok := all[arithmetic]
	switch {
	case !ok && *update:
		all[arithmetic] = got
		writeRecorded(t, all)
	case !ok:
		t.Fatalf("no tables of arithmetic %s are recorded in %s: record them with -update", arithmetic, recorded)
	}
	for name, w := range want {
		switch g := got[name]; {
		case g.Rows != w.Rows:
			t.Errorf("%s: other descriptors, by the same arithmetic %s: give it a new name", name, arithmetic)
		case g.Bytes != w.Bytes:
			t.Errorf("%s: the same descriptors in other bytes", name)
		}
	}
	if ok && len(want) != len(got) {
		t.Errorf("tables %v are recorded, made were %v", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	}
}

func writeRecorded(t *testing.T, all map[string]map[string]tableDigest) {
	b, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = os.WriteFile(recorded, append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// keptDigests makes the tables.
func keptDigests(t *testing.T) (arithmetic string, all map[string]tableDigest) {
	t.Helper()
	dir := t.TempDir()
	drawPictures(t, dir, 200)
	all = map[string]tableDigest{}
	for _, k := range keptTables {
		j := extraction.Job{
			DataSet: "folder:" + dir, Weights: fixture.Weights(t, k.net, 1), Describe: k.o, Threads: k.threads, Teams: k.teams,
			Out: filepath.Join(t.TempDir(), "run"), ShardRows: 128,
		}
		r := fixture.Extract(t, j)
		arithmetic = r.Manifest.Identity.Arithmetic
		all[k.name] = digestOf(t, j.Out)
	}
	return arithmetic, all
}

func digestOf(t *testing.T, out string) tableDigest {
	t.Helper()
	files := fixture.TableBytes(t, out)
	written, rows := sha256.New(), sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		written.Write(files[name])
		s, err := outputs.OpenShard(filepath.Join(out, outputs.FeaturesDir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for g := range s.Groups() {
			group, err := s.ReadGroup(g)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range group {
				fmt.Fprintf(rows, "%s %d %d %s %s\n", r.Image, r.Width, r.Height, r.Status, r.Error)
				for _, d := range r.Descriptors {
					b := make([]byte, 0, 4*len(d))
					for _, x := range d {
						b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
					}
					rows.Write(b)
				}
			}
		}
	}
	return tableDigest{hex.EncodeToString(rows.Sum(nil)), hex.EncodeToString(written.Sum(nil))}
}

// drawPictures writes n pictures of 1 to 160 pixels a side: slopes of grey with noise, reckoned in whole numbers, so
// that they are the same everywhere. Every third has the shape of the one before it.
func drawPictures(t *testing.T, dir string, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 17))
	w, h := 1, 1
	for i := range n {
		if i%3 != 2 {
			w = 1 + random.IntN(160)
			h = max(1, min(160, w*(40+random.IntN(200))/100))
		}
		im := image.NewNRGBA(image.Rect(0, 0, w, h))
		slope := [3][2]int{}
		for c := range slope {
			slope[c] = [2]int{random.IntN(7), random.IntN(7)}
		}
		for k := range im.Pix {
			p := k / 4
			im.Pix[k] = 255
			if c := k % 4; c < 3 {
				im.Pix[k] = byte(p%w*slope[c][0] + p/w*slope[c][1] + random.IntN(48))
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, im); err != nil {
			t.Fatal(err)
		}
		fixture.WriteFile(t, filepath.Join(dir, fmt.Sprintf("c%d", i%2), fmt.Sprintf("%03d.png", i)), b.Bytes())
	}
}
