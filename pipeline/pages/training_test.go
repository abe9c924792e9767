package pages

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/atomicfile"
	"fc7/pipeline/training/trainlog"
)

// TestReportOfDamagedTraining: the error names the file that is damaged, gone or empty, and not the log of a good one.
func TestReportOfDamagedTraining(t *testing.T) {
	run := t.TempDir()
	settings, path := filepath.Join(run, trainlog.RunName), filepath.Join(run, trainlog.Name)
	if err := atomicfile.WriteJSON(settings, map[string]int{"seed": 7}); err != nil {
		t.Fatal(err)
	}
	log, err := trainlog.Open(path, trainlog.Place{}, func(trainlog.Line) error { return nil })
	if err == nil {
		err = log.Append(trainlog.Line{Epoch: &trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 1, Epochs: 1, Net: "vgg11/8"}})
	}
	if err == nil {
		err = log.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	reported(t, Job{Run: run})
	refused := func(path, says, never string) {
		t.Helper()
		_, err := Write(t.Context(), Job{Run: run})
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), never) {
			t.Errorf("%v", err)
		}
	}
	whole, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	for _, spoilt := range []string{"", strings.Replace(string(whole), "7", "6", 1), string(whole[:len(whole)/2])} {
		if err := os.WriteFile(settings, []byte(spoilt), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(settings, "", trainlog.Name)
	}
	if err := os.Remove(settings); err != nil {
		t.Fatal(err)
	}
	refused(path, trainlog.RunName+", which its digest is also of, is not there", "damaged")
	if err := os.WriteFile(settings, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	refused(path, "no epoch yet", "manifest")
}

// TestReportOfCutLog: a log that ends before the place that the last sitting had come to is told, on the page and
// elsewhere; one whose next line is still to come is not.
func TestReportOfCutLog(t *testing.T) {
	run := trainingRun(t, trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 1, Epochs: 9, Net: "vgg11/8", Step: 24})
	for _, c := range []struct {
		to, epoch int
		says      string // "": nothing
	}{
		{24, 24, ""},
		{34, 24, ""}, // the line of step 30 may be still to come
		{24, 0, ""},  // of an earlier version
		{35, 24, "its last step is 0 and its last epoch ended at step 24, but the training had come to step 35"},
		{35, 0, "come to step 35"},
		{30, 30, "with an epoch that ended at step 30: lines are missing at its end"},
	} {
		h := trainlog.History{Sittings: []trainlog.Sitting{{To: 99, Epoch: 48}, {To: c.to, Epoch: c.epoch}}}
		if err := h.Write(run); err != nil {
			t.Fatal(err)
		}
		var told []string
		page := reported(t, Job{Run: run, Note: func(s string) { told = append(told, s) }})
		if c.says == "" {
			if len(told) > 0 || strings.Contains(page, "missing at its end") {
				t.Errorf("%+v: told %q", c, told)
			}
			continue
		}
		path := filepath.Join(run, trainlog.Name)
		if len(told) != 1 || !strings.HasPrefix(told[0], path+": ") || !strings.Contains(told[0], c.says) || !strings.Contains(page, c.says) {
			t.Errorf("%+v: told %q", c, told)
		}
	}
}

func TestInWords(t *testing.T) {
	for text, want := range map[string]string{
		`"He"`:                         "He",
		`5e-4`:                         "0.0005",
		`true`:                         "yes",
		`null`:                         "none",
		`["fc6","fc7"]`:                "fc6; fc7",
		`[]`:                           "",
		`{"rate":0.05,"pattern":"fc"}`: "rate 0.05, pattern fc",
		`[{"net":"A","s_min":256},{"net":"D","more":[1,2]}]`: "net A, s_min 256; net D, more 1; 2",
		`["a","b","c","d","e","f","g"]`:                      "7, a to g",
		`[1,2,3,4,5,6,7]`:                                    "1; 2; 3; 4; 5; 6; 7",
	} {
		if got, err := inWords(json.NewDecoder(strings.NewReader(text))); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
	const factors = `[{"pattern":"fc*","rate":0.1,"decay":1},{"pattern":"fc8","rate":10,"decay":0},{"pattern":"fc7","rate":1,"decay":2}]`
	const rates = "fc* at 0.1 times the rate; fc8 at 10 times the rate, without penalty; fc7 at 1 times the rate, with 2 times the penalty"
	if got, err := ratesInWords(json.NewDecoder(strings.NewReader(factors))); err != nil || got != rates {
		t.Errorf("rates of layers: %q, %v", got, err)
	}
	for _, text := range []string{"", "{", `{"a":`, "[1,"} {
		if got, err := inWords(json.NewDecoder(strings.NewReader(text))); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}
