package heads

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// twoTables extracts a drawn set with two nets.
func twoTables(t *testing.T) (d, e extraction.Job) {
	t.Helper()
	d = fixture.Job(t)
	e = d
	e.Weights, e.Out = fixture.Weights(t, "vgg13/32", 2), filepath.Join(t.TempDir(), "e")
	fixture.Extract(t, d)
	fixture.Extract(t, e)
	return d, e
}

// Heads on two nets' tables score as their predictions do, whose weights may come in any order; other weights are
// named.
func TestHeadsOfTwoNets(t *testing.T) {
	d, e := twoTables(t)
	r, err := Train(t.Context(), Job{
		Features: d.Out, Also: []string{e.Out}, Protocol: "voc2007", Choice: extraction.FeatureChoice{Aggregate: protocol.Stack},
		Options: protocol.Options{Settings: protocol.Settings{C: 1, Loss: svm.Logistic}},
	}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	recipe := r.Recipe
	if len(recipe.Parts) != 2 || recipe.L2 != protocol.L2Both || recipe.Parts[0].L2 != protocol.L2None || len(r.Tables) != 2 || r.Tables[1].Identity.Net != "vgg13/32" {
		t.Errorf("recipe %+v of %+v", recipe, r.Tables)
	}
	p := PredictJob{
		Head: r.Out, Weights: e.Weights, AlsoWeights: []string{d.Weights}, Inputs: []string{d.DataSet},
		Out: filepath.Join(t.TempDir(), "scores.parquet"),
	}
	n := 0
	err = Predict(t.Context(), p, func(a Prediction) error {
		i := slices.Index(r.Splits[0].IDs, a.Image)
		if i < 0 {
			return nil
		}
		n++
		for k, c := range r.Classes {
			if got, want := a.Scores[c.Name], r.Splits[0].Scores[k][i]; math.Abs(got-want) > 1e-5 {
				return fmt.Errorf("%s, %s: predicted %g, scored %g", a.Image, c.Name, got, want)
			}
			if got, want := a.Probabilities[c.Name], 1/(1+math.Exp(-a.Scores[c.Name])); math.Abs(got-want) > 1e-12 {
				return fmt.Errorf("%s: probability %g of score %g", a.Image, got, a.Scores[c.Name])
			}
		}
		return nil
	}, conveyor.Events{})
	if err != nil || n != len(r.Splits[0].IDs) {
		t.Errorf("%d of %d images predicted: %v", n, len(r.Splits[0].IDs), err)
	}
	if _, err := os.Stat(p.Out); err != nil {
		t.Error(err)
	}
	sameInTeams(t, p)
	other := fixture.Weights(t, "vgg11/32", 9)
	p.Out, p.Weights = "", other
	err = Predict(t.Context(), p, nil, conveyor.Events{})
	for _, want := range []string{other + " has weights sha256", "which no part was made with", "the weights of vgg13/32", "are not given"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// sameInTeams makes sure that predictions do not depend on the teams, which are told of once.
func sameInTeams(t *testing.T, p PredictJob) {
	t.Helper()
	var want []Prediction
	for teams := 1; teams <= 3; teams++ {
		p.Out, p.Threads, p.teams = "", 3, teams
		var got []Prediction
		told := 0
		err := Predict(t.Context(), p, func(a Prediction) error { got = append(got, a); return nil }, conveyor.Events{Note: func(s string) {
			if strings.Contains(s, fmt.Sprintf("3 threads work as %d teams", teams)) {
				told++
			}
		}})
		if teams == 1 {
			want = got
		}
		if err != nil || len(got) == 0 || !reflect.DeepEqual(got, want) || told != min(1, teams-1) {
			t.Errorf("%d teams: other predictions than of one, or %v; told of %d times", teams, err, told)
		}
	}
}

// A row that failed, or is absent, in one table is an error that names it, until it is excluded.
func TestStackingRefusesGaps(t *testing.T) {
	fixture.SkipShort(t)
	d, e := twoTables(t)
	first, err := outputs.OpenTable(d.Out, outputs.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	name := first.Rows[3].Image
	broken := e
	broken.Out = filepath.Join(t.TempDir(), "broken")
	_, shared, _ := strings.Cut(d.DataSet, ":")
	root := filepath.Join(t.TempDir(), "copy") // of the set that tests share
	if err := os.CopyFS(root, os.DirFS(shared)); err != nil {
		t.Fatal(err)
	}
	broken.DataSet = "voc2007:" + root
	images, err := filepath.Glob(filepath.Join(root, "VOCdevkit/VOC2007/JPEGImages", name+".jpg"))
	if err != nil || len(images) != 1 {
		t.Fatal(images, err)
	}
	if err := os.WriteFile(images[0], []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := extraction.Extract(t.Context(), broken, conveyor.Events{}); err != nil && !strings.Contains(err.Error(), "failed") {
		t.Fatal(err)
	}
	j := Job{Features: d.Out, Also: []string{broken.Out}, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: 1}}}
	if _, err := Train(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), name+" (") || !strings.Contains(err.Error(), "exclude") {
		t.Errorf("a failed row: %v", err)
	}
	for i, change := range []func(*Job){func(j *Job) { j.ExcludeFailed = true }, func(j *Job) { j.Exclude = []string{name} }} {
		k := j
		k.Out = filepath.Join(t.TempDir(), "h")
		change(&k)
		r, err := Train(t.Context(), k, conveyor.Events{})
		if err != nil {
			t.Fatal(i, err)
		}
		if !slices.Equal(r.Excluded, []string{name}) || r.Failed != 0 || slices.Contains(r.Splits[0].IDs, name) || r.Splits[0].Images.Train+r.Splits[0].Images.Test != 19 {
			t.Errorf("excluded %v, %+v", r.Excluded, r.Splits[0].Images)
		}
	}
	j.Exclude = []string{"no-such-row"}
	if _, err := Train(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "no row no-such-row") {
		t.Errorf("an unknown name: %v", err)
	}
	part := e
	part.Out, part.Choice.Limit = filepath.Join(t.TempDir(), "part"), 15
	fixture.ExtractSome(t, part)
	j.Exclude, j.Also = nil, []string{part.Out}
	if _, err := Train(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "only in the first: ") {
		t.Errorf("missing rows: %v", err)
	}
	j.Also, j.Normalise = nil, protocol.L2Before
	if _, err := Train(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "nothing to stack") {
		t.Errorf("normalising in stacking one table: %v", err)
	}
}

// boxes writes a CSV set of a drawn one: two boxes an image, each of one class, and a row of the whole image if asked
// for.
func boxes(t *testing.T, whole bool) string {
	t.Helper()
	_, root, _ := strings.Cut(fixture.Drawn(t, synth.LayoutCaltech101, 24), ":")
	var files []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".jpg" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 21 {
		t.Fatal(len(files), err)
	}
	files = files[:21]
	var b strings.Builder
	b.WriteString("path,id,labels,split,object,xmin,ymin,xmax,ymax\n")
	splits := []string{"train;trainval", "val;trainval", "test"}
	actions := []string{"running", "reading", "other"}
	for i, f := range files {
		split := splits[i%3]
		if whole {
			fmt.Fprintf(&b, "%s,im%d,running,%s,,,,,\n", f, i, split)
		}
		fmt.Fprintf(&b, "%s,im%d,%s,%s,1,1,1,60,100\n", f, i, actions[i/3%2], split)
		fmt.Fprintf(&b, "%s,im%d,%s,%s,2,50,10,110,110\n", f, i, actions[i%3], split)
	}
	path := filepath.Join(t.TempDir(), "boxes.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return "csv:" + path
}

// Boxes, their images, or both make the descriptors of the action task; predictions re-create them, and result files
// are named and numbered by object and give the same figures when they are read back.
func TestHeadsOfBoxes(t *testing.T) {
	j := fixture.Job(t)
	j.DataSet = boxes(t, true)
	fixture.Extract(t, j)
	for _, region := range []Region{RegionImage, RegionBox, RegionBoth, RegionRow} {
		r, err := Train(t.Context(), Job{
			Features: j.Out, Protocol: "voc2012-action", Regions: region, Options: protocol.Options{Settings: protocol.Settings{C: 1}, Competition: 10},
			Out: filepath.Join(t.TempDir(), "h"),
		}, conveyor.Events{})
		if err != nil {
			t.Fatal(region, err)
		}
		if want := map[Region]int{RegionImage: 1, RegionBox: 1, RegionBoth: 2, RegionRow: 2}[region]; len(r.Tables) != want {
			t.Errorf("%s: %d parts, want %d", region, len(r.Tables), want)
		}
		if len(r.Classes) != 2 || r.Splits[0].Images.Train != 28 || r.Splits[0].Images.Test != 14 {
			t.Errorf("%s: %+v", region, r.Splits[0].Images)
		}
		seen := 0
		err = Predict(t.Context(), PredictJob{Head: r.Out, Weights: j.Weights, Inputs: []string{j.DataSet}}, func(a Prediction) error {
			if i := slices.Index(r.Splits[0].IDs, fmt.Sprintf("%s#%d", a.Image, a.Object)); i >= 0 {
				seen++
				if got, want := a.Scores["running"], r.Splits[0].Scores[1][i]; math.Abs(got-want) > 1e-5 {
					t.Errorf("%s: %s#%d predicted %g, scored %g", region, a.Image, a.Object, got, want)
				}
			}
			return nil
		}, conveyor.Events{})
		if err != nil || seen != 14 {
			t.Errorf("%s: %d objects predicted, %v", region, seen, err)
		}
		readBack(t, filepath.Join(r.Out, "results", "comp10_action_test_running.txt"), r.Result, 1)
	}
}

// readBack scores a result file anew.
func readBack(t *testing.T, path string, v *protocol.Result, class int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	results, err := metrics.ReadResults(f, path)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := metrics.Align(results, v.Splits[0].Keys)
	if err != nil {
		t.Fatal(err)
	}
	for rule, want := range map[metrics.Rule]metrics.Value{metrics.ElevenPoint: v.Classes[class].Figures.Get("ap_11"), metrics.AllPoint: v.Classes[class].Figures.Get("ap")} {
		c, err := metrics.PrecisionRecall(scores, v.Splits[0].True[class])
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.AP(rule); err != nil || got != want {
			t.Errorf("%s read back: %v AP %v, want %v (%v)", path, rule, got, want, err)
		}
	}
}

func TestRegionsRefuse(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.DataSet = boxes(t, false)
	fixture.Extract(t, j)
	h := Job{Features: j.Out, Protocol: "voc2012-action", Regions: RegionBoth, Options: protocol.Options{Settings: protocol.Settings{C: 1}}}
	if _, err := Train(t.Context(), h, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "no rows of region image") {
		t.Errorf("no whole images: %v", err)
	}
	h.Regions = "head"
	if _, err := Train(t.Context(), h, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), `unknown region "head"`) {
		t.Error(err)
	}
	h.Regions = RegionBox
	r, err := Train(t.Context(), h, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	_, root, _ := strings.Cut(fixture.Drawn(t, synth.LayoutCaltech101, 24), ":")
	images, err := filepath.Glob(filepath.Join(root, "*", "*", "*.jpg"))
	if err != nil || len(images) == 0 {
		t.Fatal(images, err)
	}
	var told Prediction
	err = Predict(context.Background(), PredictJob{Head: r.Out, Weights: j.Weights, Inputs: images[:1]}, func(p Prediction) error { told = p; return nil }, conveyor.Events{})
	if err == nil || !strings.Contains(told.Error, "without a box") {
		t.Errorf("an image without a box: %v, %+v", err, told)
	}
}

func TestReadNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	if err := os.WriteFile(path, []byte("# bad scans\nb.jpg\n\n a b.jpg \n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := ReadNames(t.Context(), []string{path, "z#2, c", "b.jpg"})
	if err != nil || !slices.Equal(got, []string{"a b.jpg", "b.jpg", "c", "z#2"}) {
		t.Errorf("%q, %v", got, err)
	}
	if err := os.Truncate(path, maxExclude+1); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadNames(t.Context(), []string{path}); err == nil || !strings.Contains(err.Error(), path+": larger than") {
		t.Errorf("a file without an end: %d names, %v", len(got), err)
	}
}

// TestExcludeLine: whatever a row is named, its line is read as that name.
func TestExcludeLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	names := []string{"a/b.jpg", "#tag/a.jpg", "# a.jpg", " a.jpg", "a.jpg\t", `"q"`, `"q",'s/a.jpg`, `"`, "a\nb.jpg", "a\r", "<i>&\u2028.jpg", "a.jpg#2", "\u00a0x", `\x1b.jpg`}
	text := ""
	for _, n := range names {
		text += ExcludeLine(n) + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := ReadNames(t.Context(), []string{path})
	slices.Sort(names)
	if err != nil || !slices.Equal(got, names) {
		t.Errorf("%q, %v, expected %q", got, err, names)
	}
	if line := ExcludeLine("a/b c.jpg"); line != "a/b c.jpg" {
		t.Errorf("a plain name as %q", line)
	}
}

// Tables are stacked by key, in any order of rows; rows of other labels, other splits, or of one table only are named.
func TestAlign(t *testing.T) {
	rows := func(path string, ids ...string) fusedTable {
		p := fusedTable{path: path}
		for _, id := range ids {
			p.data.IDs = append(p.data.IDs, id)
			p.data.Labels = append(p.data.Labels, []string{"cat"})
			p.data.Ignored = append(p.data.Ignored, nil)
			p.data.Splits = append(p.data.Splits, []string{"train", "trainval"})
		}
		return p
	}
	order, err := align(rows("a", "x", "y", "z"), rows("b", "z", "x", "y"))
	if err != nil || !slices.Equal(order, []int{1, 2, 0}) {
		t.Errorf("order %v, %v", order, err)
	}
	for want, change := range map[string]func(b *fusedTable){
		"in other splits: y":                          func(b *fusedTable) { b.data.Splits[2] = []string{"test"} },
		"in other splits: x":                          func(b *fusedTable) { b.data.Splits[1] = []string{"train"} },
		"with other labels: z":                        func(b *fusedTable) { b.data.Labels[0] = []string{"cat", "dog"} },
		"with other labels: x":                        func(b *fusedTable) { b.data.Ignored[1] = []string{"dog"} },
		"only in the first: y; only in the second: w": func(b *fusedTable) { b.data.IDs[2] = "w" },
		"with other labels: y; in other splits: y": func(b *fusedTable) {
			b.data.Labels[2], b.data.Splits[2] = nil, nil
		},
	} {
		b := rows("b", "z", "x", "y")
		change(&b)
		if _, err := align(rows("a", "x", "y", "z"), b); err == nil || !strings.HasPrefix(err.Error(), "a and b are not tables of the same rows ("+want+"): ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
