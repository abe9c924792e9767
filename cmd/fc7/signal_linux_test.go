package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// reader is a verb that reads what never ends.
type reader struct {
	cmd   *exec.Cmd
	reads func() bool // it does, and listens to signals by then
	end   chan error
}

func (r *reader) start(t *testing.T) *reader {
	t.Helper()
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.end = make(chan error, 1)
	go func() { r.end <- r.cmd.Wait() }()
	t.Cleanup(func() { _ = r.cmd.Process.Kill() }) // it may have ended
	return r
}

// ofPipe is a verb that reads a pipe which stands in the place of a file.
func ofPipe(t *testing.T, pipe string, args ...string) *reader {
	t.Helper()
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	r := &reader{cmd: asProgram(args...)}
	r.cmd.Stderr = new(bytes.Buffer)
	r.reads = func() bool {
		w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0) // an error as long as nobody reads
		if err == nil {
			t.Cleanup(func() { w.Close() })
		}
		return err == nil
	}
	return r.start(t)
}

// ofList is a verb that reads a list of images, list:-, of which it has had more than a pipe holds.
func ofList(t *testing.T, args ...string) *reader {
	t.Helper()
	r := &reader{cmd: asProgram(args...)}
	in, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	taken := make(chan bool, 1)
	r.reads = func() bool { return len(taken) > 0 }
	r.start(t)
	go func() {
		var list bytes.Buffer
		for i := range 1 << 15 {
			fmt.Fprintf(&list, "%07d.jpg\n", i)
		}
		if _, err := in.Write(list.Bytes()); err == nil {
			taken <- true
		}
	}()
	return r
}

// TestSignalWhileReading: a signal ends each verb while it reads what never ends, be it the list of a data set or a
// file of labels or splits; nothing is made.
func TestSignalWhileReading(t *testing.T) {
	j := newSmallJob(t, "8")
	want(t, exitDone, j.args("run")...)
	run, out := j.out("run"), j.out("out")
	all := []*reader{
		ofList(t, "extract", "list:-", "--weights", j.net, "-o", out),
		ofList(t, "train", "list:-", "--net", "vgg11/64:fc16", "--out", out),
		ofList(t, "finetune", "list:-", "--weights", j.net, "--out", out),
		ofList(t, "dataset", "inspect", "list:-"),
		ofList(t, "dataset", "splits", "list:-", "--seed", "0", "--out", out+".tsv"),
		ofList(t, "classify", "list:-", "--weights", j.net),
		ofList(t, "evaluate", "list:-", "--weights", j.net, "--out", out),
		ofPipe(t, j.out("labels"), "svm", run, "--labels", j.out("labels"), "--out", out),
		ofPipe(t, j.out("splits"), "svm", run, "--splits", j.out("splits"), "--protocol", "set", "--out", out),
	}
	for _, r := range all {
		for !r.reads() {
			select {
			case err := <-r.end:
				t.Fatalf("%q ended before it read: %v", r.cmd.Args[1:], err)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	for _, r := range all {
		if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	late := time.After(20 * time.Second) // a second, on a machine that is not busy
	for _, r := range all {
		select {
		case <-r.end:
			if code := r.cmd.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("%q: exit status %d, want %d", r.cmd.Args[1:], code, exitInterrupted)
			}
		case <-late:
			t.Fatalf("%q goes on reading", r.cmd.Args[1:])
		}
	}
	if made, err := filepath.Glob(out + "*"); err != nil || len(made) > 0 {
		t.Errorf("%q was made, %v", made, err)
	}
}

// TestSignalLeaves: a signal ends what no verb interrupts itself, a pipe that stands for a file on a disk that does not
// answer, and standard error says that it was left.
func TestSignalLeaves(t *testing.T) {
	j := newSmallJob(t, "8")
	run := j.out("run")
	want(t, exitDone, j.args("run")...)
	if err := os.Mkdir(filepath.Join(run, "heads"), 0o755); err != nil {
		t.Fatal(err)
	}
	said := make(map[*reader]*bytes.Buffer)
	of := func(pipe string, args ...string) {
		r := ofPipe(t, pipe, args...)
		said[r] = r.cmd.Stderr.(*bytes.Buffer)
	}
	of(j.out("p.json"), "extract", "folder:"+j.data, "--weights", j.net, "--preprocess", j.out("p.json"), "-o", j.out("out"))
	of(filepath.Join(run, "heads", "scores.json"), "table", run)
	for r := range said {
		for !r.reads() {
			select {
			case err := <-r.end:
				t.Fatalf("%q ended before it read: %v, %s", r.cmd.Args[1:], err, said[r])
			case <-time.After(10 * time.Millisecond):
			}
		}
		if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}
	late := time.After(30 * time.Second)
	for r := range said {
		select {
		case <-r.end:
			if code := r.cmd.ProcessState.ExitCode(); code != exitInterrupted || !bytes.Contains(said[r].Bytes(), []byte("and was left")) {
				t.Errorf("%q: exit status %d, %s", r.cmd.Args[1:], code, said[r])
			}
		case <-late:
			t.Fatalf("%q goes on reading", r.cmd.Args[1:])
		}
	}
}
