package table

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/internal/lock"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// TestClaim: of two runs with other settings that start in a new folder, whichever shares they make, one is refused
// before there is a shard.
func TestClaim(t *testing.T) {
	out := t.TempDir()
	share := func(i int, change func(*Plan)) (func() error, error) {
		p := plan(out)
		p.Part, p.Limits.Pixels = Part{Index: i, Count: 2}, 100
		change(&p)
		r, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		return r.open(t.Context())
	}
	as := func(*Plan) {}
	first, err := share(1, as)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Plan){
		"vgg19":         func(p *Plan) { p.Identity.Net = "vgg19" },
		"rows a shard":  func(p *Plan) { p.Rows++ },
		"pixels of an ": func(p *Plan) { p.Limits.Pixels++ },
	} {
		var m *MismatchError
		if _, err := share(2, change); !errors.As(err, &m) || !m.Now || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), out) {
			t.Errorf("another run beside this one, of other %s: %v", name, err)
		}
	}
	if _, err := share(1, as); !errors.Is(err, errLocked) {
		t.Errorf("the same share twice: %v", err)
	}
	second, err := share(2, as)
	if err != nil {
		t.Fatal(err)
	}
	if err := first(); err != nil {
		t.Fatal(err)
	}
	if _, err := share(1, func(p *Plan) { p.Identity.Net = "vgg19" }); err == nil {
		t.Error("the first to come has gone, but its claim is that of the second, too")
	}
	if err := second(); err != nil {
		t.Fatal(err)
	}
	// Nobody made a shard: the folder is anybody's again. What a power cut left of a claim is no claim.
	if err := os.WriteFile(filepath.Join(out, claimFile), []byte(`{"identity":`), 0o644); err != nil {
		t.Fatal(err)
	}
	third, err := share(1, func(p *Plan) { p.Identity.Net = "vgg19" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := share(2, as); err == nil {
		t.Error("a new claim is not heeded")
	}
	if err := third(); err != nil {
		t.Fatal(err)
	}
}

// TestRefusedBesideWork: a run that is refused leaves a folder alone that it made, where another one is at work in it
// by then, which would end at its first file. Where nobody is, it is removed.
func TestRefusedBesideWork(t *testing.T) {
	for _, atWork := range []bool{true, false} {
		out := t.TempDir()
		is, other := plan(out), plan(out)
		other.Identity.Net = "vgg19"
		r, err := New(is)
		if err != nil {
			t.Fatal(err)
		}
		first, err := New(other)
		if err != nil {
			t.Fatal(err)
		}
		turn, err := lock.Range(filepath.Join(out, lockFile), claimLock, 1)
		if err != nil {
			t.Fatal(err)
		}
		refused := make(chan error)
		go func() {
			_, err := r.open(t.Context())
			refused <- err
		}()
		features := filepath.Join(out, outputs.FeaturesDir)
		for { // it has made the folder, and waits for its turn
			if _, err := os.Stat(features); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		unlock := func() error { return nil }
		if atWork {
			if unlock, err = LockShards(out, 0, 1); err == nil {
				err = first.claim()
			}
		} else { // a file that is none
			err = os.WriteFile(filepath.Join(out, outputs.ManifestName), []byte("{"), 0o644)
		}
		if err = errors.Join(err, turn.Release()); err != nil {
			t.Fatal(err)
		}
		if <-refused == nil {
			t.Fatal("it is not refused")
		}
		if _, err := os.Stat(features); (err == nil) != atWork {
			t.Errorf("with another at work %v: %v", atWork, err)
		}
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPlanBesideExtraction: where a table is made without a plan, none is made, though there is no file yet: neither
// when the planning begins before, nor when it ends behind it. When nobody is at work any more, it is.
func TestPlanBesideExtraction(t *testing.T) {
	out := t.TempDir()
	r, err := New(plan(out))
	if err != nil {
		t.Fatal(err)
	}
	var unlock func() error
	begin := func() {
		if unlock, err = r.open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(meanwhile func()) {
		set, is := shareSet(t), plan(out)
		p := &planned.Plan{Rows: shareRows, Tasks: 2, Identity: is.Identity, Columns: is.Columns}
		source := func(take func(*datasets.Set, []datasets.Item) error, _ func() error) (*datasets.Set, error) {
			meanwhile()
			return set, take(set, set.Items)
		}
		_, err := planned.Make(t.Context(), out, []*planned.Plan{p}, planned.Making{From: source, Pin: nothingKnown, Alone: Alone, Busy: Busy, Progress: func(int, int) {}})
		if err == nil || !strings.Contains(err.Error(), out+": another fc7 makes a table there without a plan") {
			t.Errorf("a plan where a table is made: %v", err)
		}
		if _, err := os.Stat(filepath.Join(out, "plan.json")); err == nil {
			t.Fatal("there is a plan")
		}
	}
	refused(begin)
	refused(func() { t.Error("the data set was read before") })
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	sharePlan(t, out)
}
