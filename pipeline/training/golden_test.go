package training

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"fc7/internal/f32"
	"fc7/internal/seal"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg/train"
)

// goldenRuns are the jobs of testdata/make_runs.py.
func goldenRuns(t *testing.T) map[string]func(out string) (*Result, error) {
	data, net := drawn(t, 20), randomNet(t, "vgg11_bn/64:fc8")
	job := func(out string) Job {
		j := DefaultJob()
		j.DataSet, j.Batch, j.Part, j.Seed, j.HeldOut, j.Threads, j.Out = data, 6, 4, 5, 0.3, 2, out
		j.Clip = 0 // as old versions have it
		return j
	}
	return map[string]func(string) (*Result, error){
		"train": func(out string) (*Result, error) {
			j := job(out)
			j.Stages = []Stage{{Net: "vgg11_bn/64:fc8", Epochs: 2, Rate: 0.01, Schedule: "cosine", Warmup: 0.5, SMin: 230, SMax: 250}}
			j.Standard, j.Factors = true, []train.Factor{{Pattern: "fc6", Rate: 0.5, Decay: 1}}
			return Run(t.Context(), j, Events{})
		},
		"tune": func(out string) (*Result, error) {
			j := DefaultTune()
			j.Job, j.Weights, j.Freeze, j.Views, j.SMin, j.SMax = job(out), net, []string{"conv[1-4]*"}, 2, 230, 250
			j.Epochs, j.Rate, j.NewRate, j.Unfreeze, j.UnfreezeEpochs = 2, 0.001, 0.1, []string{"conv4_*"}, 1
			return FineTune(t.Context(), j, Events{})
		},
	}
}

// A training from the start, and one that an old version began, give the bytes that the old version gave: weights, log
// (but for times), run.json, and the tensors of checkpoints.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]map[string]map[string]string // by arithmetic, run and file
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	want := golden[f32.Arithmetic()]
	if want == nil || runtime.GOARCH != "amd64" {
		t.Logf("no digests of arithmetic %s on %s: only whether old runs go on is tested", f32.Arithmetic(), runtime.GOARCH)
	}
	for name, run := range goldenRuns(t) {
		fresh, begun := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), name)
		if err := os.CopyFS(begun, os.DirFS(filepath.Join("testdata", name))); err != nil {
			t.Fatal(err)
		}
		for _, out := range []string{fresh, begun} {
			r, err := run(out)
			if err != nil {
				t.Fatal(err)
			}
			before, _, _, err := lastPlace(filepath.Join("testdata", name))
			if err != nil || before.Total == 0 || r.Steps <= before.Total {
				t.Errorf("%s: the run begun had %d steps (%v), now %d", name, before.Total, err, r.Steps)
			}
			if want == nil || runtime.GOARCH != "amd64" || out == begun && f32.Arithmetic() != "fma-1" {
				continue // begun with that
			}
			for file, sum := range want[name] {
				if got := digestOfRun(t, filepath.Join(out, file)); got != sum {
					t.Errorf("%s: %s has SHA-256 %s, that of the old version has %s", out, file, got, sum)
				}
			}
		}
	}
}

var timesOfLog = regexp.MustCompile(`"(images_per_second|waiting|seconds)":[^,}]*`)

// chainOfLog is what no version before wrote.
var chainOfLog = regexp.MustCompile(`,"chain":"[0-9a-f]{16}"`)

// digestOfRun is the SHA-256 of a file of a run; of run.json, without the digest of itself; of a log, without times; of
// a checkpoint, without the header, whose notes of the place may be more from one version to the next.
func digestOfRun(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, trainlog.Name) {
		text = chainOfLog.ReplaceAll(timesOfLog.ReplaceAll(text, []byte(`"$1":0`)), nil)
	}
	if filepath.Base(path) == runName {
		if text, _, err = seal.Open(text); err != nil {
			t.Fatal(err)
		}
	}
	if strings.HasPrefix(filepath.Base(path), "step-") {
		text = text[8+binary.LittleEndian.Uint64(text):]
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Runs that an old version began are refused with the difference named, and what no version wrote is not taken.
func TestOldRunsRefused(t *testing.T) {
	for name, c := range map[string]struct{ was, is, want string }{
		"seed":    {`"seed": 5`, `"seed": 6`, "  seed: run has 6, now 5\n"},
		"rate":    {`"rate": 0.01`, `"rate": 0.02`, "  rate of stage 1: run has 0.02, now 0.01\n"},
		"layers":  {`"pattern": "fc6"`, `"pattern": "fc7"`, "  layers' rates: run has [{fc7 0.5 1}], now [{fc6 0.5 1}]\n"},
		"unknown": {`"seed": 5`, `"sead": 5`, `unknown field "sead"`},
		"broken":  {`"seed": 5`, `"seed": 5 5`, "run.json: expected a comma or }"},
		"two":     {"}\n", "} {}\n", "expected the end, found"},
	} {
		out := filepath.Join(t.TempDir(), "run")
		if err := os.CopyFS(out, os.DirFS(filepath.Join("testdata", "train"))); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(out, runName)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndex(string(text), c.was)
		if at < 0 {
			t.Fatalf("%s: no %q", path, c.was)
		}
		changed := string(text[:at]) + c.is + string(text[at+len(c.was):])
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := goldenRuns(t)["train"](out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
}
