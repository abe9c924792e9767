package planned

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/internal/origin"
	"fc7/outputs"
)

// TestStartsKept: what starts said stays when a merge removes their heartbeats, each counted once however often that is
// done and whatever comes after it.
func TestStartsKept(t *testing.T) {
	p := openedPlan(t, listed(t, 95))
	now := time.Now().UTC().Truncate(time.Second)
	by := &origin.Command{Text: "fc7 extract --plan run", Started: now, Machine: "m"}
	start := func(name string, cores int, seconds float64, batches int, ago time.Duration) {
		t.Helper()
		beating(t, p, name, Beat{
			End: 1, Cores: cores, Started: now.Add(-time.Hour), Beat: now.Add(-ago), Seconds: seconds, State: Ended, Computed: 1, Batches: batches, Command: by,
			Timings: outputs.Timings{Reading: 3, Together: float64(4 * batches)},
		})
	}
	expect := func(core float64, together float64, n int) {
		t.Helper()
		s, err := p.heard(t.Context())
		if err != nil || len(s) != n || math.Abs(s.coreHours()*3600-core) > 1e-6 {
			t.Fatalf("%d starts of %g core seconds, %v, want %d of %g", len(s), s.coreHours()*3600, err, n, core)
		}
		if m := s.Timings(); m.Reading != float64(3*n) || m.Together != together || m.Computed != n || n > 0 && !m.Started.Equal(now.Add(-time.Hour)) {
			t.Errorf("%+v", m)
		}
	}
	expect(0, 0, 0)
	start("a", 2, 10, 1, time.Minute)
	start("b", 1, 5, 3, 2*time.Minute)
	together := (4*1 + 12*3) / 4.0
	expect(25, together, 2)
	for range 2 {
		if _, err := p.KeepStarts(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Clear(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(p.Run(), tmpDir)); err == nil {
			t.Error("what tasks left is there")
		}
		expect(25, together, 2)
	}
	start("b", 1, 6, 3, time.Minute) // which lived on
	expect(26, together, 2)
	start("b", 1, 4, 3, 3*time.Minute) // a copy of before
	expect(25, together, 2)
	start("c", 1, 1, 1, 0)
	if _, err := p.KeepStarts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Clear(); err != nil {
		t.Fatal(err)
	}
	expect(26, (4*1+12*3+4*1)/5.0, 3)
	s, err := p.Status(t.Context(), now, 3600)
	if err != nil || s.Cost == nil || math.Abs(*s.Cost-26) > 1e-6 {
		t.Errorf("%+v, %v", s, err)
	}
	kept := filepath.Join(p.Run(), doneDir, startsName)
	b, err := os.ReadFile(kept)
	if err == nil {
		b[len(b)/2] ^= 1
		err = os.WriteFile(kept, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	expect(0, 0, 0)
}

// TestStartsCommand: the command of a table is told where all that computed it was started alike.
func TestStartsCommand(t *testing.T) {
	a := &origin.Command{Text: "a", Machine: "m"}
	later := &origin.Command{Text: "a", Machine: "m", Started: time.Now()}
	for name, c := range map[string]struct {
		starts Starts
		want   *origin.Command
	}{
		"none":             {Starts{}, nil},
		"one":              {Starts{"x": {Computed: 1, Command: a}}, a},
		"the last one":     {Starts{"x": {Computed: 1, Command: later}, "y": {Computed: 1, Command: a}}, later},
		"nothing computed": {Starts{"x": {Computed: 1, Command: a}, "y": {Command: &origin.Command{Text: "b"}}}, a},
		"another machine":  {Starts{"x": {Computed: 1, Command: a}, "y": {Computed: 1, Command: &origin.Command{Text: "a", Machine: "n"}}}, nil},
		"an earlier fc7":   {Starts{"x": {Computed: 1, Command: a}, "y": {Computed: 1}}, nil},
	} {
		if got := c.starts.Command(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestPlanNotLeft: of a plan that comes to nothing nothing is left, in a folder that was there before neither.
func TestPlanNotLeft(t *testing.T) {
	refused := errors.New("line 21 names nothing")
	for _, there := range []bool{false, true} {
		above := t.TempDir()
		run := filepath.Join(above, "a", "run")
		if there {
			if err := os.MkdirAll(run, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		set := listed(t, 20)
		m := making(set)
		m.From = func(take func(*datasets.Set, []datasets.Item) error, _ func() error) (*datasets.Set, error) {
			return nil, errors.Join(take(set, set.Items), refused)
		}
		if _, err := Make(t.Context(), run, []*Plan{{Rows: 10}}, m); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		look := above
		if there {
			look = run
		}
		if left, err := os.ReadDir(look); err != nil || len(left) > 0 {
			t.Errorf("left in %s: %v, %v", look, left, err)
		}
	}
}

// TestPlanEarly: that another plan is there is told before the data set is read, as far as it is known.
func TestPlanEarly(t *testing.T) {
	set := listed(t, 20)
	p := openedPlan(t, set)
	for want, change := range map[string]func(*Plan){
		"scales: table has [], now [256]":              func(p *Plan) { p.Identity.Scales = []int{256} },
		"--limit: the plan has none, now 3":            func(p *Plan) { p.Settings = map[string][]string{"limit": {"3"}} },
		"fc7 extract --plan " + p.Run() + " --tasks N": func(p *Plan) { p.Tasks = 3 },
	} {
		other := &Plan{Identity: p.Identity, Pin: p.Pin}
		change(other)
		m := making(set)
		m.From = func(func(*datasets.Set, []datasets.Item) error, func() error) (*datasets.Set, error) {
			t.Error("the data set is read")
			return set, nil
		}
		var is *OtherError
		if _, err := Make(t.Context(), p.Run(), []*Plan{other}, m); !errors.As(err, &is) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s: %v", want, err)
		}
	}
}

// TestNoPlan: a folder without a plan says what it has instead.
func TestNoPlan(t *testing.T) {
	dir := t.TempDir()
	for run, want := range map[string]string{dir: "there is no plan", filepath.Join(dir, "nope"): "there is no such folder"} {
		if _, err := Open(t.Context(), run); !NoPlan(err) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "fc7 plan DATASET") {
			t.Errorf("%v", err)
		}
	}
	run := openedPlan(t, listed(t, 3)).Run()
	for named, want := range map[string]string{
		filepath.Join(run, outputs.PlanName):    "is in the folder of a run: name that, " + run,
		filepath.Join(run, outputs.FeaturesDir): "is in the folder of a run: name that, " + run,
		filepath.Dir(run):                       "in folders below: name one of " + run,
		filepath.Join(run, indexName(0)):        "is no folder",
	} {
		if _, err := Open(t.Context(), named); !NoPlan(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", named, err)
		}
	}
	features := filepath.Join(dir, outputs.FeaturesDir)
	err := os.Mkdir(features, 0o755)
	if err := errors.Join(err, os.WriteFile(filepath.Join(features, outputs.ShardName(0, 1)), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); !NoPlan(err) || !strings.Contains(err.Error(), "made without a plan") {
		t.Errorf("%v", err)
	}
}
