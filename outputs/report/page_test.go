package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"regexp"
	"strings"
	"testing"
)

// full is a report of every part, of so many classes.
func full(t testing.TB, classes int) Report {
	t.Helper()
	r := sample()
	r.Paper = &Comparison{"Mean AP beside the paper, table 11", []string{"Not to be compared: a narrow net."}, []ComparisonRow{{"D (vgg16)", "88.1", "89.3", "-1.2"}, {"E", "", "89.3", ""}}}
	r.Scores.Rows = nil
	r.Confusion = &Confusion{Note: "Test images of all splits together."}
	g := Gallery{Title: "Images by class", Note: "Of test.", Terms: []Term{{"Worst", "Sure, and wrong."}}}
	for k := range classes {
		name := fmt.Sprintf("class_with_a_long_name_%03d", k)
		score := float64(k) / float64(classes)
		r.Scores.Rows = append(r.Scores.Rows, ClassScores{name, 10 + k, []float64{score, score}})
		r.Curves = append(r.Curves, Curve{Class: name, AP: score, Recall: []float64{0.1, 0.5, 1}, Precision: []float64{1, 0.8, 0.2}})
		r.Confusion.Classes = append(r.Confusion.Classes, name)
		row := make([]int, classes)
		row[k], row[(k*7+4)%classes] = 8, 2+k%3
		r.Confusion.Counts = append(r.Confusion.Counts, row)
		if k < 3 {
			g.Groups = append(g.Groups, Group{name, "AP 12.0", []Strip{
				{"Highest scores", []Thumb{{Image: "a/0001.jpg", Caption: "place 1", Score: "1.25", Right: true, JPEG: picture(t), W: 40, H: 30}}},
				{"Worst mistakes", []Thumb{{Image: "a_file_name_without_any_place_to_break_it_0002.jpg", Score: "0.5", Wrong: true, Missing: "its file is gone"}}},
			}})
		}
	}
	r.Galleries = []Gallery{g}
	r.Costs = []CostCurve{
		{"seed 0", []float64{0.25, 1, 4}, []float64{0.5, 0.62, math.NaN()}, 1, "mean class recall", "a fifth of the training images"},
		{"seed 2", []float64{0.25, 1, 4}, []float64{0.9, 0.6, 0.7}, 0.25, "mean class recall", "a fifth of the training images"},
		{"seed 1", []float64{0.25, 1, 4}, []float64{0.4, 0.6, 0.7}, 4, "mean class recall", "a fifth of the training images"},
	}
	r.Made = []Setting{{"extracted", "2026-11-30 12:00:00 UTC, on linux/amd64, 2 cores"}}
	r.Links = []Link{{"All images on a map", "explore.html"}}
	r.Tables = []Table{{"Error by way of testing", "Of everything together.", 2, []string{"net", "views", "top-1 error, %"}, [][]string{{"vgg16", "dense", "24.80"}}}}
	r.Nearest = &Nearest{"Each votes.", []string{"mean class recall", "accuracy"}, []NearestPoint{{10, []float64{0.8, 0.82}, []float64{0.01, 0.02}}, {200, []float64{0.794, math.NaN()}, []float64{0.01, 0.02}}}, []float64{0.846, 0.85}}
	r.LowShot = &LowShot{"mean class recall", "Mean over 5 draws.", []LowShotCurve{{"svm", []LowShotPoint{{1, "1", 1, 0.3, 0.02}, {4, "4", 4, 0.5, math.NaN()}}}}}
	r.Training = []Epoch{
		{Stage: "1, vgg11", Loss: 6.9, ValLoss: 6.8, Top1: 0.99, Top5: 0.95, Rate: 0.01, Best: true},
		{Stage: "1, vgg11", Loss: 5.1, ValLoss: math.NaN(), Top1: math.NaN(), Top5: math.NaN(), Rate: 0.001},
	}
	return r
}

func picture(t testing.TB) []byte {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 30 {
		im.Set(i, i, color.RGBA{200, 30, 30, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFullPage(t *testing.T) {
	for _, classes := range []int{3, 20, 102, 257} {
		html := written(t, full(t, classes))
		wellFormed(t, html)
		for _, want := range []string{
			"beside the paper, table 11", ">88.1<", ">-1.2<", "Not to be compared: a narrow net.",
			"Precision against recall of class_with_a_long_name_000", "AP 0.0", "Best precision, in percent",
			fmt.Sprintf("Heat map of the confusion matrix of %d classes", classes), "The most common confusions", "Test images of all splits",
			"Images by class", "data:image/jpeg;base64,", "its file is gone", "1.25",
			"Choice of C", "60.0", "70.0 (chosen)", "Few training images", "30.0", "Training", "6.9", "99.0",
			`<dt>Worst</dt><dd>Sure, and wrong.</dd>`, `<dt>extracted</dt><dd>2026-11-30`, `<a href="explore.html">All images on a map</a>`, `<td class="number">24.80</td>`,
			"Nearest images in the place of heads", "80.0 ± 1.0", ">heads</th>", "from 79.4 to 80.0 %; heads 84.6 %", "<title>class_with_a_long_name_001 recognised: 8 of 11</title>",
		} {
			if !strings.Contains(html, want) {
				t.Errorf("%d classes: not there: %s", classes, want)
			}
		}
		for _, bad := range []string{"<script", "http://", "https://", "<link", "@import", "url(", "ZgotmplZ", "NaN", "Inf", "javascript:"} {
			if strings.Contains(html, bad) {
				t.Errorf("%d classes: the page holds %q", classes, bad)
			}
		}
		checkAccess(t, html)
		if len(html) > 1<<20 {
			t.Errorf("%d classes: %d bytes without images to speak of", classes, len(html))
		}
	}
}

// checkAccess looks for what a reader without eyes or mouse needs.
func checkAccess(t *testing.T, html string) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if seen[m[1]] {
			t.Errorf("id %s is there twice", m[1])
		}
		seen[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !seen[m[1]] {
			t.Errorf("nothing has the id %s", m[1])
		}
	}
	for _, svg := range regexp.MustCompile(`<svg[^>]*>`).FindAllString(html, -1) {
		if !strings.Contains(svg, "aria-label=") && !strings.Contains(svg, "aria-hidden") {
			t.Errorf("a figure without words: %s", svg)
		}
	}
	for _, img := range regexp.MustCompile(`<img[^>]*>`).FindAllString(html, -1) {
		if !strings.Contains(img, "alt=") {
			t.Error("an image without alternative text")
		}
	}
	level := 0
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(html, -1) {
		if now := int(m[1][0] - '0'); now > level+1 {
			t.Errorf("heading %d after %d", now, level)
		} else {
			level = now
		}
	}
	if tables, captions := strings.Count(html, "<table"), strings.Count(html, "<caption"); tables != captions {
		t.Errorf("%d tables, %d captions", tables, captions)
	}
}

func TestPageRefusesContradictions(t *testing.T) {
	for want, change := range map[string]func(*Report){
		"2 recalls for 1 precisions": func(r *Report) {
			r.Curves = []Curve{{Class: "a", AP: 1, Recall: []float64{0, 1}, Precision: []float64{1}}}
		},
		"score 2": func(r *Report) {
			r.Curves = []Curve{{Class: "a", AP: 1, Recall: []float64{0}, Precision: []float64{2}}}
		},
		"a band of 1 and 0": func(r *Report) {
			r.Curves = []Curve{{Recall: []float64{0}, Precision: []float64{1}, Low: []float64{1}}}
		},
		"a band from 0.9 to 0.8": func(r *Report) {
			r.Curves = []Curve{{Recall: []float64{0}, Precision: []float64{1}, Low: []float64{0.9}, High: []float64{0.8}}}
		},
		"1 rows and 0 counts":        func(r *Report) { r.Confusion = &Confusion{Classes: []string{"a", "b"}, Counts: [][]int{{1}}} },
		"class a: 1 counts for 2":    func(r *Report) { r.Confusion = &Confusion{Classes: []string{"a", "b"}, Counts: [][]int{{1}, {2, 3}}} },
		"1 values of C for 2 scores": func(r *Report) { r.Costs = []CostCurve{{C: []float64{1}, Score: []float64{0, 1}}} },
		"a C of 0":                   func(r *Report) { r.Costs = []CostCurve{{C: []float64{0}, Score: []float64{0}}} },
		"0 images a class of 0":      func(r *Report) { r.LowShot = &LowShot{Curves: []LowShotCurve{{"", []LowShotPoint{{0, "0", 0, 0, 0}}}}} },
		"no head has a curve":        func(r *Report) { r.LowShot = &LowShot{} },
		"0 figures and 1 deviations": func(r *Report) {
			r.Nearest = &Nearest{"", []string{"a"}, []NearestPoint{{1, nil, []float64{1}}}, []float64{1}}
		},
		"0 figures of 0 points": func(r *Report) { r.Nearest = &Nearest{} },
		"score 3, expected": func(r *Report) {
			r.Nearest = &Nearest{"", []string{"a"}, []NearestPoint{{1, []float64{3}, []float64{1}}}, []float64{1}}
		},
		"line 1 has 1 cells, expected 2": func(r *Report) { r.Tables = []Table{{"x", "", 1, []string{"a", "b"}, [][]string{{"c"}}}} },
		"training: score 1.5, expecte":   func(r *Report) { r.Training = []Epoch{{Top1: 1.5}} },
	} {
		r := sample()
		change(&r)
		var b bytes.Buffer
		if err := Write(&b, r); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("error %v, want %q and nothing written", err, want)
		}
	}
}

func TestManyClassesAreSummedUp(t *testing.T) {
	r := full(t, 102)
	html := written(t, r)
	if n := strings.Count(html, `<caption>The lowest</caption>`); n != 1 {
		t.Errorf("%d tables of the lowest", n)
	}
	if n := strings.Count(html, "Precision against recall of"); n != lowest {
		t.Errorf("%d curves, want the %d lowest", n, lowest)
	}
	if !strings.Contains(html, "All 102 classes") || !strings.Contains(html, `<td class="nth">102</td>`) {
		t.Error("the tables of all classes are not there")
	}
	one := full(t, 3)
	one.Scores.Rows = one.Scores.Rows[:1]
	one.Confusion = &Confusion{Classes: []string{"a"}, Counts: [][]int{{3}}}
	if html := written(t, one); !strings.Contains(html, "No image was taken for another class.") {
		t.Error("no confusion: not said")
	}
}
