package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"fc7/heads/metrics"
	"fc7/outputs"
	"fc7/outputs/report"
)

// ReportFile is the name of the page that Report writes into a run's folder.
const ReportFile = "report.html"

// maxFailures is how many failed images the page lists.
const maxFailures = 500

// Report writes a run as one HTML page: what was extracted, what failed, the scores of
// the heads if there are any, and all settings. An earlier page is replaced. It returns
// the page's path; empty out means ReportFile in the run's folder.
func Report(run, out string) (string, error) {
	run = runFolder(run)
	if out == "" {
		out = filepath.Join(run, ReportFile)
	}
	m, err := outputs.ReadManifest(run)
	if err != nil {
		return "", fmt.Errorf("%s holds no finished run: %w", run, err)
	}
	t, err := outputs.OpenTable(run, outputs.ReadOptions{})
	if err != nil {
		return "", err
	}
	r := report.Report{Title: "fc7: " + m.DataSet, Subtitle: subtitle(m), Inputs: m.Counts.Inputs}
	r.Summary = append(r.Summary,
		report.Figure{Name: "images", Value: fmt.Sprint(m.Counts.Inputs), Note: fmt.Sprintf("%d ok, %d failed", m.Counts.OK, m.Counts.Failed)})
	for _, row := range t.Rows {
		if row.Status == outputs.StatusFailed && len(r.Failures) < maxFailures {
			r.Failures = append(r.Failures, report.Failure{Image: row.Image, Reason: row.Error})
		}
	}
	if err := addScores(&r, filepath.Join(run, "heads", ScoresFile)); err != nil {
		return "", err
	}
	r.Settings = append(r.Settings, settings(m)...)
	return out, writePage(out, r)
}

func subtitle(m outputs.Manifest) string {
	return fmt.Sprintf("%s of %s, scales %s", strings.Join(m.Identity.Layers, ", "), m.Identity.Net, numbers(m.Identity.Scales))
}

func numbers(n []int) string { return strings.Trim(fmt.Sprint(n), "[]") }

// addScores puts the scores that Heads wrote into the page, if there are any.
func addScores(r *report.Report, path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		r.Notes = append(r.Notes, "No heads were trained on this run yet.")
		return nil
	}
	if err != nil {
		return err
	}
	var h HeadsResult
	if err := json.Unmarshal(text, &h); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case h.VOC != nil:
		addVOC(r, &h)
	case h.Caltech != nil:
		addCaltech(r, &h)
	}
	return nil
}

func addVOC(r *report.Report, h *HeadsResult) {
	v := h.VOC
	r.Notes = append(r.Notes, v.Notes...)
	r.Summary = append(r.Summary,
		report.Figure{Name: "mean average precision, 11-point", Value: percent(v.MeanAP11), Note: "on " + v.Scored},
		report.Figure{Name: "mean average precision, all points", Value: percent(v.MeanAPAll), Note: "on " + v.Scored},
	)
	s := &report.ScoreTable{Title: "Average precision by class", Columns: []string{"AP, 11-point", "AP, all points"}, Mean: []float64{float64(v.MeanAP11), float64(v.MeanAPAll)}}
	for _, c := range v.Classes {
		s.Rows = append(s.Rows, report.ClassScores{Class: c.Name, Positives: c.Positives, Scores: []float64{float64(c.AP11), float64(c.APAll)}})
	}
	r.Scores = s
	r.Settings = append(r.Settings,
		report.Setting{Name: "heads trained on", Value: fmt.Sprintf("%s, %d images", v.Trained, v.Images.Trained)},
		report.Setting{Name: "C", Value: fmt.Sprintf("%g, chosen on %s", v.Choice.C, v.Choice.On)},
		report.Setting{Name: "descriptor", Value: v.Recipe.String()},
		report.Setting{Name: "loss", Value: v.Options.Loss.String()},
	)
}

func addCaltech(r *report.Report, h *HeadsResult) {
	c := h.Caltech
	r.Notes = append(r.Notes, c.Notes...)
	note := fmt.Sprintf("over %d splits", len(c.Splits))
	if c.Deviation.Defined() {
		note = "± " + percent(c.Deviation) + " " + note
	}
	r.Summary = append(r.Summary, report.Figure{Name: "mean class recall", Value: percent(c.MeanRecall), Note: note})
	s := &report.ScoreTable{Title: "Recall by class", Columns: []string{"recall"}, Mean: []float64{float64(c.MeanRecall)}}
	for _, k := range c.Classes {
		s.Rows = append(s.Rows, report.ClassScores{Class: k.Name, Positives: k.Test, Scores: []float64{float64(k.Recall)}})
	}
	r.Scores = s
	for _, p := range c.Splits {
		r.Settings = append(r.Settings, report.Setting{
			Name:  fmt.Sprintf("split of seed %d", p.Seed),
			Value: fmt.Sprintf("%d images to train, %d to test, C = %g, mean class recall %s", p.Images.Train, p.Images.Test, p.C, percent(p.MeanRecall)),
		})
	}
	r.Settings = append(r.Settings, report.Setting{Name: "descriptor", Value: c.Recipe.String()})
}

func percent(v metrics.Value) string {
	if math.IsNaN(float64(v)) {
		return "undefined"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(v))
}

func settings(m outputs.Manifest) []report.Setting {
	i := m.Identity
	flips := "no"
	if i.Flip {
		flips = "mean with the mirror images"
	}
	return []report.Setting{
		{Name: "data set", Value: m.DataSet},
		{Name: "net", Value: i.Net},
		{Name: "weights", Value: m.Weights},
		{Name: "weights, SHA-256", Value: i.WeightsSHA256},
		{Name: "preprocessing", Value: i.Preprocessing.String()},
		{Name: "layers", Value: strings.Join(i.Layers, ", ")},
		{Name: "scales", Value: numbers(i.Scales)},
		{Name: "views", Value: views(i)},
		{Name: "flips", Value: flips},
		{Name: "pooling", Value: i.Pooling},
		{Name: "resize", Value: i.Resize},
		{Name: "arithmetic", Value: i.Arithmetic},
		{Name: "inputs", Value: fmt.Sprintf("%d, SHA-256 of the list %s", i.Inputs.Count, i.Inputs.SHA256)},
		{Name: "computed by", Value: m.Program + ", " + m.Go + ", " + m.Platform},
		{Name: "finished", Value: m.Timings.Finished.Format("2006-01-02 15:04:05 MST")},
	}
}

// views says what of an image the net saw.
func views(i outputs.Identity) string {
	if i.CropSize == 0 {
		return "dense: whole images"
	}
	return fmt.Sprintf("%s, %d x %d pixels", i.Views, i.CropSize, i.CropSize)
}

// writePage writes the page under a temporary name and renames it.
func writePage(path string, r report.Report) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	defer os.Remove(f.Name())
	err = report.Write(f, r)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
