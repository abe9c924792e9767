package table

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/outputs"
)

// TestShareOfAnotherPlan: rows that were kept for a plan whose files have other rows are none of the plan that takes
// its place in the folder.
func TestShareOfAnotherPlan(t *testing.T) {
	want := t.TempDir()
	sharePlanOf(t, want, 5)
	r, unlock, _ := openShare(t, want, Part{}, time.Hour)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	sharePlan(t, out)
	r, unlock, _ = openShare(t, out, Part{2, 2}, 0)
	if err := errors.Join(putShare(t, r, r.Pending()[:2]), unlock()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(filepath.Join(out, outputs.PlanName)), os.RemoveAll(filepath.Join(out, "plan"))); err != nil {
		t.Fatal(err)
	}
	sharePlanOf(t, out, 5)
	r, unlock, _ = openShare(t, out, Part{}, time.Hour)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	if !mapsEqual(shareFiles(t, out), shareFiles(t, want)) {
		t.Error("other bytes: rows of other images were taken")
	}
}

// TestBesidePlan: a table that is not that of the plan in its folder is not begun there, though no task has made a file
// yet, and leaves no folder.
func TestBesidePlan(t *testing.T) {
	for name, change := range map[string]func(*Plan){
		"rows a shard: the plan has 4, now 2": func(p *Plan) { p.Rows = 2 },
		"net: table has vgg16, now vgg19":     func(p *Plan) { p.Identity.Net = "vgg19" },
		"":                                    func(*Plan) {},
	} {
		out := t.TempDir()
		sharePlan(t, out)
		is := plan(out)
		is.Rows = shareRows
		change(&is)
		r, err := New(is)
		if err != nil {
			t.Fatal(err)
		}
		_, before := os.Stat(r.features)
		unlock, err := r.open(t.Context())
		if err == nil {
			err = unlock()
		}
		var other *MismatchError
		if name == "" && err != nil || name != "" && (!errors.As(err, &other) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "has the plan of a table")) {
			t.Errorf("want %q: %v", name, err)
		}
		if _, after := os.Stat(r.features); name != "" && before != nil && after == nil {
			t.Errorf("%q: a table that is refused leaves its folder", name)
		}
	}
}

// TestShareOfOtherFiles: a file that stands without a note, of a table whose files have other rows, is none of the
// plan.
func TestShareOfOtherFiles(t *testing.T) {
	other := t.TempDir()
	sharePlanOf(t, other, 6)
	r, unlock, _ := openShare(t, other, Part{}, time.Hour)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	p := sharePlan(t, out)
	if err := errors.Join(os.Mkdir(filepath.Join(out, outputs.FeaturesDir), 0o755), os.Rename(filepath.Join(other, p.File(0)), filepath.Join(out, p.File(0)))); err != nil {
		t.Fatal(err)
	}
	is := plan(out)
	is.Rows = shareRows
	r, err := New(is)
	if err != nil {
		t.Fatal(err)
	}
	var conflict *ConflictError
	if _, err := r.OpenPlanned(t.Context(), p, time.Hour); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "has 6 rows") {
		t.Errorf("%v", err)
	}
	if names, err := filepath.Glob(filepath.Join(out, "done", "*")); err != nil || len(names) > 0 {
		t.Errorf("noted: %v, %v", names, err)
	}
}
