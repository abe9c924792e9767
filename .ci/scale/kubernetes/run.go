package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// bed is a folder with a plan, and a store with another one.
type bed struct {
	fc7, dir string
	run      string   // the plan in the folder
	away     string   // that on the store
	env      []string // by which the store is found
}

func newBed(fc7 string) (*bed, error) {
	fc7, err := filepath.Abs(fc7)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fc7-kubernetes-")
	if err != nil {
		return nil, err
	}
	b := &bed{fc7: fc7, dir: dir, run: filepath.Join(dir, "run")}
	data := filepath.Join(dir, "data")
	if _, err := b.ask("dataset", "synth", "--images", "60", "--size", "200", data); err != nil {
		return b, err
	}
	// one image of the second task is none, before the plan is made: one that changes later is another matter
	images, err := filepath.Glob(filepath.Join(data, "VOCdevkit/VOC2007/JPEGImages/*"))
	if err != nil || len(images) != 60 {
		return b, fmt.Errorf("%d images are drawn, %v", len(images), err)
	}
	if err := os.WriteFile(images[30], []byte("none"), 0o644); err != nil {
		return b, err
	}
	_, err = b.ask("plan", "voc2007:"+filepath.Join(data, "VOCdevkit"), "--scales", "256", "--shard-rows", "10", "--tasks", "3", "--out", b.run)
	return b, err
}

// command is fc7 with a task's number, or without one.
func (b *bed) command(index string, args ...string) *exec.Cmd {
	c := exec.Command(b.fc7, args...)
	c.Env = append(append(os.Environ(), "FC7_CACHE="+filepath.Join(b.dir, "cache")), b.env...)
	if index != "" {
		c.Env = append(c.Env, "JOB_COMPLETION_INDEX="+index)
	}
	return c
}

// ask is what fc7 prints.
func (b *bed) ask(args ...string) (string, error) {
	c := b.command("", args...)
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("fc7 %s: %w\n%s", strings.Join(args, " "), err, &said)
	}
	return string(out), nil
}

// status is what fc7 ends with, as a node would report it; a signal is sent when it has said that it lives.
func (b *bed) status(c *exec.Cmd, sig syscall.Signal) (int, error) {
	before := b.beats()
	if err := c.Start(); err != nil {
		return 0, err
	}
	for sig != 0 && b.beats() == before {
		time.Sleep(time.Millisecond)
	}
	if sig != 0 {
		if err := c.Process.Signal(sig); err != nil {
			return 0, err
		}
	}
	err := c.Wait()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &ended) && ended.ExitCode() >= 0:
		return ended.ExitCode(), nil
	case errors.As(err, &ended):
		if w, ok := ended.Sys().(syscall.WaitStatus); ok && w.Signaled() {
			return 128 + int(w.Signal()), nil
		}
	}
	return 0, err
}

// beats is how many starts of tasks have said that they live.
func (b *bed) beats() int {
	all, _ := filepath.Glob(filepath.Join(b.run, "tmp", "beats", "*.json"))
	return len(all)
}

// submission is a run, flags of fc7 submit kubernetes, and how many Jobs these give, which must be taken.
type submission struct {
	run   string
	jobs  int
	flags []string
}

func (b *bed) submissions() []submission {
	return []submission{
		{b.run, 2, []string{"--volume", "pvc:a=" + filepath.Dir(b.dir)}},
		{b.run, 2, []string{"--volume", "nfs:10.0.0.1:/x=" + filepath.Dir(b.dir), "--cpu", "500m", "--memory", "900M", "--throttle", "2", "--restarts", "0", "--max-failed-tasks", "1", "--merge-restarts", "3", "--user", "7:8"}},
		{b.run, 2, []string{"--volume", "nfs:server:/export/data=" + b.dir, "--volume", "host:/x=/y:ro", "--cache", b.dir + "/c", "--job-name", strings.Repeat("a", 57), "--tasks", "4"}},
		{b.run, 2, []string{"--volume", "pvc:a=" + filepath.Dir(b.dir), "--retry", "--max-failed-tasks", "9"}},
		{b.away, 2, []string{"--secret", "keys"}},
		{b.away, 2, []string{"--service-account", "photos", "--retry"}},
	}
}

// submit prints the Jobs of a submission, which the API server must take.
func (b *bed) submit(s submission) ([]batchv1.Job, string, error) {
	text, err := b.ask(append([]string{"submit", "kubernetes", s.run, "--image", "example.org/fc7:1", "--cpu", "2"}, s.flags...)...)
	if err != nil {
		return nil, "", err
	}
	jobs, err := jobsOf(text)
	if err == nil && len(jobs) != s.jobs {
		err = fmt.Errorf("%d Jobs, want %d", len(jobs), s.jobs)
	}
	for _, j := range jobs {
		if err == nil {
			err = refused(j)
		}
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", s.run, strings.Join(s.flags, " "), err, text)
	}
	return jobs, text, err
}

// judgeAll looks at all that fc7 prints.
func judgeAll(fc7, tools string) error {
	b, err := newBed(fc7)
	if b != nil {
		defer func() { _ = os.RemoveAll(b.dir) }()
	}
	if err != nil {
		return err
	}
	stop, err := b.serve(tools)
	if err != nil {
		return err
	}
	defer stop()
	var first []batchv1.Job
	for _, s := range b.submissions() {
		jobs, text, err := b.submit(s)
		if err != nil {
			return err
		}
		if first == nil {
			first = jobs
			if err := checkJudge(text); err != nil {
				return err
			}
		}
	}
	fmt.Printf("kubernetes: %d submissions are valid for the API server\n", len(b.submissions()))
	if err := b.retry(); err != nil {
		return err
	}
	return b.policies(first[0], first[1])
}
