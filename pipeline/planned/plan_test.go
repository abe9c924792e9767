package planned

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/outputs"
)

// listed is a set of n files that are not there, but for the first.
func listed(t testing.TB, n int) *datasets.Set {
	t.Helper()
	dir := t.TempDir()
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "images/%07d.jpg\n", i)
	}
	for name, text := range map[string]string{"list.txt": lines.String(), "images/0000000.jpg": "12345"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set, err := datasets.Open(t.Context(), "list:"+filepath.Join(dir, "list.txt"), datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// whole gives the items of a set that is held.
func whole(set *datasets.Set) Source {
	return func(take func(*datasets.Set, []datasets.Item) error, _ func() error) (*datasets.Set, error) {
		for first := 0; first < len(set.Items); first += IndexRows {
			if err := take(set, set.Items[first:min(first+IndexRows, len(set.Items))]); err != nil {
				return nil, err
			}
		}
		return set, nil
	}
}

// localPin is what is known of files.
func localPin(_ context.Context, it *datasets.Item) (datasets.Pin, error) {
	return it.At.LocalPin(), nil
}

// made plans a set in files of so many rows.
func made(run string, set *datasets.Set, rows int) (*Plan, error) {
	p := &Plan{Rows: rows, Identity: outputs.Identity{Format: outputs.FormatVersion, Inputs: outputs.Inputs{Kind: set.Kind, Count: len(set.Items)}}}
	return Make(context.Background(), run, []*Plan{p}, making(set))
}

// openedPlan is that of a set, in files of 10 rows, as tasks open it.
func openedPlan(t testing.TB, set *datasets.Set) *Plan {
	t.Helper()
	run := filepath.Join(t.TempDir(), "run")
	if _, err := made(run, set, 10); err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// making is that of a set, in a folder where nobody is at work.
func making(set *datasets.Set) Making {
	return Making{
		From: whole(set), Pin: localPin, Progress: func(int, int) {},
		Alone: func(context.Context, string) (func() error, error) { return func() error { return nil }, nil },
		Busy:  func(context.Context, string) error { return nil },
	}
}

// TestPlan: a plan is read back as it was made, and gives the items of any files; the same is made twice, another is
// refused and changes nothing.
func TestPlan(t *testing.T) {
	run, set := filepath.Join(t.TempDir(), "run"), listed(t, IndexRows+50)
	if _, err := made(run, set, 30); err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if p.Items != IndexRows+50 || p.Files != 3335 || p.Bytes != 5 || p.Absent != p.Items-1 || len(p.Index) != 2 || p.Run() != run {
		t.Errorf("%+v", p)
	}
	for _, c := range [][2]int{{0, 1}, {3333, 3335}, {3334, 3335}, {7, 7}, {0, 3335}} { // of 3334 the last rows are in the second file
		got, err := p.Share(c[0], c[1], datasets.Options{})
		if err != nil {
			t.Fatal(err)
		}
		first, end := c[0]*30, min(c[1]*30, p.Items)
		if len(got.Items) != end-first {
			t.Fatalf("%v: %d items, want %d", c, len(got.Items), end-first)
		}
		for i, it := range got.Items {
			if it.ID != set.Items[first+i].ID || it.At.Path != set.Items[first+i].At.Path {
				t.Fatalf("%v: item %d is %s", c, i, it.ID)
			}
		}
	}
	if _, err := made(run, set, 30); err != nil {
		t.Errorf("the same plan: %v", err)
	}
	var other *OtherError
	if _, err := made(run, set, 31); !errors.As(err, &other) || !strings.Contains(err.Error(), "rows a file: the plan has 30, now 31") {
		t.Errorf("another plan: %v", err)
	}
	if q, err := Open(t.Context(), run); err != nil || q.digest != p.digest {
		t.Errorf("the plan changed: %v", err)
	}
}

// TestPlanBesideTable: there is no plan where a table is that was made without one, of thousands of files too.
func TestPlanBesideTable(t *testing.T) {
	set := listed(t, 50)
	for _, dir := range []string{"features", "features/000"} {
		run := t.TempDir()
		if err := os.MkdirAll(filepath.Join(run, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := made(run, set, 30); err != nil {
			t.Errorf("beside an empty folder: %v", err)
		}
		if err := errors.Join(os.Remove(filepath.Join(run, outputs.PlanName)), os.WriteFile(filepath.Join(run, dir, outputs.ShardName(0, 2)), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		if _, err := made(run, set, 30); err == nil || !strings.Contains(err.Error(), "without a plan") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// TestPlanMade: what is noted by a plan that was just made, or made again, is of the plan that others open.
func TestPlanMade(t *testing.T) {
	run, set := filepath.Join(t.TempDir(), "run"), listed(t, 50)
	for file := range 2 {
		p, err := made(run, set, 30)
		if err != nil {
			t.Fatal(err)
		}
		first, end := p.Span(file, file+1)
		if err := p.Note(file, Done{File: outputs.File{Name: outputs.ShardName(file, p.Files), Rows: end - first}}); err != nil {
			t.Fatal(err)
		}
		others, err := Open(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := others.noteOf(file); err != nil || d == nil {
			t.Errorf("file %d: %v, %v", file, d, err)
		}
	}
}

// TestPlanDamaged: what is not the plan or the index that was made is told, with the file.
func TestPlanDamaged(t *testing.T) {
	run, set := filepath.Join(t.TempDir(), "run"), listed(t, 50)
	p, err := made(run, set, 30)
	if err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(run, indexName(0))
	text, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(index, text, 0o644); err != nil {
		t.Fatal(err)
	}
	var bad *Error
	if _, err := p.Share(0, 1, datasets.Options{}); !errors.As(err, &bad) || !strings.Contains(err.Error(), index) {
		t.Errorf("a damaged index: %v", err)
	}
	if err := os.Remove(index); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Share(0, 1, datasets.Options{}); !errors.As(err, &bad) || !strings.Contains(err.Error(), index) {
		t.Errorf("no index: %v", err)
	}
	path := filepath.Join(run, outputs.PlanName)
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	for name, now := range map[string]string{
		"another byte": strings.Replace(string(text), `"rows": 30`, `"rows": 31`, 1),
		"cut":          string(text[:len(text)/2]),
		"of another":   `{"format": 1}`,
		"no rows":      `{"format": 2, "items": 5, "rows": 0}`,
	} {
		if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), run); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), run); !errors.As(err, &bad) || !strings.Contains(err.Error(), "fc7 plan") {
		t.Errorf("no plan: %v", err)
	}
}

// TestTooManyFiles: a plan of more files than their names can count is refused when it is made, and leaves nothing;
// tasks met it after they had computed a file.
func TestTooManyFiles(t *testing.T) {
	run, set := filepath.Join(t.TempDir(), "run"), listed(t, 100_000)
	if _, err := made(run, set, 1); err == nil || !strings.Contains(err.Error(), "100000 rows in files of 1 would be 100000 files, and a table has at most 99999: give each 2 rows or more") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(run); err == nil {
		t.Error("a plan that is refused leaves its folder")
	}
	if p, err := made(run, set, 2); err != nil || p.Files != 50_000 {
		t.Errorf("%+v, %v", p, err)
	}
}
