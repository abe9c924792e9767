package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// killedOften kills a program a few times in its life, whose length it measures first; after sees what each kill left.
func killedOften(t *testing.T, seed uint64, args []string, after func()) {
	t.Helper()
	began := time.Now()
	if out, err := asProgram(args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	after()
	kills := 12
	if testing.Short() {
		kills = 4
	}
	random := rand.New(rand.NewPCG(seed, seed))
	for range kills {
		killed(t, args, time.Duration(random.Float64()*float64(took)), syscall.SIGKILL)
		after()
	}
}

// folderNames lists all in a folder, hidden names too.
func folderNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestKillReplace kills a replacement of heads: whole ones stand at every moment, and the next run removes what was
// left, also what earlier versions left.
func TestKillReplace(t *testing.T) {
	j := newSmallJob(t, "16")
	run := j.out("run")
	want(t, exitDone, j.args("run")...)
	train := []string{"svm", run, "--protocol", "voc2007", "--c", "1"}
	want(t, exitDone, train...)
	calm := folderNames(t, run)
	parts := folderNames(t, filepath.Join(run, "heads"))
	head, err := os.ReadFile(filepath.Join(run, "heads", "head.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{".heads-123456789", ".heads-123456789.old"} {
		if err := os.Mkdir(filepath.Join(run, left), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	replace := append(train, "--replace")
	killedOften(t, 6, replace, func() {
		now, err := os.ReadFile(filepath.Join(run, "heads", "head.safetensors"))
		if err != nil || !bytes.Equal(now, head) {
			t.Fatalf("the head is not the one trained: %v", err)
		}
		if got := folderNames(t, filepath.Join(run, "heads")); len(got) != len(parts) {
			t.Errorf("the heads' folder holds %v, want %v", got, parts)
		}
	})
	want(t, exitDone, replace...)
	if got := folderNames(t, run); len(got) != len(calm) {
		t.Errorf("there is %v, want %v", got, calm)
	}
}

// TestKillPredict kills predictions to a file, which the next ones complete without leaving anything else.
func TestKillPredict(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("run")...)
	want(t, exitDone, "svm", j.out("run"), "--protocol", "voc2007", "--c", "1")
	if err := os.Mkdir(j.out("scores"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(j.out("scores"), "s.parquet")
	args := []string{"predict", "--head", filepath.Join(j.out("run"), "heads"), "--weights", j.net, "--out", file, "--replace", "voc2007:" + j.data}
	var calm []byte
	killedOften(t, 7, args, func() {
		now, err := os.ReadFile(file)
		if calm == nil {
			calm = now
		}
		if err != nil || !bytes.Equal(now, calm) {
			t.Errorf("the scores are not those of an undisturbed run: %v", err)
		}
	})
	want(t, exitDone, args...)
	if got := folderNames(t, j.out("scores")); len(got) != 1 {
		t.Errorf("there is %v", got)
	}
}

// TestKillAggregate kills a replacement of a folder for other programs: a whole one stands at every moment, and the
// next call removes what was left.
func TestKillAggregate(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("run")...)
	for _, format := range []string{"hf", "npy"} {
		out := j.out(format + "/set")
		args := []string{"aggregate", j.out("run"), "--format", format, "--out", out, "--force"}
		want(t, exitDone, args...)
		whole := filesBelow(t, out)
		killedOften(t, 7, args, func() { sameFiles(t, whole, filesBelow(t, out)) })
		want(t, exitDone, args...)
		if left := folderNames(t, j.out(format)); len(left) != 1 {
			t.Errorf("left %v", left)
		}
	}
}
