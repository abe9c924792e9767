package training

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/pipeline/training/trainlog"
)

// TestEstimate: a plan's counts are those of the training that follows, its sizes those of the files that are then
// there, and it writes nothing.
func TestEstimate(t *testing.T) {
	j := small(t, drawn(t, 20))
	j.Stages = append(j.Stages, stage("vgg11_bn/64:fc16", func(s *Stage) { s.Epochs = 3 }))
	p, err := Estimate(context.Background(), j, Events{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(j.Out); err == nil {
		t.Error("a plan has made the run's folder")
	}
	if !p.AtMost || len(p.Stages) != 2 || p.Prepare <= 0 || p.Memory < 1<<20 {
		t.Errorf("%+v", p)
	}
	all := p.Prepare
	for i, s := range p.Stages {
		if s.Net != j.Stages[i].Net || s.Epochs != j.Stages[i].Epochs || s.Speed <= 0 || s.Epoch <= 0 || s.Seconds != s.Epoch*float64(s.Epochs) {
			t.Errorf("stage %d: %+v", i+1, s)
		}
		all += s.Seconds
	}
	if p.Seconds != all {
		t.Errorf("%v seconds, of which the parts are %v", p.Seconds, all)
	}

	j.Stages, j.Keep = j.Stages[:1], 2
	var told []Plan
	r, err := Run(context.Background(), j, Events{Plan: func(p Plan) { told = append(told, p) }, Step: func(s trainlog.Step) {
		if len(told) != 1 {
			t.Errorf("%d plans before step %d", len(told), s.Step)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if p := told[0]; p.AtMost || p.Train != r.Train || p.Val != r.Val || p.EpochSteps*2 != r.Steps || p.Batch != j.Batch {
		t.Errorf("planned %+v, done %+v", p, r)
	}
	files, err := filepath.Glob(filepath.Join(j.Out, checkpointDir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	checkpoint, best := sizeOf(t, files[0]), sizeOf(t, r.Weights)
	if want := 3*checkpoint + 2*best; told[0].Disk > want || told[0].Disk < want*8/10 { // what headers take, which are short in nets of use
		t.Errorf("%d bytes planned, %d with the files' headers", told[0].Disk, want)
	}
	if _, err := Run(context.Background(), j, Events{Plan: func(Plan) { t.Error("a finished training is planned") }}); err != nil {
		t.Error(err)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestPlanChangesNothing: the losses are those of a training that is not planned.
func TestPlanChangesNothing(t *testing.T) {
	j := small(t, drawn(t, 20))
	want, _, err := train1(t, context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	j.Out += "2"
	var got []float64
	if _, err := Run(context.Background(), j, Events{Plan: func(Plan) {}, Step: func(s trainlog.Step) { got = append(got, s.Loss) }}); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("losses %v, without a plan %v", got, want)
		}
	}
}

// TestEstimateRefuses: what the training would refuse, the plan does; so images that cannot be read.
func TestEstimateRefuses(t *testing.T) {
	data := drawn(t, 20)
	unread := small(t, data)
	set, err := datasets.Open(t.Context(), data, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimPrefix(data, "caltech101:")
	for _, it := range set.Items {
		found := 0
		if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, it.ID) {
				found++
				return os.WriteFile(path, []byte("no image"), 0o644)
			}
			return err
		}); err != nil || found != 1 {
			t.Fatalf("%s: %d found, %v", it.ID, found, err)
		}
	}
	blind := small(t, drawn(t, 20))
	blind.HeldOut, blind.Stages[0].Schedule = 0, "plateau"
	for says, j := range map[string]Job{"could be read": unread, "held out for validation": blind} {
		if p, err := Estimate(context.Background(), j, Events{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v, %v: expected %q", p, err, says)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Estimate(ctx, small(t, drawn(t, 20)), Events{}); err == nil {
		t.Error("an interrupted plan is done")
	}
}

// TestPlanWithBadImages: that the first images cannot be read hinders no plan, as it hinders no training.
func TestPlanWithBadImages(t *testing.T) {
	j := small(t, drawn(t, 20))
	j.Batch, j.Part, j.Stages[0].Epochs = 1, 1, 1
	set, err := datasets.Open(t.Context(), j.DataSet, j.Choice)
	if err != nil {
		t.Fatal(err)
	}
	s, err := splitFor(t.Context(), set, j)
	if err != nil {
		t.Fatal(err)
	}
	items := order(s.train, j.Seed, 0, 0)
	for _, i := range items[:len(items)-1] {
		if err := os.WriteFile(set.Items[i].At.Path, []byte("no image"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Estimate(t.Context(), j, Events{})
	if err != nil || p.Stages[0].Epoch <= 0 || p.Stages[0].Speed > 1e6 {
		t.Errorf("%+v, %v", p, err)
	}
}
