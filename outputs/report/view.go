package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// maxFailures bounds the list of failed inputs on the page; all of them are in the feature table.
const maxFailures = 500

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

var page = template.Must(template.New("page").Parse(pageText))

// Write writes the report as one HTML page. Nothing is written if the report is contradictory.
func Write(w io.Writer, r Report) error {
	v, err := newView(r)
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	var buf bytes.Buffer
	if err := page.Execute(&buf, v); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if _, err := io.WriteString(w, escape.Visible(buf.String())); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// view is the report as the template shows it.
type view struct {
	Report
	Style     template.CSS
	Sections  []section
	Scores    *scoreView
	Curves    *curvesView
	Confusion *confusionView
	Costs     *plotView
	LowShot   *plotView
	Nearest   *plotView
	Tables    []tableView
	Links     []linkView
	Training  *trainingView
	Galleries []galleryView
	Failures  *failureView
}

// section is an entry of the table of contents.
type section struct{ ID, Title string }

// plotView is a figure with its caption and the same in a table.
type plotView struct {
	Figure  template.HTML
	Keys    []keyView
	Caption string
	Head    []string
	Rows    [][]string // the first cell names the row
}

type failureView struct {
	Heading string
	Items   []Failure
	More    string // how many are not shown
}

func newView(r Report) (v *view, err error) {
	if r.Title == "" {
		return nil, errors.New("it has no title")
	}
	v = &view{Report: r, Style: template.CSS(styleText)} // our own text, not a user's
	if r.Scores != nil {
		if v.Scores, err = newScoreView(r.Scores); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Scores.Title, err)
		}
	}
	if v.Curves, err = newCurvesView(r.Curves, r.CurvesNote); err != nil {
		return nil, fmt.Errorf("precision-recall curves: %w", err)
	}
	if r.Confusion != nil {
		if v.Confusion, err = newConfusionView(r.Confusion); err != nil {
			return nil, fmt.Errorf("confusion matrix: %w", err)
		}
	}
	if v.Costs, err = newCostView(r.Costs); err != nil {
		return nil, fmt.Errorf("curve of C: %w", err)
	}
	if r.LowShot != nil {
		if v.LowShot, err = newLowShotView(r.LowShot); err != nil {
			return nil, fmt.Errorf("low-shot curve: %w", err)
		}
	}
	if r.Nearest != nil {
		if v.Nearest, err = newNearestView(r.Nearest); err != nil {
			return nil, fmt.Errorf("nearest images: %w", err)
		}
	}
	for _, l := range r.Links {
		v.Links = append(v.Links, l.view())
	}
	for i, t := range r.Tables {
		one, err := newTableView(t, i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Title, err)
		}
		v.Tables = append(v.Tables, one)
	}
	if v.Training, err = newTrainingView(r.Training); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	for i, g := range r.Galleries {
		v.Galleries = append(v.Galleries, newGalleryView(g, i))
	}
	if n := len(r.Failures); n > 0 {
		if r.Inputs > 0 && n > r.Inputs {
			return nil, fmt.Errorf("%d of %d inputs failed", n, r.Inputs)
		}
		v.Failures = newFailureView(r.Failures, r.Inputs)
	}
	v.contents()
	return v, nil
}

// contents lists the sections that there are.
func (v *view) contents() {
	add := func(there bool, id, title string) {
		if there {
			v.Sections = append(v.Sections, section{id, title})
		}
	}
	add(len(v.Summary) > 0 || v.Paper != nil, "summary", "Summary")
	add(v.Training != nil, "training", "Training")
	for _, t := range v.Tables {
		add(true, t.ID, t.Title)
	}
	if v.Scores != nil {
		add(true, "scores", v.Scores.Title)
	}
	add(v.Curves != nil, "curves", "Precision and recall")
	add(v.Confusion != nil, "confusion", "Confusions")
	for _, g := range v.Galleries {
		add(true, g.ID, g.Title)
	}
	add(v.Costs != nil, "cost", "Choice of C")
	add(v.LowShot != nil, "lowshot", "Few training images")
	add(v.Nearest != nil, "nearest", "Nearest images in the place of heads")
	if v.Failures != nil {
		add(true, "failures", v.Failures.Heading)
	}
	add(len(v.Settings) > 0, "settings", "Settings and identity")
	if len(v.Sections) < 3 {
		v.Sections = nil // a short page needs no list
	}
}

// percent writes a share as a percentage with one decimal, as the literature does.
func percent(s float64) string {
	if math.IsNaN(s) {
		return "–"
	}
	return strconv.FormatFloat(100*s, 'f', 1, 64)
}

// percents checks and writes one score for each of n columns.
func percents(scores []float64, n int) ([]string, error) {
	if len(scores) != n {
		return nil, fmt.Errorf("%d scores, expected one for each of the %d columns", len(scores), n)
	}
	out := make([]string, n)
	for i, s := range scores {
		if err := checkShare(s); err != nil {
			return nil, err
		}
		out[i] = percent(s)
	}
	return out, nil
}

func checkShare(s float64) error {
	if s < 0 || s > 1 {
		return fmt.Errorf("score %g, expected 0 to 1", s)
	}
	return nil
}

func newFailureView(items []Failure, inputs int) *failureView {
	f := &failureView{Heading: Grouped(len(items)) + " failed inputs", Items: items}
	if len(items) == 1 {
		f.Heading = "1 failed input"
	}
	if inputs > 0 {
		f.Heading += " of " + Grouped(inputs)
	}
	if n := len(items) - maxFailures; n > 0 {
		f.Items, f.More = items[:maxFailures], Grouped(n)
	}
	return f
}

// Grouped writes n with commas between thousands.
func Grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Numbers lists numbers with commas.
func Numbers(n []int) string {
	var s []string
	for _, v := range n {
		s = append(s, strconv.Itoa(v))
	}
	return strings.Join(s, ", ")
}
