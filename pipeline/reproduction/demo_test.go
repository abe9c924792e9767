package reproduction

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestDemo: the demo with fewer images describes the same drawn images by two nets of one shape, trains heads on both,
// and its page is that of the weights that ship. It begins in an empty folder.
func TestDemo(t *testing.T) {
	out := filepath.Join(t.TempDir(), "demo")
	r, err := demo(t.Context(), out, 40, []int{224}, 0, nil, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Small.Net != r.Random.Net || len(r.Took) != 4 {
		t.Errorf("nets %s and %s, %d steps", r.Small.Net, r.Random.Net, len(r.Took))
	}
	for folder, n := range map[string]DemoRun{"small": r.Small, "random": r.Random} {
		value, _ := n.Heads.Figure()
		if want := filepath.Join(out, folder); n.extract.Out != want || n.extract.Progress.Total != 40 || n.extract.Progress.Failed != 0 || n.extract.Trained != (folder == "small") || !value.Defined() {
			t.Errorf("%s: %+v, figure %v", folder, n.extract, value)
		}
	}
	if want := filepath.Join(out, "small", "report.html"); r.Report != want {
		t.Errorf("the page is %s, want %s", r.Report, want)
	}
	page, err := os.ReadFile(r.Report)
	if err != nil {
		t.Fatal(err)
	}
	fixture.Holds(t, string(page), r.Small.Net, "data:image/jpeg")
	if _, err := Demo(t.Context(), out, 0, nil, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), out+" is not empty (it holds ") {
		t.Errorf("in the same folder: %v", err)
	}
}

// TestDemoAgain: a demo that was killed is gone on with in its folder, beside what somebody put there meanwhile, and
// then leaves nothing but what an undisturbed one does.
func TestDemoAgain(t *testing.T) {
	fixture.SkipShort(t)
	out := filepath.Join(t.TempDir(), "demo")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop := conveyor.Events{Shard: func(conveyor.ShardDone) { cancel() }}
	if _, err := demo(ctx, out, 40, []int{224}, 0, nil, stop); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := demo(t.Context(), out, 44, []int{224}, 0, nil, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("with other settings: %v", err)
	}
	r, err := demo(t.Context(), out, 40, []int{224}, 0, nil, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := r.Small.extract.Progress, r.Random.extract.Progress; a.Total != 40 || a.Failed+b.Failed != 0 || a.Earlier+b.Earlier == 0 {
		t.Errorf("%+v, %+v", a, b)
	}
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 5 { // data, notes.txt, random, random.safetensors, small
		t.Errorf("there is %v, %v", entries, err)
	}
	if b, err := os.ReadFile(filepath.Join(out, "notes.txt")); string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := demo(t.Context(), out, 40, []int{224}, 0, nil, conveyor.Events{}); err == nil {
		t.Error("a complete demo was begun again")
	}
}
