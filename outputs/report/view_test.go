package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
)

func sample() Report {
	return Report{
		Title: "VOC-2007 classification", Subtitle: "vgg16/8, fc7 at 256 and 384, mean",
		Notes:   []string{"The weights are random: the figures say nothing about VGG."},
		Summary: []Figure{{"mean AP", "41.7 %", "paper: 89.3 %"}, {"images", "9,963", ""}},
		Scores: &ScoreTable{
			Title: "Average precision by class", Columns: []string{"AP, 11-point", "AP, all points"},
			Rows: []ClassScores{{"aeroplane", 238, []float64{0.5, 0.4567}}, {"tvmonitor", 0, []float64{math.NaN(), math.NaN()}}, {"person", 2008, []float64{1, 0}}},
			Mean: []float64{0.75, 0.22835},
		},
		Failures: []Failure{{"000005", "decoding: unexpected EOF"}}, Inputs: 9963,
		Settings: []SettingSet{{"Table", []Setting{{"weights sha256", "ab12cd34"}, {"C", "1"}}}},
	}
}

func written(t *testing.T, r Report) string {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, r); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// wellFormed reads the page as XML, with HTML's void elements closed and doctype left out: every element opened is
// closed.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	html = regexp.MustCompile(`(?i)<!doctype html>`).ReplaceAllString(html, "")
	html = regexp.MustCompile(`<(meta|img|wbr)([^>]*)>`).ReplaceAllString(html, "<$1$2/>")
	d := xml.NewDecoder(strings.NewReader(html))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, html)
		}
	}
}

func TestWriteShowsEveryFigure(t *testing.T) {
	html := written(t, sample())
	wellFormed(t, html)
	for _, want := range []string{
		"<title>VOC-2007 classification</title>", "<h1>VOC-2007 classification</h1>", "vgg16/8, fc7 at 256 and 384, mean",
		"The weights are random", "<dt>mean AP</dt><dd>41.7 % <small>paper: 89.3 %</small></dd>", "<dt>images</dt><dd>9,963</dd>",
		"AP, 11-point, %", "AP, all points, %",
		`aeroplane</th><td class="number">238</td><td class="number">50.0</td><td class="number">45.7</td>`, `width="50.00"`,
		`tvmonitor</th><td class="number">0</td><td class="number">–</td><td class="number">–</td><td class="bar"></td>`,
		`person</th><td class="number">2,008</td><td class="number">100.0</td><td class="number">0.0</td>`, `width="100.00"`,
		`mean</th><td></td><td class="number">75.0</td><td class="number">22.8</td>`,
		"1 failed input of 9,963", "000005</th><td>decoding: unexpected EOF</td>", "weights sha256</th><td>ab12cd34</td>",
		"prefers-color-scheme: dark", "@media print", `name="viewport"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("not there: %s", want)
		}
	}
	for _, bad := range []string{"<script", "http://", "https://", "src=", "<link", "@import", "url(", "ZgotmplZ", "NaN"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if html != written(t, sample()) {
		t.Error("the same report gave another page")
	}
}

func TestWriteEscapesHostileText(t *testing.T) {
	hostile := `</style></title><script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;{{.}}` + "\u202e\u200b"
	n := []float64{0.25, 0.5}
	many := &Confusion{Note: hostile, Classes: []string{hostile, "b"}, Counts: [][]int{{1, 2}, {3, 4}}}
	r := Report{
		Title: hostile, Subtitle: hostile, Notes: []string{hostile}, Summary: []Figure{{hostile, hostile, hostile}},
		Paper: &Comparison{hostile, []string{hostile}, []ComparisonRow{{hostile, hostile, hostile, hostile}}},
		Scores: &ScoreTable{
			Title: hostile, Columns: []string{hostile}, Rows: []ClassScores{{hostile, 1, []float64{0.5}}},
		},
		Curves: []Curve{{Class: hostile, AP: 0.5, Recall: n, Precision: n, Low: n, High: n}}, Confusion: many,
		Costs:     []CostCurve{{hostile, []float64{1, 2}, n, 1, hostile, hostile}},
		LowShot:   &LowShot{hostile, hostile, []LowShotCurve{{hostile, []LowShotPoint{{1, "1", 1, 0.1, 0.2}, {2, hostile, 2, 0.2, 0.2}}}}},
		Training:  []Epoch{{Stage: hostile, Loss: 1}},
		Galleries: []Gallery{{hostile, hostile, []Term{{hostile, hostile}}, []Group{{hostile, hostile, []Strip{{hostile, []Thumb{{Image: hostile, Caption: hostile, Score: hostile, Missing: hostile}, {Image: hostile, JPEG: []byte(hostile)}}}}}}}},
		Failures:  []Failure{{hostile, hostile}}, Settings: []SettingSet{{hostile, []Setting{{hostile, hostile}}}},
		Made: []Setting{{hostile, hostile}}, Links: []Link{{hostile, "x"}, {"x", `"></a><script>alert(1)</script>`}}, Tables: []Table{{hostile, hostile, 1, []string{hostile, hostile}, [][]string{{hostile, hostile}}}},
		Nearest: &Nearest{hostile, []string{hostile}, []NearestPoint{{1, n[:1], n[:1]}, {2, n[:1], n[:1]}}, n[1:]},
	}
	html := written(t, r)
	wellFormed(t, html)
	for _, bad := range []string{"<script", "<img src=x", "onerror=alert", `"'>`, "ZgotmplZ", "\u202e", "\u200b"} {
		if strings.Contains(strings.ReplaceAll(html, "&lt;img src=x onerror=alert(1)&gt;", ""), bad) {
			t.Errorf("unescaped: %q", bad)
		}
	}
	if n := strings.Count(html, "&lt;script&gt;alert(1)&lt;/script&gt;"); n < 40 {
		t.Errorf("the text is there %d times, want each part to show it", n)
	}
}

func TestWriteLeavesOutWhatIsNotThere(t *testing.T) {
	html := written(t, Report{Title: "x"})
	wellFormed(t, html)
	for _, bad := range []string{"<section", "<table", "Summary", "failed"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestWriteBoundsTheListOfFailures(t *testing.T) {
	r := Report{Title: "x", Inputs: 2000}
	for i := range 1501 {
		r.Failures = append(r.Failures, Failure{fmt.Sprintf("image-%04d", i), "empty file"})
	}
	html := written(t, r)
	if n := strings.Count(html, "empty file"); n != maxFailures {
		t.Errorf("%d listed, want %d", n, maxFailures)
	}
	for _, want := range []string{"1,501 failed inputs of 2,000", "1,001 more are not listed"} {
		if !strings.Contains(html, want) {
			t.Errorf("not there: %s", want)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteRefuses(t *testing.T) {
	for want, change := range map[string]func(*Report){
		"it has no title":                        func(r *Report) { r.Title = "" },
		"no score column":                        func(r *Report) { r.Scores.Columns = nil },
		"class aeroplane: 1 scores, expected":    func(r *Report) { r.Scores.Rows[0].Scores = []float64{1} },
		"class aeroplane: score 1.5, expected 0": func(r *Report) { r.Scores.Rows[0].Scores = []float64{1.5, 0} },
		"class person: score -0.1":               func(r *Report) { r.Scores.Rows[2].Scores[1] = -0.1 },
		"mean: 1 scores":                         func(r *Report) { r.Scores.Mean = []float64{1} },
		"2 of 1 inputs failed":                   func(r *Report) { r.Inputs, r.Failures = 1, make([]Failure, 2) },
	} {
		r := sample()
		change(&r)
		var buf bytes.Buffer
		err := Write(&buf, r)
		if err == nil || !strings.Contains(err.Error(), want) || buf.Len() != 0 {
			t.Errorf("error %v, want %q and nothing written", err, want)
		}
	}
	unknown := sample()
	unknown.Inputs = 0
	if html := written(t, unknown); !strings.Contains(html, "1 failed input<") {
		t.Error("a number of inputs that is not known: the heading is not \"1 failed input\"")
	}
	if err := Write(brokenWriter{}, sample()); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a writer that fails: %v", err)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -100: "-100", -1000: "-1,000"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
