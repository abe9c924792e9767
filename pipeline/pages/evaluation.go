package pages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/evaluation"
	"fc7/pipeline/heads"
)

// evaluationPage is the page of nets that were tested on a data set; nil: the folder holds no such run.
func (j Job) evaluationPage(ctx context.Context) (*report.Report, error) {
	e, err := evaluation.ReadResult(j.Run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &report.Report{Title: cmp.Or(e.DataSet, "Evaluation"), Subtitle: "classification error of " + strings.Join(netsOf(e), " and "), Inputs: e.Images}
	addCommand(r, e.Made, j.Paths)
	addMade(r, "evaluated", e.Made)
	evaluationSummary(r, e)
	r.Tables = append(r.Tables, errorTable(e))
	if len(e.Worst) > 0 {
		r.Tables = append(r.Tables, worstClasses(e))
	}
	if len(e.Confusions) > 0 {
		r.Tables = append(r.Tables, worstConfusions(e))
	}
	if err := j.addPredictions(ctx, r, e); err != nil {
		return nil, err
	}
	if err := j.addPosteriors(r); err != nil {
		return nil, err
	}
	return r, nil
}

func netsOf(e *evaluation.Result) (names []string) {
	for _, n := range e.Nets {
		if !slices.Contains(names, n.Net) {
			names = append(names, n.Net)
		}
	}
	return names
}

// evaluationSummary has the figures of everything together, and what is to be known of them.
func evaluationSummary(r *report.Report, e *evaluation.Result) {
	last := e.Rows[len(e.Rows)-1]
	note := fmt.Sprintf("%s views at scales %s", last.Views, report.Numbers(last.Scales))
	if len(e.Rows) > 1 {
		note += ", everything together"
	}
	for _, f := range []struct {
		name  string
		value metrics.Value
	}{{"top-1 error", last.Top1}, {"top-5 error", last.Top5}, {"mean class recall", last.MeanRecall}} {
		if f.value.Defined() {
			r.Summary = append(r.Summary, report.Figure{Name: f.name, Value: percentText(f.value), Note: note})
		}
	}
	r.Summary = append(r.Summary, report.Figure{Name: "images", Value: report.Grouped(e.Images), Note: fmt.Sprintf("%s could not be read and count as errors, %s have no label and do not count", report.Grouped(e.Failed), report.Grouped(e.Unlabelled))})
	set := report.SettingSet{Title: "Nets"}
	for _, n := range e.Nets {
		if !n.Trained {
			r.Notes = append(r.Notes, fmt.Sprintf("The weights of %s are random: the figures test the machinery alone.", n.Net))
		}
		set.Items = append(set.Items, report.Setting{Name: "net", Value: n.Net}, report.Setting{Name: settingWeights, Value: n.Weights}, report.Setting{Name: "weights, SHA-256", Value: n.SHA256})
	}
	r.Settings = append(r.Settings, set, report.SettingSet{Title: "Data", Items: []report.Setting{{Name: settingData, Value: e.DataSet}, {Name: "kind", Value: e.Kind}}})
}

// errorTable is a line a way of testing.
func errorTable(e *evaluation.Result) report.Table {
	t := report.Table{
		Title: "Error by way of testing", Words: 3, Head: []string{"net", "views", "scales", "top-1 error, %", "top-5 error, %", "class recall, %"},
		Note: "Every scale, kind of views and net alone, and together with the others.",
	}
	published := slices.ContainsFunc(e.Rows, func(r evaluation.ErrorRow) bool { return len(r.Published) > 0 })
	if published {
		t.Head = append(t.Head, "published, top-1 / top-5")
		t.Note += " What is published stands beside it: of the same net tested the same way on ImageNet's validation set."
	}
	for _, r := range e.Rows {
		row := []string{strings.Join(r.Nets, " + "), r.Views, report.Numbers(r.Scales), share(r.Top1), share(r.Top5), share(r.MeanRecall)}
		if published {
			var parts []string
			for _, p := range r.Published {
				parts = append(parts, fmt.Sprintf("%.1f / %.1f (%s)", p.Top1, p.Top5, p.Source))
			}
			row = append(row, strings.Join(parts, ", "))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// share is a share in percent with two decimals, as errors are told.
func share(v metrics.Value) string {
	if !v.Defined() {
		return "–"
	}
	return fmt.Sprintf("%.2f", 100*float64(v))
}

// classWords is a class with its label where it goes by words.
func classWords(c evaluation.Class) string {
	if c.Name == "" {
		return c.Label
	}
	return c.String() + " (" + c.Label + ")"
}

func worstClasses(e *evaluation.Result) report.Table {
	t := report.Table{Title: "Classes missed most", Words: 1, Head: []string{"class", "images", "top-1 error, %", "top-5 error, %"}}
	for _, k := range e.Worst {
		of := func(n int) string {
			if k.Items < 1 {
				return share(metrics.Value(math.NaN()))
			}
			return share(metrics.Value(float64(n) / float64(k.Items)))
		}
		t.Rows = append(t.Rows, []string{classWords(k.Class), report.Grouped(k.Items), of(k.Top1), of(k.Top5)})
	}
	return t
}

func worstConfusions(e *evaluation.Result) report.Table {
	t := report.Table{Title: "The most common confusions", Words: 2, Head: []string{"true class", "answer", "images"}}
	for _, c := range e.Confusions {
		t.Rows = append(t.Rows, []string{classWords(c.Truth), classWords(c.Answer), report.Grouped(c.Count)})
	}
	return t
}

// answers keeps the predictions of a list that are first by less.
type answers struct {
	less func(a, b evaluation.Prediction) int
	list []evaluation.Prediction
}

// shownAnswers is how long a list is.
const shownAnswers = 12

func (a *answers) add(p evaluation.Prediction) {
	i, _ := slices.BinarySearchFunc(a.list, p, func(x, p evaluation.Prediction) int {
		return cmp.Or(a.less(x, p), -1) // behind those that are equal
	})
	if a.list = slices.Insert(a.list, i, p); len(a.list) > shownAnswers {
		a.list = a.list[:shownAnswers]
	}
}

// addPredictions shows the images that tell most, and those that could not be read.
func (j Job) addPredictions(ctx context.Context, r *report.Report, e *evaluation.Result) error {
	sure := func(a, b evaluation.Prediction) int { return cmp.Compare(b.P, a.P) }
	best, worst := &answers{less: sure}, &answers{less: sure}
	hardest := &answers{less: func(a, b evaluation.Prediction) int { return cmp.Compare(b.Rank, a.Rank) }}
	err := e.ReadPredictions(func(p evaluation.Prediction) {
		switch {
		case p.Error != "":
			r.Failures = append(r.Failures, report.Failure{Image: p.Image, Reason: p.Error})
		case p.Wrong():
			worst.add(p)
			hardest.add(p)
		case p.Rank == 0:
			best.add(p)
		}
	})
	if err != nil {
		return err
	}
	if e.Predictions == "" {
		r.Notes = append(r.Notes, "An earlier fc7 wrote this evaluation, and kept no digest of its answers: fc7 evaluate again, which takes the posteriors that are there, to see images.")
		return nil
	}
	g := &galleries{title: "Images", note: "Figures are probabilities of the answer, by everything together.", groups: []galleryGroup{{}}, terms: []report.Term{
		{Name: "Worst", Meaning: "Images whose wrong answer has the highest probability: the nets are sure, and wrong. The label may be."},
		{Name: "Hardest", Meaning: "Of the images that were not recognised, those whose own class has the lowest place among the answers. What stands among the worst is not shown again."},
	}}
	g.answers("Recognised with the highest probability", best.list, func(p evaluation.Prediction) string { return p.Top })
	wrong := func(p evaluation.Prediction) string { return fmt.Sprintf("%s, taken for %s", p.Label, p.Top) }
	g.answers("Worst: wrong with the highest probability", worst.list, wrong)
	rest := slices.DeleteFunc(hardest.list, func(p evaluation.Prediction) bool {
		return slices.ContainsFunc(worst.list, func(w evaluation.Prediction) bool { return w.Image == p.Image })
	})
	g.answers("Hardest: their own class has the lowest place", rest, func(p evaluation.Prediction) string {
		return fmt.Sprintf("%s, place %s", wrong(p), report.Grouped(p.Rank+1))
	})
	return j.addGallery(ctx, r, outputs.Manifest{DataSet: e.DataSet}, g)
}

// answers adds a strip of predictions.
func (g *galleries) answers(title string, list []evaluation.Prediction, caption func(evaluation.Prediction) string) {
	var images []heads.ReviewImage
	words := map[string]string{}
	for _, p := range list {
		right := !p.Wrong()
		words[p.Image] = caption(p)
		images = append(images, heads.ReviewImage{ID: p.Image, Score: metrics.Value(p.P), Right: &right})
	}
	g.add(title, images, func(im heads.ReviewImage) string { return words[im.ID] })
}

// addPosteriors tells how the tables of posteriors were made, and leads to what fc7 explore made of them.
func (j Job) addPosteriors(r *report.Report) error {
	entries, err := os.ReadDir(filepath.Join(j.Run, evaluation.PosteriorsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var runs []string
	for _, e := range entries {
		run := filepath.Join(j.Run, evaluation.PosteriorsDir, e.Name())
		m, err := outputs.ReadManifest(run)
		if errors.Is(err, fs.ErrNotExist) {
			continue // not finished
		}
		if err != nil {
			return err
		}
		runs = append(runs, run)
		for _, set := range tableSettings(run, m) {
			set.Title = filepath.Base(run) + ": " + set.Title
			r.Settings = append(r.Settings, set)
		}
	}
	addLinks(r, j.Out, runs...)
	return nil
}
