package extraction_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
	"fc7/vgg"
)

func TestExtract(t *testing.T) {
	j := fixture.Job(t)
	r := fixture.Extract(t, j)
	if c := r.Manifest.Counts; c.Inputs != 20 || c.OK != 20 || c.Failed != 0 {
		t.Errorf("counts %+v", c)
	}
	table, err := outputs.OpenTable(j.Out, outputs.ReadOptions{Columns: []string{"fc7_q224", "fc7_q230"}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range table.Rows {
		if row.Image != set.Items[i].ID || strings.Join(row.Labels, ",") != strings.Join(set.Items[i].Labels(), ",") {
			t.Errorf("row %d is %s with %v, want %s with %v", i, row.Image, row.Labels, set.Items[i].ID, set.Items[i].Labels())
		}
		if filepath.IsAbs(row.Path) || row.Width == 0 {
			t.Errorf("row %d: path %q, width %d", i, row.Path, row.Width)
		}
	}
	checkDescriptor(t, j, set.Items[3], table, 3)
}

// checkDescriptor computes one descriptor again, by hand.
func checkDescriptor(t *testing.T, j extraction.Job, it datasets.Item, table *outputs.Table, row int) {
	t.Helper()
	net, err := backbone.Load(context.Background(), backbone.Wanted{Weights: j.Weights, Threads: 1}, "fc7")
	if err != nil {
		t.Fatal(err)
	}
	r := vgg.NewRunner(net.Model, 1)
	defer r.Close()
	f, err := it.At.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	im, _, err := picture.Decode(f, picture.DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := extract.NewDescriber(r, j.Describe)
	if err != nil {
		t.Fatal(err)
	}
	views, err := d.Prepare(im)
	if err != nil {
		t.Fatal(err)
	}
	one := d.DescribeAll(context.Background(), []*extract.Views{views})[0]
	want, err := one.Columns, one.Err
	if err != nil {
		t.Fatal(err)
	}
	for s, name := range []string{"fc7_q224", "fc7_q230"} {
		m, err := table.Descriptors(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range m.Row(row) {
			if v != want[s][i] {
				t.Fatalf("%s: value %d is %g, want %g", name, i, v, want[s][i])
			}
		}
	}
}

// TestSameBytes: neither threads nor their teams nor decoders change a byte of the table, and a finished run is left as
// it is.
func TestSameBytes(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	want := fixture.TableBytes(t, j.Out)
	numbers := [][2]int{{1, 1}, {3, 1}, {3, 2}, {2, 9}}
	if testing.Short() {
		numbers = [][2]int{{3, 2}}
	}
	for _, n := range numbers {
		k := j
		k.Out, k.Threads, k.Teams, k.Decoders = filepath.Join(t.TempDir(), "other"), n[0], n[1], 5-n[0]
		fixture.Extract(t, k)
		fixture.SameTable(t, want, fixture.TableBytes(t, k.Out))
	}
	again := fixture.Extract(t, j)
	if again.Progress.Earlier != 20 {
		t.Errorf("%d rows were taken as done, want 20", again.Progress.Earlier)
	}
	fixture.SameTable(t, want, fixture.TableBytes(t, j.Out))
}

// TestInterrupt stops a run after each number of images; completed, it has the bytes of an undisturbed one.
func TestInterrupt(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	want := fixture.TableBytes(t, j.Out)
	k := j
	k.Out = filepath.Join(t.TempDir(), "stopped")
	step := 5
	if testing.Short() {
		step = 9
	}
	for stop := 1; stop < 20; stop += step {
		ctx, cancel := context.WithCancel(context.Background())
		fresh := 0
		_, err := extraction.Extract(ctx, k, conveyor.Events{Progress: func(p conveyor.Progress) {
			if fresh = p.Done - p.Earlier; fresh == stop {
				cancel()
			}
		}})
		cancel()
		var stopped *extraction.InterruptedError
		if err != nil && !errors.As(err, &stopped) {
			t.Fatalf("stopped after %d: %v", stop, err)
		}
		for name := range fixture.TableBytes(t, k.Out) {
			if _, _, ok := outputs.ParseShardName(name); !ok {
				t.Errorf("stopped after %d: %s was left behind", stop, name)
			}
		}
	}
	fixture.Extract(t, k)
	fixture.SameTable(t, want, fixture.TableBytes(t, k.Out))
}

// TestMismatch: a folder with a table of other settings is refused with what differs, and not touched.
func TestMismatch(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	before := fixture.TableBytes(t, j.Out)
	for what, change := range map[string]func(*extraction.Job){
		"scales":                func(j *extraction.Job) { j.Describe.Scales = []int{224} },
		"weights":               func(j *extraction.Job) { j.Weights = fixture.Weights(t, "vgg11/32", 2) },
		"flip":                  func(j *extraction.Job) { j.Describe.NoFlip = true },
		"pooling":               func(j *extraction.Job) { j.Describe.Pool = extract.PoolMax },
		"list of inputs":        func(j *extraction.Job) { j.DataSet = fixture.Drawn(t, synth.LayoutVOC2007, 21) },
		"dtype":                 func(j *extraction.Job) { j.Dtype = outputs.Float16 },
		"shards: table has 4":   func(j *extraction.Job) { j.ShardRows = 7 },
		"rows in shard 0":       func(j *extraction.Job) { j.ShardRows = 5 }, // which gives 4 shards too
		"layers: table has [fc": func(j *extraction.Job) { j.Describe.Layers = []string{"pool5"} },
	} {
		k := j
		change(&k)
		_, err := extraction.Extract(context.Background(), k, conveyor.Events{})
		var m *table.MismatchError
		if !errors.As(err, &m) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	fixture.SameTable(t, before, fixture.TableBytes(t, j.Out))
}

// TestBadImages: every input has its row, whatever it is.
func TestBadImages(t *testing.T) {
	j := fixture.Job(t)
	root := filepath.Join(t.TempDir(), "pictures")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(set.Items[0].At.Path)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"a-good.jpg": good, "b-empty.png": {}, "c-half.jpg": good[:len(good)/2], "d-text.jpg": []byte("not an image"),
		"e-good.png": good, "bad\xffname.jpg": good,
	} {
		if err := os.WriteFile(filepath.Join(root, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(root, "f-gone.jpg")); err != nil {
		t.Fatal(err)
	}
	j.DataSet = "folder:" + root
	warned := 0
	r, err := extraction.Extract(context.Background(), j, conveyor.Events{Warning: func(conveyor.Warning) { warned++ }})
	if !errors.Is(err, conveyor.ErrSomeFailed) || r == nil {
		t.Fatalf("error %v, want ErrSomeFailed with a result", err)
	}
	if c := r.Manifest.Counts; c.Inputs != 7 || c.OK != 3 || c.Failed != 4 || warned != 4 {
		t.Errorf("counts %+v, %d warnings", c, warned)
	}
	table, err := outputs.OpenTable(j.Out, outputs.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table.Rows {
		if row.Status == outputs.StatusFailed && (row.Error == "" || strings.Contains(row.Error, root)) {
			t.Errorf("%s: reason %q", row.Image, row.Error)
		}
	}
}

// TestLock: two runs cannot write to one folder.
func TestLock(t *testing.T) {
	j := fixture.Job(t)
	if err := os.MkdirAll(j.Out, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := table.LockShards(j.Out, 0, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := extraction.Extract(context.Background(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "another fc7") {
		t.Errorf("error %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	fixture.Extract(t, j)
}

func TestFloat16AndOptions(t *testing.T) {
	j := fixture.Job(t)
	j.Dtype, j.Describe.Layers, j.Describe.Scales = outputs.Float16, []string{"pool5"}, []int{64}
	j.Choice.Limit = 5
	r := fixture.Extract(t, j)
	if c := r.Manifest.Columns; len(c) != 1 || c[0].Name != "pool5_q64" || c[0].Dtype != outputs.Float16 {
		t.Errorf("columns %+v", c)
	}
	if r.Manifest.Counts.Inputs != 5 || r.Trained {
		t.Errorf("counts %+v, trained %v", r.Manifest.Counts, r.Trained)
	}
	j.Describe = extract.Options{Scales: []int{200}}
	if _, err := extraction.Extract(context.Background(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "224") {
		t.Errorf("scale 200: %v", err)
	}
}

// TestBoxes: a row with a box is the descriptor of the crop alone.
func TestBoxes(t *testing.T) {
	j := fixture.Job(t)
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	net, err := backbone.Load(context.Background(), backbone.Wanted{Weights: j.Weights, Threads: 1}, "fc7")
	if err != nil {
		t.Fatal(err)
	}
	set.Items[1].ID, set.Items[1].At = set.Items[0].ID, set.Items[0].At
	set.Items[1].Object, set.Items[1].Box = 1, &datasets.Box{XMin: 11, YMin: 6, XMax: 70, YMax: 60}
	if _, err := extraction.ExtractSet(context.Background(), j, set, net, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	table, err := outputs.OpenTable(j.Out, outputs.ReadOptions{Columns: []string{"fc7_q224"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := table.Descriptors("fc7_q224")
	if err != nil {
		t.Fatal(err)
	}
	r := vgg.NewRunner(net.Model, 1)
	defer r.Close()
	d, err := extract.NewDescriber(r, extract.Options{Scales: []int{224}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := set.Items[0].At.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	im, _, err := picture.Decode(f, picture.DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if im, err = picture.Crop(im, 10, 5, 70, 60); err != nil {
		t.Fatal(err)
	}
	views, err := d.Prepare(im)
	if err != nil {
		t.Fatal(err)
	}
	one := d.DescribeAll(context.Background(), []*extract.Views{views})[0]
	want, err := one.Columns, one.Err
	if err != nil {
		t.Fatal(err)
	}
	same := true
	for i, v := range m.Row(1) {
		if v != want[0][i] {
			t.Fatalf("value %d is %g, want %g", i, v, want[0][i])
		}
		same = same && v == m.Row(0)[i]
	}
	if same {
		t.Error("the box has the descriptor of the whole image")
	}
}
