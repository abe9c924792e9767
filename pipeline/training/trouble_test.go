package training

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/training/trainlog"
)

// away takes the data set's folder away, as a disk that is gone, and gives back what brings it again.
func away(t *testing.T, data string) (back func()) {
	t.Helper()
	_, root, _ := strings.Cut(data, ":")
	if err := os.Rename(root, root+".gone"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Rename(root+".gone", root); err != nil {
			t.Fatal(err)
		}
	}
}

// A data set that is gone stops the training, which keeps its steps and goes on with the very same losses when it is
// there again; its images are no bad ones.
func TestDiskGone(t *testing.T) {
	data := drawn(t, 20)
	j := small(t, data)
	j.Cache, j.patience = 0, 20*time.Millisecond // every image is read each time
	want, epochs, err := train1(t, t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	j.Out = filepath.Join(t.TempDir(), "run")
	var back func()
	got, _, err := train1(t, t.Context(), j, func(s trainlog.Step) {
		if s.Step == 2 {
			back = away(t, data)
		}
	})
	var stopped *StoppedError
	if !errors.As(err, &stopped) || stopped.Steps != len(got) || len(got) < 2 || len(got) >= len(want) ||
		!strings.Contains(err.Error(), "is gone: was its disk taken away?") || !strings.Contains(err.Error(), "the same command goes on") {
		t.Fatalf("after %d steps of %d: %v", len(got), len(want), err)
	}
	back()
	rest, again, err := train1(t, t.Context(), j, nil)
	if err != nil || !slices.Equal(append(got, rest...), want) || !slices.Equal(again, epochs) {
		t.Errorf("losses %v and %v, want %v; epochs %+v, want %+v; %v", got, rest, want, again, epochs, err)
	}
}

// So it is while views are computed: none of them is kept as one that could not be read.
func TestDiskGoneOfViews(t *testing.T) {
	data, net := drawn(t, 20), randomNet(t, "vgg11/64:fc8")
	j := tuneJob(t, data, net)
	j.Job.Cache, j.Views, j.Epochs, j.NoColour, j.patience = 0, 8, 1, true, 20*time.Millisecond // two images a batch; none was read before
	whole, err := FineTune(t.Context(), j, Events{})
	if err != nil {
		t.Fatal(err)
	}
	j.Out = filepath.Join(t.TempDir(), "run")
	var back func()
	_, err = FineTune(t.Context(), j, Events{Views: func(v ViewsInfo) {
		if back == nil {
			back = away(t, data)
		}
	}})
	var stopped *StoppedError
	if !errors.As(err, &stopped) || stopped.Steps != 0 || stopped.Views < 16 || !strings.Contains(err.Error(), "views are kept") {
		t.Fatal(err)
	}
	back()
	r, err := FineTune(t.Context(), j, Events{})
	if err != nil || len(r.Failed) != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	for _, name := range []string{"views/rows.f32", weightsName} {
		a, err1 := os.ReadFile(filepath.Join(whole.out, name))
		b, err2 := os.ReadFile(filepath.Join(j.Out, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v %v", name, err1, err2)
		}
	}
}

// So it is while a new training is planned.
func TestDiskGoneOfPlan(t *testing.T) {
	data := drawn(t, 12)
	j := small(t, data)
	j.patience = 20 * time.Millisecond
	r, err := newRun(t.Context(), j, Events{Plan: func(Plan) {}})
	if err != nil {
		t.Fatal(err)
	}
	back := away(t, data)
	_, err = r.run(t.Context())
	var stopped *StoppedError
	if !errors.As(err, &stopped) || stopped.Out != j.Out || !strings.Contains(err.Error(), "the same command goes on") {
		t.Errorf("%v", err)
	}
	back()
	if _, err := Run(t.Context(), j, Events{}); err != nil {
		t.Error(err)
	}
}

// The statistics of colours leave a bad image out, but not one that the machine could not read.
func TestColoursOfBadMachine(t *testing.T) {
	set, err := datasets.Open(t.Context(), drawn(t, 12), datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	items := []int{0, 1}
	of := func() (colours, error) {
		return measure(t.Context(), newLoader(set, Stage{SMin: 256, SMax: 256}, 256, conveyor.Options{Patience: time.Millisecond}, 0), items)
	}
	both, err := of()
	if err != nil {
		t.Fatal(err)
	}
	path := set.Items[1].At.Path
	set.Items[1].At.Path += ".gone"
	if one, err := of(); err != nil || one == both {
		t.Errorf("an image that is gone: %v, %v", one, err)
	}
	set.Items[1].At = datasets.Location{Path: path + ".tar", Part: &datasets.Part{Offset: 512, Size: 9}}
	var machine *conveyor.MachineError
	if _, err := of(); !errors.As(err, &machine) {
		t.Errorf("a tar file that is gone: %v", err)
	}
}
