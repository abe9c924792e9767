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

	"fc7/scale/scene"
)

// bed is a scene with a plan, and a store with another one.
type bed struct {
	*scene.Scene
	images []string
	run    string // the plan in the folder
	away   string // that on the store
}

func newBed(s *scene.Scene) *bed {
	b := &bed{Scene: s, run: s.Path("run"), images: s.Draw(s.Path("data"), 60, 200)}
	if n := len(b.images); n != 60 {
		s.Fail("%d images are drawn", n)
	}
	// one image of the second task is none, before the plan is made: one that changes later is another matter
	s.Must(os.WriteFile(b.images[30], []byte("none"), 0o644))
	s.Run(0, "plan", "voc2007:"+s.Path("data", "VOCdevkit"), "--scales", "256", "--shard-rows", "10", "--tasks", "3", "--out", b.run)
	return b
}

// command is fc7 with a task's number, or without one.
func (b *bed) command(index string, args ...string) *exec.Cmd {
	c := b.Command(args...)
	if index != "" {
		c.Env = append(c.Env, "JOB_COMPLETION_INDEX="+index)
	}
	return c
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
		{b.run, 2, []string{"--volume", "pvc:a=" + filepath.Dir(b.Dir)}},
		{b.run, 2, []string{"--volume", "nfs:10.0.0.1:/x=" + filepath.Dir(b.Dir), "--cpu", "500m", "--memory", "900M", "--throttle", "2", "--restarts", "0", "--max-failed-tasks", "1", "--merge-restarts", "3", "--user", "7:8"}},
		{b.run, 2, []string{"--volume", "nfs:server:/export/data=" + b.Dir, "--volume", "host:/x=/y:ro", "--cache", b.Dir + "/c", "--job-name", strings.Repeat("a", 57), "--tasks", "4"}},
		{b.run, 2, []string{"--volume", "pvc:a=" + filepath.Dir(b.Dir), "--retry", "--max-failed-tasks", "9"}},
		{b.away, 2, []string{"--secret", "keys"}},
		{b.away, 2, []string{"--service-account", "photos", "--retry"}},
	}
}

// submit prints the Jobs of a submission, which the API server must take.
func (b *bed) submit(s submission) ([]batchv1.Job, string) {
	text := b.Output(append([]string{"submit", "kubernetes", s.run, "--image", "example.org/fc7:1", "--cpu", "2"}, s.flags...)...)
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
		b.Fail("%s %s: %v\n%s", s.run, strings.Join(s.flags, " "), err, text)
	}
	return jobs, text
}

// judgeAll looks at all that fc7 prints.
func judgeAll(s *scene.Scene, tools string) {
	b := newBed(s)
	stop := b.serve(tools)
	defer stop()
	var first []batchv1.Job
	for _, s := range b.submissions() {
		jobs, text := b.submit(s)
		if first == nil {
			first = jobs
			b.Must(checkJudge(text))
		}
	}
	b.Say("%d submissions are valid for the API server", len(b.submissions()))
	b.retry()
	b.Must(b.policies(first[0], first[1]))
}
