package explore

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/heads/tsne"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

func pageJob(t *testing.T, run string) PageJob {
	t.Helper()
	return PageJob{
		Job: Job{Run: run, K: 4}, Map: mapJob(run).Options, Doubts: protocol.DefaultDoubtOptions(), Thumbnails: DefaultThumbnails, Side: DefaultSide,
		Out: filepath.Join(t.TempDir(), "page.html"), Command: "fc7 explore " + run,
	}
}

func write(t *testing.T, j PageJob) (*Page, string) {
	t.Helper()
	p, err := WritePage(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(p.File)
	if err != nil {
		t.Fatal(err)
	}
	return p, string(text)
}

// part is the JSON of a part of a page.
func part(t *testing.T, page, name string, to any) {
	t.Helper()
	_, after, ok := strings.Cut(page, `id="part-`+name+`">`)
	inner, _, _ := strings.Cut(after, "</script>")
	if err := json.Unmarshal([]byte(inner), to); !ok || err != nil {
		t.Fatalf("part %s: %v", name, err)
	}
}

// TestWritePage: a page of a run has all rows that have a place, a thumbnail of each, the failed one with its reason,
// and no word of where anything is; what was computed for it is kept, and the next page is the same bytes.
func TestWritePage(t *testing.T) {
	x, images := extracted(t)
	j := pageJob(t, x.Out)
	p, text := write(t, j)
	if p.Images != 12 || p.Failed != 1 || p.Thumbnails != 12 || p.Added != 0 || p.Folder {
		t.Errorf("%+v", p)
	}
	var names []string
	part(t, text, "names", &names)
	var about struct {
		Failed   [][2]string
		Suspects *struct{}
		Without  struct{ Suspects, Leaks, Heads, Evidence string }
	}
	part(t, text, "about", &about)
	if len(names) != 12 || len(about.Failed) != 1 || !strings.HasSuffix(images[5], about.Failed[0][0]) || about.Suspects != nil || about.Without.Suspects == "" || about.Without.Heads == "" || about.Without.Evidence == "" || about.Without.Leaks != "" {
		t.Errorf("names %q, about %+v", names, about)
	}
	for _, path := range []string{filepath.Dir(images[0]), x.Out, os.TempDir()} {
		if strings.Contains(text, path) {
			t.Errorf("the page tells of %s", path)
		}
	}
	for _, name := range []string{"neighbours", "map", "twins", "audit", "thumbnails"} {
		if _, err := os.Stat(keptIn(x.Out, name, basis{}).path); err != nil {
			t.Error(err)
		}
	}
	j.Replace = true
	if _, again := write(t, j); again != text {
		t.Error("the same page is other bytes")
	}
	j.Paths, j.Thumbnails = true, 5
	p, text = write(t, j)
	if !strings.Contains(text, filepath.Dir(images[0])) || p.Thumbnails != 5 {
		t.Errorf("asked for paths and 5 thumbnails: %+v", p)
	}
	if !strings.Contains(text, `id="part-leaks"`) {
		t.Error("groups that are kept are not read where not all images have thumbnails")
	}
	if err := os.Remove(keptIn(x.Out, "audit", basis{}).path); err != nil {
		t.Fatal(err)
	}
	if _, text = write(t, j); !strings.Contains(text, "fc7 audit RUN does") || strings.Contains(text, `id="part-leaks"`) {
		t.Error("images of more rows than thumbnails are compared")
	}
}

// TestPageTakesWhatIsKept: another number of neighbours and another perplexity that are kept are shown, not replaced.
func TestPageTakesWhatIsKept(t *testing.T) {
	x, _ := extracted(t)
	n := find(t, Job{Run: x.Out, K: 7})
	m := mapJob(x.Out)
	m.Options.Perplexity = 2
	draw(t, m)
	_, text := write(t, pageJob(t, x.Out))
	var about struct{ K int }
	part(t, text, "about", &about)
	if about.K != 7 {
		t.Errorf("the page has %d neighbours a row, want the 7 that are kept", about.K)
	}
	if again := find(t, Job{Run: x.Out, K: 7}); !again.Kept || again.File != n.File {
		t.Error("the neighbours that were kept are gone")
	}
	if again := draw(t, m); !again.Kept {
		t.Error("the map that was kept is gone")
	}
}

// TestPageOfLabels: margins, suspects and outliers are those that are kept, by the rows' places on the page.
func TestPageOfLabels(t *testing.T) {
	x := fixture.Job(t)
	fixture.ExtractSome(t, x)
	j := pageJob(t, x.Out)
	p, text := write(t, j)
	var names []string
	part(t, text, "names", &names)
	var about struct {
		Classes  []string
		Suspects *struct{ List [][7]any }
		Outliers [][3]any
	}
	part(t, text, "about", &about)
	s, err := FindSuspects(t.Context(), SuspectJob{Job: j.Job, Options: j.Doubts}, conveyor.Events{})
	if err != nil || !s.Kept || about.Suspects == nil || len(about.Suspects.List) != len(s.List) || len(about.Outliers) != len(s.Outliers) {
		t.Fatalf("%v, %+v of %+v", err, about, s)
	}
	for i, d := range s.List {
		one := about.Suspects.List[i]
		at, _ := one[0].(float64)
		instead, _ := one[2].(float64)
		if names[int(at)] != d.Image || about.Classes[int(instead)] != d.Instead || one[4] != d.Margin {
			t.Errorf("suspect %d is %v, want %+v", i, one, d)
		}
	}
	if p.Images != len(names) || len(s.List) == 0 {
		t.Errorf("%+v with %d suspects", p, len(s.List))
	}
}

// TestPageWithOthers: the images of another run stand behind those of the run, with neighbours among these, and a
// thumbnail from where that run found them.
func TestPageWithOthers(t *testing.T) {
	x, images := extracted(t)
	some := x
	some.Out, some.DataSet = filepath.Join(t.TempDir(), "some"), "folder:"+t.TempDir()
	b, err := os.ReadFile(images[0])
	if err == nil {
		err = os.WriteFile(filepath.Join(strings.TrimPrefix(some.DataSet, "folder:"), "new.jpg"), b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	fixture.ExtractSome(t, some)
	j := pageJob(t, x.Out)
	j.Add = some.Out
	p, text := write(t, j)
	var names []string
	part(t, text, "names", &names)
	var about struct{ Own int }
	part(t, text, "about", &about)
	if p.Images != 13 || p.Added != 1 || p.Thumbnails != 13 || about.Own != 12 || names[12] != "new.jpg" {
		t.Errorf("%+v, %+v, %q", p, about, names)
	}
}

// TestPageStops: a page that is interrupted is not there.
func TestPageStops(t *testing.T) {
	x, _ := extracted(t)
	j := pageJob(t, x.Out)
	ctx, cancel := context.WithCancel(t.Context())
	j.Map.Progress = func(tsne.Stage, int, int) { cancel() }
	if _, err := WritePage(ctx, j, conveyor.Events{}); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(j.Out); err == nil {
		t.Error("there is a page")
	}
}
