package heads

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// earlierJobs made the heads in testdata/earlier, whose scores have the shapes of before there was one; see earlier.sh
// there.
func earlierJobs() map[string]Job {
	voc, caltech := filepath.Join("testdata", "earlier", "voc-run"), filepath.Join("testdata", "earlier", "c101-run")
	jobs := map[string]Job{
		"voc2007":    {Features: voc, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{Folds: 3, PerClass: true}}, LowShot: []int{1, 2}, Draws: 2},
		"voc2012":    {Features: voc, Protocol: "voc2012", Options: protocol.Options{Difficult: protocol.DifficultPositive, Competition: 2}},
		"set-own":    {Features: voc, Protocol: "set"},
		"caltech101": {Features: caltech, Protocol: "caltech101", Options: protocol.Options{TrainPerClass: 4, TestPerClass: 3, Seeds: []uint32{0, 1}}},
		"caltech256": {Features: caltech, Protocol: "caltech256", Options: protocol.Options{Seeds: []uint32{5}, Settings: protocol.Settings{C: 2}}},
		"set-random": {Features: caltech, Protocol: "set", Options: protocol.Options{Seeds: []uint32{1, 2}}, LowShot: []int{1, 2}, Draws: 2},
	}
	for name, j := range jobs {
		j.Options.Epsilon = 0.01 // the default then
		jobs[name] = j
	}
	return jobs
}

// TestEarlierScores: a file of scores of before is read as what training on its table gives today, and today's file is
// read as it was written; reviews are the same.
func TestEarlierScores(t *testing.T) {
	fixture.SkipShort(t)
	for name, j := range earlierJobs() {
		j.Out = filepath.Join(t.TempDir(), name)
		if _, err := Train(t.Context(), j, conveyor.Events{}); err != nil {
			t.Fatal(name, err)
		}
		today, err := ReadResult(j.Out)
		if err != nil {
			t.Fatal(name, err)
		}
		written, back := content(t, filepath.Join(j.Out, ScoresFile)), plain(t, today)
		if diff := differs(written, back, "", 0); diff != "" {
			t.Errorf("%s: written and read back: %s", name, diff)
		}
		earlier, err := ReadResult(filepath.Join("testdata", "earlier", name))
		if err != nil {
			t.Fatal(name, err)
		}
		withoutNews(today, earlier)
		if diff := differs(plain(t, earlier), plain(t, today), "", 1e-9); diff != "" {
			t.Errorf("%s: of before and of today: %s", name, diff)
		}
		if len(today.Splits) > 1 && name == "set-random" {
			continue // its curves are those of all splits today
		}
		old, now := content(t, filepath.Join("testdata", "earlier", name, reviewFile)), content(t, filepath.Join(j.Out, reviewFile))
		if diff := differs(old, now, "", 1e-9); diff != "" {
			t.Errorf("%s: reviews: %s", name, diff)
		}
	}
}

// withoutNews removes what files of before did not say: how the solver ended, but for VOC's; the competition; all
// options of a curve, how many images its points had, and digests.
func withoutNews(today, earlier *Result) {
	today.Options.Competition, today.Options.Epsilon, today.Digests = 0, 0, nil
	for k := range today.Classes {
		if earlier.Classes[k].Solver == nil {
			today.Classes[k].Solver = nil
		}
	}
	if today.LowShot != nil {
		today.LowShot.Curves = today.LowShot.Curves[1:2] // that of the SVM is the one there was
		for i := range today.LowShot.Curves[0].Points {
			today.LowShot.Curves[0].Points[i].Used = nil
		}
		today.LowShot.Notes = earlier.LowShot.Notes
		today.LowShot.Options, earlier.LowShot.Options = protocol.LowShotOptions{}, protocol.LowShotOptions{}
	}
}

// TestFiguresOfEarlierScores: they are, to the last bit, those that stand in the file.
func TestFiguresOfEarlierScores(t *testing.T) {
	for _, c := range []struct {
		name, in string // the object of the figures
		figures  map[string]string
		headline string
	}{
		{"voc2007", "voc", map[string]string{"mean_ap_11": "mean_ap_11", "mean_ap": "mean_ap_all"}, "mean_ap_11"},
		{"voc2012", "voc", map[string]string{"mean_ap_11": "mean_ap_11", "mean_ap": "mean_ap_all"}, "mean_ap"},
		{"caltech101", "caltech", map[string]string{"mean_recall": "mean_recall"}, "mean_recall"},
		{"caltech256", "caltech", map[string]string{"mean_recall": "mean_recall"}, "mean_recall"},
		{"set-own", "set figures", map[string]string{"mean_ap": "mean_ap", "mean_ap_11": "mean_ap_11"}, "mean_ap"},
		{"set-random", "set figures", map[string]string{"accuracy": "accuracy", "mean_recall": "mean_recall", "top5": "top5", "mean_ap": "mean_ap"}, "mean_recall"},
	} {
		dir := filepath.Join("testdata", "earlier", c.name)
		r, err := ReadResult(dir)
		if err != nil {
			t.Fatal(err)
		}
		at := content(t, filepath.Join(dir, ScoresFile))
		for _, key := range strings.Fields(c.in) {
			at = at.(map[string]any)[key]
		}
		for figure, key := range c.figures {
			if want, ok := at.(map[string]any)[key].(float64); !ok || float64(r.Figures.Get(figure)) != want {
				t.Errorf("%s: %s is %v, %v in the file", c.name, figure, r.Figures.Get(figure), want)
			}
		}
		if r.Headline.Figure != c.headline || r.Headline.Name == "" {
			t.Errorf("%s: %+v counts", c.name, r.Headline)
		}
		if d := at.(map[string]any)["deviation"]; c.name == "caltech101" && d != float64(r.Deviation.Get("mean_recall")) {
			t.Errorf("%s: deviation %v, %v in the file", c.name, r.Deviation, d)
		}
		if r.Figures.Has("accuracy") != r.SingleLabel() || r.SingleLabel() != strings.Contains("caltech101 caltech256 set-random", c.name) {
			t.Errorf("%s: one label an image: %v; %+v", c.name, r.SingleLabel(), r.Figures)
		}
	}
}

// TestEarlierHeadsTellNoDigests: heads of before do not say of which bytes they were made, so that a reproduction
// trains them again; what else they say is compared first.
func TestEarlierHeadsTellNoDigests(t *testing.T) {
	for name, j := range earlierJobs() {
		r, err := ReadResult(filepath.Join("testdata", "earlier", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Fit(t.Context(), j); err == nil || !strings.Contains(err.Error(), "of an earlier fc7, which kept no digest") {
			t.Errorf("%s: %v", name, err)
		}
		tighter := j
		tighter.Options.Epsilon = 0
		if err := r.Fit(t.Context(), tighter); err == nil || !strings.Contains(err.Error(), "trained to a tolerance of 0.01, not 0.001") {
			t.Errorf("%s fits another tolerance: %v", name, err)
		}
		j.Protocol = "voc2012-action"
		if err := r.Fit(t.Context(), j); err == nil || !strings.Contains(err.Error(), "of protocol "+r.Protocol) {
			t.Errorf("%s fits another protocol: %v", name, err)
		}
	}
}

// TestScoresThatAreNone: files that hold no result of a protocol, or half of one, are refused with their names.
func TestScoresThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                 "no scores of any protocol",
		`{"protocol": "voc2007"}`:            "no scores of any protocol",
		`[]`:                                 "expected an object, found a list",
		`{"protocol":`:                       "found the end",
		`{"figures": {"accuracy": "all"}}`:   "field figures.accuracy: expected a number, found text",
		`{"options": {"loss": "hing"}}`:      `unknown loss "hing"`,
		`{"protocol": "x", "voc": {}}`:       `unknown protocol "x"`,
		`{"protocol": "set", "set": {}}`:     "0 classes and 0 splits",
		`{"protocol": "set", "caltech": {}}`: "0 classes and 0 splits",
		`{"protocol": "set", "headline": {"figure": "accuracy"}, "figures": {"accuracy": 1}}`:                                                                          "0 classes and 0 splits",
		`{"protocol": "caltech101", "caltech": {"classes": [{"name": "a", "recall": 1}], "splits": [{"seed": 3, "confusion": {"counts": [[1, 2]], "missing": [0]}}]}}`: "seed 3: confusions of other than the 1 classes",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, ScoresFile)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadResult(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || usage.Is(err) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}

// TestProtocolOfOtherData: a protocol that the call names and that the tables are not for is a wrong call.
func TestProtocolOfOtherData(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	for says, h := range map[string]Job{
		"Caltech's images have one":      {Protocol: "caltech101"},
		"the action task scores objects": {Protocol: "voc2012-action"},
		"there are no rows of objects":   {Regions: RegionBox},
	} {
		h.Features, h.Out = j.Out, filepath.Join(t.TempDir(), "heads")
		if _, err := Train(t.Context(), h, conveyor.Events{}); !usage.Is(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", h, err)
		}
	}
}

// content is the JSON of a file.
func content(t *testing.T, path string) (v any) {
	t.Helper()
	if err := outputs.ReadJSON(path, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// plain is a value as its JSON has it.
func plain(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// differs says where two values of JSON first differ, numbers by more than a share of theirs; "" if nowhere.
func differs(a, b any, at string, share float64) string {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		for key := range y {
			if _, there := x[key]; !there {
				return fmt.Sprintf("%s.%s is only in the second", at, key)
			}
		}
		for key, v := range x {
			w, there := y[key]
			if !there {
				return fmt.Sprintf("%s.%s is only in the first (%v)", at, key, ok)
			}
			if d := differs(v, w, at+"."+key, share); d != "" {
				return d
			}
		}
		return ""
	case []any:
		y, _ := b.([]any)
		if len(x) != len(y) {
			return fmt.Sprintf("%s: %d and %d", at, len(x), len(y))
		}
		for i := range x {
			if d := differs(x[i], y[i], fmt.Sprintf("%s[%d]", at, i), share); d != "" {
				return d
			}
		}
		return ""
	case float64:
		if y, ok := b.(float64); ok && math.Abs(x-y) <= share*math.Abs(x) {
			return ""
		}
	}
	if a == b {
		return ""
	}
	return fmt.Sprintf("%s: %v and %v", at, a, b)
}
