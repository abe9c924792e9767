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
	if _, err := w.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// view is the report as the template shows it.
type view struct {
	Report
	Style    template.CSS
	Scores   *scoreView
	Failures *failureView
}

type scoreView struct {
	Title   string
	Columns []string
	Rows    []scoreRow
	Mean    []string
}

type scoreRow struct {
	Class     string
	Positives string
	Bar       string // 0 to 100, for the first score; "" if it is not defined
	Scores    []string
}

type failureView struct {
	Heading string
	Items   []Failure
	More    string // how many are not shown
}

func newView(r Report) (*view, error) {
	if r.Title == "" {
		return nil, errors.New("it has no title")
	}
	v := &view{Report: r, Style: template.CSS(styleText)} // our own text, not a user's
	if r.Scores != nil {
		s, err := newScoreView(r.Scores)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Scores.Title, err)
		}
		v.Scores = s
	}
	if n := len(r.Failures); n > 0 {
		if r.Inputs > 0 && n > r.Inputs {
			return nil, fmt.Errorf("%d of %d inputs failed", n, r.Inputs)
		}
		v.Failures = newFailureView(r.Failures, r.Inputs)
	}
	return v, nil
}

func newScoreView(t *ScoreTable) (*scoreView, error) {
	if len(t.Columns) == 0 {
		return nil, errors.New("the table has no score column")
	}
	s := &scoreView{Title: t.Title, Columns: t.Columns}
	for _, row := range t.Rows {
		scores, err := percents(row.Scores, len(t.Columns))
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", row.Class, err)
		}
		bar := ""
		if !math.IsNaN(row.Scores[0]) {
			bar = strconv.FormatFloat(100*row.Scores[0], 'f', 2, 64)
		}
		s.Rows = append(s.Rows, scoreRow{row.Class, grouped(row.Positives), bar, scores})
	}
	if t.Mean == nil {
		return s, nil
	}
	mean, err := percents(t.Mean, len(t.Columns))
	if err != nil {
		return nil, fmt.Errorf("mean: %w", err)
	}
	s.Mean = mean
	return s, nil
}

// percents writes one score for each of n columns as a percentage with one decimal, as the literature does.
func percents(scores []float64, n int) ([]string, error) {
	if len(scores) != n {
		return nil, fmt.Errorf("%d scores, expected one for each of the %d columns", len(scores), n)
	}
	out := make([]string, n)
	for i, s := range scores {
		switch {
		case math.IsNaN(s):
			out[i] = "–"
		case s < 0 || s > 1:
			return nil, fmt.Errorf("score %g, expected 0 to 1", s)
		default:
			out[i] = strconv.FormatFloat(100*s, 'f', 1, 64)
		}
	}
	return out, nil
}

func newFailureView(items []Failure, inputs int) *failureView {
	f := &failureView{Heading: grouped(len(items)) + " failed inputs", Items: items}
	if len(items) == 1 {
		f.Heading = "1 failed input"
	}
	if inputs > 0 {
		f.Heading += " of " + grouped(inputs)
	}
	if n := len(items) - maxFailures; n > 0 {
		f.Items, f.More = items[:maxFailures], grouped(n)
	}
	return f
}

// grouped writes n with commas between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
