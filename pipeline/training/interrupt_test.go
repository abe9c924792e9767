package training

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"fc7/pipeline/training/trainlog"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// readTensors reads tensors of the weights file at path, as tensorsOf.
func readTensors(path, prefix string) ([]train.Tensor, error) {
	f, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return tensorsOf(f, prefix)
}

// moments is a context that ends at one of the moments of a run: whenever it is asked whether it has ended, and
// whenever the run tells something.
type moments struct {
	context.Context
	cancel func()
	passed atomic.Int64
	end    int64 // 0: at none
}

func newMoments(t *testing.T, end int64) *moments {
	ctx, cancel := context.WithCancel(t.Context())
	return &moments{Context: ctx, cancel: cancel, end: end}
}

func (m *moments) pass() {
	if m.passed.Add(1) == m.end {
		m.cancel()
	}
}

func (m *moments) Err() error {
	m.pass()
	return m.Context.Err()
}

func (m *moments) events() Events {
	return Events{
		Note: func(string) { m.pass() }, Step: func(trainlog.Step) { m.pass() }, Epoch: func(trainlog.Epoch) { m.pass() }, Views: func(ViewsInfo) { m.pass() },
	}
}

// job is a training or a fine-tuning in a folder.
type job func(ctx context.Context, out string, ev Events) error

// stagedJobs are a training of two nets, one after the other, and a fine-tuning with layers that are unfrozen, with a
// checkpoint after each step, and each epoch.
func stagedJobs(t *testing.T) map[string]job {
	data, net := drawn(t, 12), randomNet(t, "vgg11_bn/64:fc8")
	return map[string]job{
		"train": func(ctx context.Context, out string, ev Events) error {
			j := small(t, data)
			j.Out, j.Every, j.Batch, j.Part = out, time.Nanosecond, 4, 4
			j.Stages = []Stage{j.Stages[0], j.Stages[0]}
			j.Stages[0].Epochs, j.Stages[1].Epochs, j.Stages[1].Net = 1, 2, "vgg13_bn/64:fc16"
			_, err := Run(ctx, j, ev)
			return err
		},
		"finetune": func(ctx context.Context, out string, ev Events) error {
			j := tuneJob(t, data, net)
			j.Out, j.Every, j.Epochs, j.Unfreeze, j.UnfreezeEpochs, j.UnfreezeRate = out, time.Hour, 2, []string{"conv5_*"}, 2, new(0.01)
			_, err := FineTune(ctx, j, ev)
			return err
		},
	}
}

// left are the bytes of what a run leaves, but for what the clock says in it.
func left(t *testing.T, out string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	if err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == trainlog.Name || d.Name() == "sittings.json" || d.Name()[0] == '.' {
			return err
		}
		rel, err := filepath.Rel(out, path)
		if err == nil && rel != filepath.Join("views", "rows.log") { // its stretches are the clock's
			files[rel], err = os.ReadFile(path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// logged are the epochs of a run's log, without what the clock says.
func logged(t *testing.T, out string) []trainlog.Epoch {
	t.Helper()
	epochs, err := trainlog.Epochs(out)
	if err != nil {
		t.Fatal(err)
	}
	for i := range epochs {
		epochs[i].Speed, epochs[i].Waiting, epochs[i].Seconds = 0, 0, 0
	}
	return epochs
}

// sameRun compares what two runs left: the best net, the checkpoints, the views, and each epoch once in the log.
func sameRun(t *testing.T, what, want, got string) {
	t.Helper()
	a, b := left(t, want), left(t, got)
	if x, y := names(a), names(b); !slices.Equal(x, y) || a[weightsName] == nil {
		t.Errorf("%s: there is %q, want %q", what, y, x)
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s: %s differs", what, name)
		}
	}
	if x, y := logged(t, want), logged(t, got); !slices.Equal(x, y) {
		t.Errorf("%s: the log has %+v, want %+v", what, y, x)
	}
}

// A run that is interrupted at any moment at which it looks, or tells something, goes on to the bytes of an undisturbed
// one: as the weights of the file are read for the layers that are unfrozen, and as the best net is written, too.
func TestInterruptedAnywhere(t *testing.T) {
	for name, run := range stagedJobs(t) {
		t.Run(name, func(t *testing.T) {
			calm, all := filepath.Join(t.TempDir(), "run"), newMoments(t, 0)
			if err := run(all, calm, all.events()); err != nil {
				t.Fatal(err)
			}
			const rounds = int64(8)
			n, interrupted := all.passed.Load(), 0
			for k := range min(rounds, n) {
				end := 1 + k*(n-1)/max(1, min(rounds, n)-1)
				out, m := filepath.Join(t.TempDir(), "run"), newMoments(t, end)
				if err := run(m, out, m.events()); err != nil {
					interrupted++
					if !errors.Is(err, context.Canceled) {
						t.Errorf("moment %d of %d: %v", end, n, err)
					}
				}
				if err := run(t.Context(), out, Events{}); err != nil {
					t.Fatalf("after moment %d of %d: %v", end, n, err)
				}
				sameRun(t, name, calm, out)
			}
			if interrupted < int(rounds)/2 {
				t.Errorf("%d of %d runs were interrupted, of %d moments", interrupted, rounds, n)
			}
		})
	}
}

// So does one of which the disk holds what it held when anything was told: what a kill leaves.
func TestKilledAnywhere(t *testing.T) {
	for name, run := range stagedJobs(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			calm := filepath.Join(dir, "run")
			var snapshots []string
			snap := func() {
				if _, err := os.Stat(calm); err != nil {
					return // nothing is there yet
				}
				to := filepath.Join(dir, "killed", string(rune('A'+len(snapshots))))
				if err := os.CopyFS(to, os.DirFS(calm)); err != nil {
					t.Error(err)
				}
				snapshots = append(snapshots, to)
			}
			ev := Events{
				Note: func(string) { snap() }, Step: func(trainlog.Step) { snap() }, Epoch: func(trainlog.Epoch) { snap() }, Views: func(ViewsInfo) { snap() },
			}
			if err := run(t.Context(), calm, ev); err != nil {
				t.Fatal(err)
			}
			if len(snapshots) < 8 {
				t.Fatalf("%d snapshots", len(snapshots))
			}
			for k, out := range snapshots {
				if testing.Short() && k%3 != 0 {
					continue
				}
				if err := run(t.Context(), out, Events{}); err != nil {
					t.Fatalf("snapshot %d of %d: %v", k, len(snapshots), err)
				}
				sameRun(t, name, calm, out)
			}
		})
	}
}

func names(files map[string][]byte) []string {
	var all []string
	for name := range files {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
