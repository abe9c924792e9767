package main

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStopped: a run that is stopped for longer than it may wait for an image, again and again, loses no row: what a
// clock says meanwhile decides nothing.
func TestStopped(t *testing.T) {
	if testing.Short() {
		t.Skip("stands still for seconds")
	}
	j := newSmallJob(t, "24", "--size", "1500")
	want(t, exitDone, j.args("calm")...)
	cmd := asProgram(j.args("stopped", "--image-timeout", "1s")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		time.Sleep(400 * time.Millisecond)
		if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			break // it is done
		}
		time.Sleep(1500 * time.Millisecond)
		_ = cmd.Process.Signal(syscall.SIGCONT)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopped three times: %v", err)
	}
	sameFiles(t, files(t, j.out("calm")), files(t, j.out("stopped")))
}

// TestFewDescriptors: a machine that has no descriptors left makes no failed rows: the run stops with status 1, and the
// same command goes on when there are some.
func TestFewDescriptors(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("calm")...)
	cmd := asProgram(j.args("few")...)
	few := exec.Command("sh", append([]string{"-c", `ulimit -n 11; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)...)
	few.Env = cmd.Env
	text, err := few.CombinedOutput()
	if few.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(text), "too many open files") {
		t.Fatalf("%v\n%s", err, text)
	}
	want(t, exitDone, j.args("few")...)
	sameFiles(t, files(t, j.out("calm")), files(t, j.out("few")))
}
