package pages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/paper"
)

// TestReportOfReproduction: the page of a reproduction is that of its main heads, with their settings and the lines of
// all nets, under the paper's title. Nothing outside its folder is read.
func TestReportOfReproduction(t *testing.T) {
	earlier, dir := filepath.Join("..", "heads", "testdata", "earlier"), t.TempDir()
	for from, to := range map[string]string{"voc-run": "features-D", "voc2012": "heads-D"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(earlier, from))); err != nil {
			t.Fatal(err)
		}
	}
	r := paper.Reproduction{Task: "voc2012", Main: paper.Place{Table: "features-D", Heads: "heads-D"}, Lines: []paper.Line{
		{Task: "voc2012", Net: protocol.PaperD, Ours: 0.4375}, {Task: "voc2012", Net: protocol.PaperE, Ours: 0.5625, Deviation: 0.125},
	}}
	write := func() {
		t.Helper()
		if err := outputs.WriteJSON(filepath.Join(dir, paper.File), r); err != nil {
			t.Fatal(err)
		}
	}
	write()
	page := reported(t, Job{Run: dir, NoImages: true})
	fixture.Holds(t, page, "<title>VOC-2012 classification", ">43.8 ± 0.0<", ">56.2 ± 12.5<", ">Heads<", ">loss<", ">C<", "difficult images in training", ">test, 20 images, 0 of them without a descriptor<", "dense: whole images")
	if _, err := os.Stat(filepath.Join(dir, OwnFile)); err != nil {
		t.Error(err)
	}
	r.Task = "mnist" // of another fc7
	write()
	if page := reported(t, Job{Run: dir, NoImages: true}); strings.Contains(page, "<title>VOC-2012") {
		t.Error("a task that is not the paper's has its title")
	}
	for _, main := range []paper.Place{{Table: "../other", Heads: "heads-D"}, {Table: "features-D", Heads: "/etc"}, {}} {
		r.Main = main
		write()
		if _, err := Write(t.Context(), Job{Run: dir, NoImages: true}); err == nil || !strings.Contains(err.Error(), "is no folder below it") {
			t.Errorf("%+v: %v", main, err)
		}
	}
}
