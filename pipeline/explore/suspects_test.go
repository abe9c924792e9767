package explore

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/internal/forecast"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

func suspects(t *testing.T, j SuspectJob) *Suspects {
	t.Helper()
	s, err := FindSuspects(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSuspects: what is found is kept and read back; the corrected labels are taken as fc7 svm's, with what was
// accepted changed and nothing else.
func TestSuspects(t *testing.T) {
	x := fixture.Job(t)
	x.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 40)
	fixture.Extract(t, x)
	j := SuspectJob{Job: Job{Run: x.Out}, Options: protocol.DefaultDoubtOptions()}
	s := suspects(t, j)
	if s.Labels != 40 || s.Kept || s.Doubtful != len(s.List) || s.Doubtful == 0 {
		t.Fatalf("%+v", s)
	}
	again := suspects(t, j)
	if !again.Kept || !reflect.DeepEqual(again.all, s.all) || !reflect.DeepEqual(again.Outliers, s.Outliers) {
		t.Error("what was kept is read as something else")
	}
	j.Options.Seed = 1
	if suspects(t, j).Kept {
		t.Error("those of other folds were taken")
	}
	out := filepath.Join(t.TempDir(), "corrected.csv")
	doubt := s.List[0]
	c, err := s.Correct(out, []string{doubt.Image}, false)
	if err != nil || c.Rows != 40 || c.Changed != 1 || c.Unknown != 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	r, err := heads.Train(t.Context(), heads.Job{Features: x.Out, Labels: out, Options: protocol.Options{TrainPerClass: 5, Seeds: []uint32{0}, Settings: protocol.Settings{C: 1}}}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if r.LabelsFrom == nil || r.LabelsFrom.Changed != 1 || r.LabelsFrom.Rows != 40 {
		t.Errorf("labels from %+v", r.LabelsFrom)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), doubt.Image+",,"+doubt.Instead+",\n") {
		t.Errorf("%v: %s", err, text)
	}
	checkRelabelled(t, j, out, doubt)
	sure := s.all[len(s.all)-1].Image
	for name, want := range map[string]string{sure: "is no suspect", "none": "no row"} {
		if _, err := s.Correct(out, []string{name}, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s accepted: %v", name, err)
		}
	}
	if now, _ := os.ReadFile(out); string(now) != string(text) {
		t.Error("a refused correction changed the file")
	}
}

// checkRelabelled looks at the corrected labels, which are kept for themselves; those of the table stay.
func checkRelabelled(t *testing.T, j SuspectJob, file string, was Suspect) {
	t.Helper()
	of := j
	of.Labels = file
	foretold := func() *forecast.Forecast {
		f, err := EstimateSuspects(t.Context(), of, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := foretold(); len(f.Steps) != 1 || len(f.Notes) != 0 {
		t.Errorf("labels of a file, before: %+v", f)
	}
	s := suspects(t, of)
	if f := foretold(); len(f.Steps) != 0 || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "suspects-of-labels.parquet is there") {
		t.Errorf("labels of a file, after: %+v", f)
	}
	if s.Kept || s.From == nil || s.From.Changed != 1 || s.From.Rows != 40 || !suspects(t, of).Kept || !suspects(t, j).Kept {
		t.Errorf("labels of a file: %+v", s)
	}
	i := slices.IndexFunc(s.all, func(d Suspect) bool { return d.Image == was.Image })
	if d := s.all[i]; d.Label != was.Instead {
		t.Errorf("after its correction the label of %s is %s, want %s", d.Image, d.Label, was.Instead)
	}
	of.Labels, of.Unlisted = "", heads.UnlistedKeep
	if _, err := FindSuspects(t.Context(), of, conveyor.Events{}); !usage.Is(err) {
		t.Errorf("unlisted rows of no file: %v", err)
	}
	if _, err := EstimateSuspects(t.Context(), of, conveyor.Events{}); !usage.Is(err) {
		t.Errorf("unlisted rows of no file are foretold: %v", err)
	}
}

// Neighbours that are kept vote, if there are enough of them; what comes of it is the same.
func TestKeptVoters(t *testing.T) {
	x := fixture.Job(t)
	x.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 40)
	fixture.Extract(t, x)
	j := SuspectJob{Job: Job{Run: x.Out}, Options: protocol.DefaultDoubtOptions()}
	var want []Suspect
	for _, k := range []int{0, 9, 10, 12} { // neighbours that are kept
		if k > 0 {
			find(t, Job{Run: x.Out, K: k})
		}
		if err := os.RemoveAll(filepath.Join(x.Out, folder, "suspects.json")); err != nil {
			t.Fatal(err)
		}
		searched := false
		s, err := FindSuspects(t.Context(), j, conveyor.Events{Progress: func(conveyor.Progress) { searched = true }})
		if err != nil || s.Kept {
			t.Fatal(err, s)
		}
		if searched != (k < 10) {
			t.Errorf("with %d neighbours kept: searched is %v", k, searched)
		}
		if k == 0 {
			want = s.all
		}
		if !slices.Equal(s.all, want) {
			t.Errorf("with %d neighbours kept there are other suspects", k)
		}
	}
}

// Of several labels what is too much goes and what is missing comes; objects keep their numbers, unknown rows have no
// line.
func TestCorrectedOfSeveralLabels(t *testing.T) {
	s := &Suspects{
		List: []Suspect{{Image: "a#2", Label: "x", Instead: "x", Has: true}, {Image: "a#2", Label: "z", Instead: "z"}, {Image: "n", Label: "", Instead: "y", Has: true}},
		data: protocol.Data{
			IDs: []string{"a#2", "b", "n", "u"}, Images: []string{"a", "b", "n", "u"}, Objects: []int{2, 0, 0, 0},
			Labels: [][]string{{"x", "y"}, {"x"}, nil, nil}, Ignored: [][]string{nil, {"z"}, nil, nil}, None: []bool{2: true, 3: false},
		},
	}
	out := filepath.Join(t.TempDir(), "c.csv")
	c, err := s.Correct(out, []string{"a#2", "n"}, false)
	if err != nil || c.Unknown != 1 || c.Rows != 3 || c.Changed != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	want := [][]string{{"id", "object", "labels", "ignored"}, {"a", "2", "y;z", ""}, {"b", "", "x", "z"}, {"n", "", "y", ""}}
	if err != nil || !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("%v, %v", rows, err)
	}
	s.data.Labels[1] = []string{"a|b"}
	if _, err := s.Correct(out, nil, true); err == nil || !strings.Contains(err.Error(), "none can be in a name") {
		t.Errorf("a class with a | in its name: %v", err)
	}
}

// An image whose distance is far above the median of its class comes first, whatever other classes' are.
func TestOutliers(t *testing.T) {
	s := &Suspects{}
	for i, distance := range []float64{0.1, 0.1, 0.1, 0.3} {
		s.all = append(s.all, Suspect{Image: string(rune('a' + i)), Label: "near", Has: true, Distance: distance}, Suspect{Image: string(rune('p' + i)), Label: "wide", Has: true, Distance: 0.5 + 0.1*distance})
	}
	s.all = append(s.all, Suspect{Image: "z", Label: "near", Has: false, Distance: 0.9})
	s.sum()
	if o := s.Outliers[0]; o.Image != "d" || o.Label != "near" || o.Distance != 0.3 || o.Times < 2.9 || o.Times > 3.1 {
		t.Errorf("outliers %+v", s.Outliers)
	}
}
