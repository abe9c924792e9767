package extraction_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/vgg/weights"
)

// twoNets is a job for two nets, with what they are extracted to alone.
func twoNets(t *testing.T) (j extraction.Job, files []extraction.NetFile, alone [2]map[string][]byte) {
	t.Helper()
	j = fixture.Job(t)
	j.Describe = extract.Options{Scales: []int{224}, Layers: []string{"fc7", "pool5"}}
	for i, net := range []string{"vgg11/32", "vgg13/32"} {
		one := j
		one.Weights, one.Out = fixture.Weights(t, net, 1), filepath.Join(t.TempDir(), "alone")
		fixture.Extract(t, one)
		alone[i] = fixture.TableBytes(t, one.Out)
		files = append(files, extraction.NetFile{Weights: one.Weights})
	}
	j.Weights = ""
	return j, files, alone
}

var twoFolders = [2]string{"vgg11_32", "vgg13_32"}

func sameTwo(t *testing.T, out string, alone [2]map[string][]byte) {
	t.Helper()
	for i, name := range twoFolders {
		fixture.SameTable(t, alone[i], fixture.TableBytes(t, filepath.Join(out, name)))
	}
}

// TestTwoNets: one pass gives the bytes of two runs, for one thread and for several.
func TestTwoNets(t *testing.T) {
	j, files, alone := twoNets(t)
	for _, threads := range []int{1, 3} {
		k := j
		k.Out, k.Threads, k.Teams, k.Decoders = filepath.Join(t.TempDir(), "two"), threads, threads, 5-threads
		res, err := extraction.ExtractNets(context.Background(), k, files, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		sameTwo(t, k.Out, alone)
		for i, r := range res {
			m, err := outputs.ReadManifest(filepath.Join(k.Out, twoFolders[i]))
			if err != nil {
				t.Fatal(err)
			}
			if m.Weights != files[i].Weights || m.Counts.OK != 20 || r.Manifest.Identity.Net != m.Identity.Net || m.Timings.Computed != 20 {
				t.Errorf("manifest of %s: weights %s, %+v, %d computed", m.Identity.Net, m.Weights, m.Counts, m.Timings.Computed)
			}
			v, err := extraction.Verify(context.Background(), extraction.VerifyJob{Run: r.Out, Sample: 3}, conveyor.Events{})
			if err != nil || len(v.Problems) > 0 || v.Sampled.Rows != 3 || !v.Sampled.Exact {
				t.Errorf("verify %s: %v, %+v", r.Out, err, v)
			}
		}
	}
}

// TestTwoNetsResume stops a run of two nets now and then, and takes away files of one and of the other: what is
// completed has the bytes of undisturbed runs, and only what was missing is computed.
func TestTwoNetsResume(t *testing.T) {
	fixture.SkipShort(t)
	j, files, alone := twoNets(t)
	j.Out = filepath.Join(t.TempDir(), "two")
	for _, stop := range []int{1, 7, 13} {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := extraction.ExtractNets(ctx, j, files, conveyor.Events{Progress: func(p conveyor.Progress) {
			if p.Done-p.Earlier == stop {
				cancel()
			}
		}})
		cancel()
		var stopped *extraction.InterruptedError
		if err != nil && (!errors.As(err, &stopped) || stopped.Out != j.Out || stopped.Total != 40) {
			t.Fatalf("stopped after %d: %v", stop, err)
		}
	}
	if _, err := extraction.ExtractNets(context.Background(), j, files, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	sameTwo(t, j.Out, alone)

	shard := func(net, i int) string {
		return filepath.Join(j.Out, twoFolders[net], outputs.FeaturesDir, outputs.ShardName(i, 4))
	}
	for _, path := range []string{shard(0, 1), shard(1, 1), shard(1, 3)} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	read := 0
	res, err := extraction.ExtractNets(context.Background(), j, files, conveyor.Events{Progress: func(p conveyor.Progress) { read = p.Done - p.Earlier }})
	if err != nil {
		t.Fatal(err)
	}
	sameTwo(t, j.Out, alone)
	if read != 8 || res[0].Progress.Done-res[0].Progress.Earlier != 6 || res[1].Progress.Done-res[1].Progress.Earlier != 8 {
		t.Errorf("%d images read; computed %+v and %+v, want 8, 6 and 8", read, res[0].Progress, res[1].Progress)
	}
}

// TestTwoNetsFailures: an image that cannot be read is a failed row of both tables, and told once.
func TestTwoNetsFailures(t *testing.T) {
	j, files, _ := twoNets(t)
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "bad.jpg"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	j.DataSet, j.Out = "folder:"+root, filepath.Join(t.TempDir(), "two")
	warned := 0
	res, err := extraction.ExtractNets(context.Background(), j, files, conveyor.Events{Warning: func(conveyor.Warning) { warned++ }})
	if !errors.Is(err, conveyor.ErrSomeFailed) || len(res) != 2 || warned != 1 {
		t.Fatalf("%v, %d results, %d warnings", err, len(res), warned)
	}
	for _, r := range res {
		if r.Manifest.Counts.Failed != 1 {
			t.Errorf("%s: %+v", r.Out, r.Manifest.Counts)
		}
	}
}

// TestNetsErrors: nothing is written when one of the nets cannot do what is asked for.
func TestNetsErrors(t *testing.T) {
	fixture.SkipShort(t)
	j, files, _ := twoNets(t)
	j.Out = filepath.Join(t.TempDir(), "two")
	j.Describe = extract.Options{Scales: []int{64}, Layers: []string{"conv3_3"}} // which vgg11 has not
	if _, err := extraction.ExtractNets(context.Background(), j, files, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "conv3_3") {
		t.Errorf("a layer that one net lacks: %v", err)
	}
	j.Describe = extract.Options{}
	if _, err := extraction.ExtractNets(context.Background(), j, append(files, files[0]), conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "same weights") {
		t.Errorf("weights given twice: %v", err)
	}
	if _, err := os.Stat(j.Out); err == nil {
		t.Error("a folder was made")
	}
}

// TestMapTable: maps are written, read back as the net computes them, resumed, verified, and refused for training.
func TestMapTable(t *testing.T) {
	j := fixture.Job(t)
	j.Choice.Limit = 8
	j.Describe = extract.Options{Scales: []int{64, 80}, Layers: []string{"pool5", "conv4_2"}, Pool: extract.PoolMap}
	r := fixture.Extract(t, j)
	var names []string
	for _, c := range r.Manifest.Columns {
		names = append(names, c.Name)
	}
	want := "pool5_map_q64 pool5_map_q64_shape pool5_map_q80 pool5_map_q80_shape conv4_2_map_q64 conv4_2_map_q64_shape conv4_2_map_q80 conv4_2_map_q80_shape"
	if strings.Join(names, " ") != want {
		t.Errorf("columns %v, want %s", names, want)
	}
	v, err := extraction.Verify(context.Background(), extraction.VerifyJob{Run: j.Out, Sample: 4, DataSet: j.DataSet}, conveyor.Events{})
	if err != nil || len(v.Problems) > 0 || v.Sampled.Rows == 0 {
		t.Errorf("verify: %v, %+v", err, v)
	}
	before := fixture.TableBytes(t, j.Out)
	if err := os.Remove(filepath.Join(j.Out, outputs.FeaturesDir, outputs.ShardName(1, 2))); err != nil {
		t.Fatal(err)
	}
	fixture.Extract(t, j)
	fixture.SameTable(t, before, fixture.TableBytes(t, j.Out))
	s, err := outputs.OpenShard(filepath.Join(j.Out, outputs.FeaturesDir, outputs.ShardName(0, 2)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, err := s.ReadGroup(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for i := 0; i < len(row.Descriptors); i += 2 {
			shape := row.Descriptors[i+1]
			if h, w, c := int(shape[0]), int(shape[1]), int(shape[2]); h < 1 || w < 1 || h*w*c != len(row.Descriptors[i]) || c != 16 {
				t.Errorf("%s: a map of %d values with shape %v", row.Image, len(row.Descriptors[i]), shape)
			}
		}
	}
	keepMaps(t, j.Out, rows)
}

// keepMaps writes a table of maps as one file and compares its first rows.
func keepMaps(t *testing.T, run string, want []outputs.Row) {
	t.Helper()
	for _, dtype := range []string{outputs.Float32, outputs.Float16} {
		out := filepath.Join(t.TempDir(), "kept.parquet")
		if _, err := extraction.Aggregate(context.Background(), extraction.AggregateJob{Features: run, Keep: true, Dtype: dtype, Out: out}); err != nil {
			t.Fatal(err)
		}
		s, err := outputs.OpenShard(out)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		rows, err := s.ReadGroup(0)
		if err != nil || len(rows) < len(want) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range want {
			for k, d := range row.Descriptors {
				if !slices.Equal(rows[i].Descriptors[k], s.Columns[k].Stored(d)) {
					t.Errorf("%s: row %d, column %s differs", dtype, i, s.Columns[k].Name)
				}
			}
		}
	}
}

// TestPosteriors: each row sums to 1; weights that end before the class scores give none, and say so.
func TestPosteriors(t *testing.T) {
	j := fixture.Job(t)
	j.Describe = extract.Options{Scales: []int{224}, Layers: []string{"prob"}, Views: extract.ViewsCrops}
	j.Choice.Limit = 2
	r := fixture.Extract(t, j)
	if c := r.Manifest.Columns; len(c) != 1 || c[0].Name != "prob_crops_q224" || c[0].Width != 1000 {
		t.Errorf("columns %+v", c)
	}
	table, err := outputs.OpenTable(j.Out, outputs.ReadOptions{Columns: []string{"prob_crops_q224"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := table.Descriptors("prob_crops_q224")
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.Rows {
		sum := 0.0
		for _, p := range m.Row(i) {
			sum += float64(p)
		}
		if sum < 0.9999 || sum > 1.0001 {
			t.Errorf("row %d: posteriors sum to %g", i, sum)
		}
	}
	j.Weights, j.Out = convsOnly(t), filepath.Join(t.TempDir(), "other")
	_, err = extraction.Extract(context.Background(), j, conveyor.Events{})
	if err == nil || !strings.Contains(err.Error(), `layer "prob": the posterior is computed from the class scores, fc8`) || !strings.Contains(err.Error(), "end with pool5") {
		t.Errorf("weights without fc8: %v", err)
	}
}

// convsOnly writes a narrow net without its fully connected layers.
func convsOnly(t *testing.T) string {
	t.Helper()
	f, err := weights.Open(fixture.Weights(t, "vgg11/32", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var keep []weights.Source
	for _, x := range f.Tensors {
		if !strings.HasPrefix(x.Name, "classifier") {
			v, err := x.ReadFinite()
			if err != nil {
				t.Fatal(err)
			}
			keep = append(keep, weights.SliceSource(x.Name, x.Shape, v))
		}
	}
	path := filepath.Join(t.TempDir(), "notop.safetensors")
	if err := weights.WriteSafetensors(path, keep, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}
