package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// verdict is what the tests say of a mutant.
type verdict string

const (
	unbuilt  verdict = "not built"
	noticed  verdict = "noticed "
	survivor verdict = "SURVIVED"
)

// judge runs a room's tests on its mutants.
type judge struct {
	options
	temp string // folder of the changed file and the overlay
}

func newJudge(o options) (*judge, error) {
	root, err := filepath.Abs(o.root)
	if err != nil {
		return nil, err
	}
	o.root = root
	if o.tests == "" {
		o.tests = o.room
	}
	temp, err := os.MkdirTemp("", "mutate-")
	return &judge{options: o, temp: temp}, err
}

// limitMemory bounds what this process and the tests that it starts may take: a mutant may ask for anything.
func limitMemory(gb uint64) error {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &was); err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: min(gb<<30, was.Max), Max: was.Max})
}

// command is a call of go in the module.
func (j *judge) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = j.root
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the tests end with it
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	return c
}

// mutants lists those of the room's files, of this platform and not generated.
func (j *judge) mutants() ([]mutant, error) {
	c := j.command(context.Background(), "list", "-f", `{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`, j.room)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", j.room, err)
	}
	var all []mutant
	for _, file := range strings.Fields(string(out)) {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(source, []byte("DO NOT EDIT")) {
			continue
		}
		short, err := filepath.Rel(j.root, file)
		if err != nil {
			return nil, err
		}
		some, err := find(short, source)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// test runs the tests; an empty overlay is the unchanged code.
func (j *judge) test(ctx context.Context, overlay string, more ...string) ([]byte, error) {
	args := append([]string{"test", "-short", "-failfast", "-vet=off", "-ldflags=-s -w"}, more...)
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	if j.run != "" {
		args = append(args, "-run="+j.run)
	}
	if j.timeout > 0 {
		args = append(args, "-timeout="+j.timeout.String())
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, 2*j.timeout+time.Minute) // where the test's own watch does not bite
		defer stop()
	}
	return j.command(ctx, append(args, strings.Split(j.tests, ",")...)...).CombinedOutput()
}

// baseline runs the tests on the unchanged code, which must pass, and bounds the time of all others.
func (j *judge) baseline(ctx context.Context) error {
	if out, err := j.test(ctx, ""); err != nil { // builds, too
		return fmt.Errorf("the unchanged code fails its tests: %w\n%s", err, out)
	}
	if j.timeout > 0 {
		return nil
	}
	began := time.Now() // without the build
	if out, err := j.test(ctx, "", "-count=1"); err != nil {
		return fmt.Errorf("the unchanged code fails its tests: %w\n%s", err, out)
	}
	j.timeout = max(20*time.Second, 3*time.Since(began)).Round(time.Second)
	return nil
}

// try judges a mutant.
func (j *judge) try(ctx context.Context, m mutant) (verdict, error) {
	changed, overlay := filepath.Join(j.temp, "changed.go"), filepath.Join(j.temp, "overlay.json")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(j.root, m.file): changed}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(changed, m.changed(), 0o600), os.WriteFile(overlay, list, 0o600)); err != nil {
		return "", err
	}
	out, err := j.test(ctx, overlay)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	switch {
	case err == nil:
		return survivor, nil
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		return unbuilt, nil
	}
	return noticed, nil
}
