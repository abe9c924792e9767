package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// TestReportWithoutLabels: a run without labels says so, shows images, and names what needs no labels.
func TestReportWithoutLabels(t *testing.T) {
	j := fixture.Job(t)
	files, err := filepath.Glob(filepath.Join(strings.TrimPrefix(j.DataSet, "voc2007:"), "*", "*", "JPEGImages", "*.jpg"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	j.DataSet = "folder:" + filepath.Dir(files[0])
	fixture.ExtractSome(t, j)
	page := reported(t, Job{Run: j.Out})
	fixture.Holds(t, page, "The images have no labels", "fc7 explore", "The images</h2>", "data:image/jpeg", "weights, SHA-256")
	for _, no := range []string{"Images of each class", "No heads were trained", filepath.Dir(files[0]), ">NaN", "NaN %"} {
		if strings.Contains(page, no) {
			t.Errorf("the page says %q", no)
		}
	}
}

func TestClassTable(t *testing.T) {
	counts := map[string]int{"b": 2, "a": 2, "c": 1000}
	if got := fmt.Sprint(classTable(counts).Rows); got != "[[c 1,000] [a 2] [b 2]]" {
		t.Error(got)
	}
	for k := range shownClasses {
		counts[fmt.Sprint("k", k)] = 1
	}
	if many := classTable(counts); len(many.Rows) != shownClasses || !strings.Contains(many.Note, "300 of 303") {
		t.Errorf("%d rows, %s", len(many.Rows), many.Note)
	}
}

// TestReportOfNearest: what the nearest images tell stands beside what heads score, and the page leads to that of
// explore once it is there, from wherever it is.
func TestReportOfNearest(t *testing.T) {
	j := fixture.Job(t)
	j.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 24)
	fixture.Extract(t, j)
	h := heads.Job{Features: j.Out, Protocol: "caltech101", Options: protocol.Options{TrainPerClass: 2}, KNN: []int{1, 5}}
	r, err := heads.Train(t.Context(), h, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	page := reported(t, Job{Run: j.Out})
	mean := 100 * float64(r.KNN.Points[1].Figures.Get("mean_recall"))
	fixture.Holds(t, page, "Nearest images in the place of heads", "mean class recall, %", `<th scope="row">5</th><td class="number">`+fmt.Sprintf("%.1f", mean), ">heads</th>")
	if strings.Contains(page, "explore.html") {
		t.Error("a link to a page that is not there")
	}
	fixture.WriteFile(t, filepath.Join(j.Out, "explore.html"), []byte("x"))
	fixture.Holds(t, reported(t, Job{Run: j.Out}), `<a href="explore.html">`)
	elsewhere := filepath.Join(filepath.Dir(j.Out), "pages", "p.html")
	if err := os.Mkdir(filepath.Dir(elsewhere), 0o755); err != nil {
		t.Fatal(err)
	}
	fixture.Holds(t, reported(t, Job{Run: j.Out, Out: elsewhere}), `<a href="../run/explore.html">`)
	if err := os.Remove(filepath.Join(j.Out, "explore.html")); err != nil {
		t.Fatal(err)
	}
	fixture.WriteFile(t, filepath.Join(j.Out, "explore-page", "index.html"), []byte("x"))
	fixture.Holds(t, reported(t, Job{Run: j.Out}), `<a href="explore-page/index.html">`)
}

// TestHardestIsNotWorst: an image that stands among the worst does not stand among the hardest again.
func TestHardestIsNotWorst(t *testing.T) {
	g := &galleries{}
	im := func(id string) heads.ReviewImage {
		return heads.ReviewImage{ID: id, True: "cat", Taken: "dog", Place: 2}
	}
	g.all(&heads.ReviewLists{Mistakes: []heads.ReviewImage{im("x"), im("y")}, Hardest: []heads.ReviewImage{im("y"), im("z")}})
	p := g.pages()[0]
	strips := p.Groups[0].Strips
	if len(strips) != 2 || len(strips[0].Images) != 2 || len(strips[1].Images) != 1 || strips[1].Images[0].Image != "z" || len(p.Terms) != 2 {
		t.Errorf("%+v", p)
	}
}
