package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"fc7/outputs"
)

// asProgram runs the test binary as fc7.
func asProgram(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "FC7_TEST_AS_PROGRAM=1")
	return cmd
}

// smallJob is a data set, a net, and the arguments of an extraction that takes a fraction of a second.
type smallJob struct {
	dir, data, net string
}

// newSmallJob draws the set and the net; more are arguments of the drawing.
func newSmallJob(t *testing.T, images string, more ...string) smallJob {
	t.Helper()
	dir := t.TempDir()
	j := smallJob{dir, filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors")}
	want(t, exitDone, append([]string{"dataset", "synth", "--images", images, "--size", "120", j.data}, more...)...)
	want(t, exitDone, "weights", "init", "--net", "vgg16/64", "--out", j.net)
	return j
}

func (j smallJob) out(name string) string { return filepath.Join(j.dir, name) }

func (j smallJob) args(out string, more ...string) []string {
	return append([]string{
		"extract", "voc2007:" + j.data, "--weights", j.net, "--layer", "pool5", "--scales", "96", "--shard-rows", "2", "-o", j.out(out),
	}, more...)
}

func sameFiles(t *testing.T, want, got map[string][]byte) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	for name, b := range want {
		if !bytes.Equal(b, got[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

// TestKill ends the program by SIGKILL and SIGTERM at random moments of its life; completed, the table has the bytes of
// an undisturbed run, and nothing else is there.
func TestKill(t *testing.T) {
	j := newSmallJob(t, "16")
	began := time.Now()
	if out, err := asProgram(j.args("calm")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	calm := files(t, j.out("calm"))
	if len(calm) != 8 {
		t.Fatalf("%d shards, want 8", len(calm))
	}
	kills, rounds := 50, 0
	if testing.Short() {
		kills = 8
	}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range kills {
		how := syscall.SIGKILL
		if i%5 == 4 {
			how = syscall.SIGTERM
		}
		code := killed(t, j.args("killed"), time.Duration(random.Float64()*float64(took)), how)
		if how == syscall.SIGTERM && code != exitInterrupted && code != exitDone && code != -1 { // -1: before it could listen
			t.Errorf("SIGTERM: exit status %d", code)
		}
		if i != kills-1 && code != exitDone {
			continue
		}
		rounds++
		want(t, exitDone, j.args("killed")...)
		sameFiles(t, calm, files(t, j.out("killed")))
		if out := want(t, exitDone, "verify", j.out("killed")); !strings.Contains(out, "no problems") {
			t.Error(out)
		}
		if err := os.RemoveAll(j.out("killed")); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills of runs of %s, %d tables completed", kills, took.Round(time.Millisecond), rounds)
}

// TestKillNets kills a run of two nets in one pass, each with a folder of its own.
func TestKillNets(t *testing.T) {
	j := newSmallJob(t, "16")
	other := j.out("other.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg13/64", "--out", other)
	args := func(out string) []string { return j.args(out, "--weights", other) }
	began := time.Now()
	want(t, exitDone, args("calm")...)
	took := time.Since(began)
	random := rand.New(rand.NewPCG(5, 5))
	for range 6 {
		killed(t, args("killed"), time.Duration(random.Float64()*float64(took)), syscall.SIGKILL)
	}
	want(t, exitDone, args("killed")...)
	for _, net := range []string{"vgg16_64", "vgg13_64"} {
		sameFiles(t, files(t, filepath.Join(j.out("calm"), net)), files(t, filepath.Join(j.out("killed"), net)))
	}
}

// killed starts the program and ends it after a while; it returns the exit status, -1 of a killed process.
func killed(t *testing.T, args []string, after time.Duration, how syscall.Signal) int {
	t.Helper()
	cmd := asProgram(args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status is in ProcessState
	return cmd.ProcessState.ExitCode()
}

// TestKillRetry kills a retry of failed rows, which writes finished shards again.
func TestKillRetry(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("calm")...)
	calm := files(t, j.out("calm"))
	want(t, exitSomeFailed, j.args("killed", "--max-pixels", "9000")...)
	args := j.args("killed", "--retry-failed")
	began := time.Now()
	want(t, exitDone, args...)
	took := time.Since(began)
	sameFiles(t, calm, files(t, j.out("killed")))
	kills := 6
	if testing.Short() {
		kills = 3
	}
	random := rand.New(rand.NewPCG(2, 2))
	for range kills {
		if err := os.RemoveAll(j.out("killed")); err != nil {
			t.Fatal(err)
		}
		want(t, exitSomeFailed, j.args("killed", "--max-pixels", "9000")...)
		killed(t, args, time.Duration(random.Float64()*2*float64(took)), syscall.SIGKILL)
		got := files(t, j.out("killed"))
		for name := range calm {
			if _, ok := got[name]; !ok {
				t.Errorf("%s is gone", name)
			}
		}
		want(t, exitDone, args...)
		sameFiles(t, calm, files(t, j.out("killed")))
		if out := want(t, exitDone, "verify", j.out("killed")); !strings.Contains(out, "no problems") {
			t.Error(out)
		}
	}
}

// TestKillMerge kills a merge that copies: what it left is completed by the next.
func TestKillMerge(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("calm")...)
	for _, part := range []string{"1/2", "2/2"} {
		want(t, exitDone, j.args("share"+part[:1], "--shard", part)...)
	}
	random := rand.New(rand.NewPCG(3, 3))
	args := []string{"merge", "--copy", j.out("merged"), j.out("share1"), j.out("share2")}
	for range 4 {
		killed(t, args, time.Duration(random.IntN(60))*time.Millisecond, syscall.SIGKILL)
	}
	want(t, exitDone, args...)
	got := files(t, j.out("merged"))
	for name := range got {
		if strings.HasSuffix(name, ".tmp") {
			t.Errorf("%s was left behind", name)
		}
	}
	sameFiles(t, files(t, j.out("calm")), got)
}

// TestMergeUnreadable: digests that a disk does not give are none that are not known: the merge ends, and names them.
func TestMergeUnreadable(t *testing.T) {
	j := newSmallJob(t, "4")
	for _, part := range []string{"1/2", "2/2"} {
		want(t, exitDone, j.args("share"+part[:1], "--shard", part)...)
	}
	digests, err := filepath.Glob(filepath.Join(j.out("share1"), outputs.DigestsDir, "*"))
	if err != nil || len(digests) == 0 {
		t.Fatalf("%v, %v", digests, err)
	}
	if err := errors.Join(os.Remove(digests[0]), os.Symlink(digests[0], digests[0])); err != nil { // cannot be opened
		t.Skip(err)
	}
	if out := want(t, exitFailed, "merge", j.out("merged"), j.out("share1"), j.out("share2")); !strings.Contains(out, digests[0]) {
		t.Error(out)
	}
}

// TestSignalInsideForward: a signal ends the program within two seconds, also while the net is at a view that takes it
// longer, and no part of a result is there.
func TestSignalInsideForward(t *testing.T) {
	j := newSmallJob(t, "4")
	net := j.out("wide.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg16/4", "--out", net)
	for _, how := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		out := j.out("slow " + how.String()) // of its own: the lock of another run would be there already
		cmd := asProgram("extract", "voc2007:"+j.data, "--weights", net, "--scales", "768", "--threads", "1", "--json", "-o", out)
		cmd.Env = append(cmd.Env, "FC7_KERNELS=plain") // some twenty seconds an image
		var events bytes.Buffer
		cmd.Stderr = &events
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(filepath.Join(out, outputs.FeaturesDir))
		time.Sleep(700 * time.Millisecond) // the first image is read and in the net
		began := time.Now()
		if err := cmd.Process.Signal(how); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		limit := 2 * time.Second
		if testing.Short() { // under the race detector, on a busy machine; still less than the rest of the image
			limit = 10 * time.Second
		}
		if took, code := time.Since(began), cmd.ProcessState.ExitCode(); took > limit || code != exitInterrupted {
			t.Errorf("%v: exit status %d after %s, want %d within %s", how, code, took, exitInterrupted, limit)
		}
		if !strings.Contains(events.String(), `"status":"interrupted"`) || !strings.Contains(events.String(), "0 of 4 rows are kept") {
			t.Errorf("%v: %s", how, events.String())
		}
		if left := files(t, out); len(left) > 0 {
			t.Errorf("%v: %d files were left behind", how, len(left))
		}
	}
}

// TestSignalWhileReadingInput: a signal also ends a program that waits for its list.
func TestSignalWhileReadingInput(t *testing.T) {
	j := newSmallJob(t, "4")
	cmd := asProgram("extract", "list:-", "--weights", j.net, "-o", j.out("listed"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for i := range 20000 { // more than a pipe holds: it listens to signals when it reads
		if _, err := fmt.Fprintf(in, "%05d.jpg\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit status %d, want %d", code, exitInterrupted)
	}
	if _, err := os.Stat(j.out("listed")); err == nil {
		t.Error("the run's folder was made")
	}
}

// TestKillMachines: two machines share a folder, are killed and started again, and leave the table of one.
func TestKillMachines(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("calm")...)
	random := rand.New(rand.NewPCG(4, 4))
	for range 3 {
		var machines []*exec.Cmd
		for _, part := range []string{"1/2", "2/2"} {
			cmd := asProgram(j.args("shared", "--shard", part)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			machines = append(machines, cmd)
		}
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		for _, cmd := range machines {
			_ = cmd.Process.Kill() // it may have ended already
			_ = cmd.Wait()
		}
	}
	var machines []*exec.Cmd
	for _, part := range []string{"1/2", "2/2"} {
		cmd := asProgram(j.args("shared", "--shard", part)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		machines = append(machines, cmd)
	}
	var ends []int
	for _, cmd := range machines {
		_ = cmd.Wait()
		ends = append(ends, cmd.ProcessState.ExitCode())
	}
	if slices.Max(ends) != exitDone {
		t.Errorf("exit statuses %v", ends)
	}
	sameFiles(t, files(t, j.out("calm")), files(t, j.out("shared")))
	if out := want(t, exitDone, "verify", j.out("shared")); !strings.Contains(out, "no problems") || strings.Contains(out, "note") {
		t.Error(out)
	}
}

// waitFor returns when the file is there, or after half a minute and more.
func waitFor(path string) {
	for range 6000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestKillKept ends an extraction within the one file of its table by SIGKILL, SIGTERM and SIGINT: what is kept of the
// file is taken, the table has the bytes of an undisturbed run, and nothing else is there.
func TestKillKept(t *testing.T) {
	j := newSmallJob(t, "48")
	args := func(out string) []string {
		return j.args(out, "--shard-rows", "48", "--keep-every", "1ms", "--threads", "1")
	}
	began := time.Now()
	if out, err := asProgram(args("calm")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	calm := files(t, j.out("calm"))
	random := rand.New(rand.NewPCG(18, 2))
	kills, kept := 12, 0
	if testing.Short() {
		kills = 4
	}
	for i := range kills {
		how := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}[i%3]
		code := killed(t, args("run"), time.Duration((0.3+0.7*random.Float64())*float64(took)), how)
		if code != exitInterrupted && code != exitDone && code != -1 {
			t.Errorf("%v: exit status %d", how, code)
		}
		if segments, _ := filepath.Glob(filepath.Join(j.out("run"), "tmp", "00000-*", "*.parquet")); len(segments) > 0 {
			kept++
		}
		if code != exitDone && i < kills-1 {
			continue
		}
		want(t, exitDone, args("run")...)
		sameFiles(t, calm, files(t, j.out("run")))
		if _, err := os.Lstat(j.out("run/tmp")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("tmp is left: %v", err)
		}
		if err := os.RemoveAll(j.out("run")); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills of runs of %s, %d of which left rows that were kept", kills, took.Round(time.Millisecond), kept)
}
