package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// limit is how long a command may take before it is said to hang.
const limit = 3 * time.Minute

// ending is how a command ended.
type ending struct {
	status int // -1: by a signal
	said   string
	took   time.Duration
}

// place is where one command at a time works on one disk at a time.
type place struct {
	s    *server
	name string
	bin  string
	home string // on another file system, for what is no part of a job
}

// on puts a copy of a tree there.
func (p *place) on(root *node) *disk {
	d := newDisk(p.s.ids, root)
	p.s.put(p.name, d)
	return d
}

func (p *place) path() string { return filepath.Join(p.s.mount, p.name) }

// run starts a command of fc7 in the root of the disk and waits for it. It is killed at once when the disk stops, or
// when kill is closed.
func (p *place) run(ctx context.Context, d *disk, args []string, procs int, kill <-chan struct{}) (ending, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// the shell changes the folder: this process would wait for its own file system with its world stopped
	cmd := exec.Command("/bin/sh", append([]string{"-c", `cd "$0" && exec "$@"`, p.path(), p.bin}, args...)...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "TMPDIR=" + p.home, "FC7_CACHE=" + filepath.Join(p.path(), "cache"),
		fmt.Sprintf("GOMAXPROCS=%d", procs), "NO_PROXY=127.0.0.1",
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return ending{}, err
	}
	var once sync.Once
	end := func() { once.Do(func() { _ = cmd.Process.Kill() }) }
	d.Lock()
	before := d.stopped
	d.stopped = func(d *disk) {
		if before != nil {
			before(d)
		}
		end()
	}
	if d.dead { // before there was somebody to tell
		end()
	}
	d.Unlock()
	done := make(chan struct{})
	go func() {
		select {
		case <-kill:
			end()
		case <-ctx.Done():
			end()
		case <-done:
		}
	}()
	_ = cmd.Wait() // the status is in ProcessState
	close(done)
	if err := ctx.Err(); errors.Is(err, context.DeadlineExceeded) {
		return ending{}, fmt.Errorf("fc7 %s: not done after %s", strings.Join(args, " "), limit)
	} else if err != nil {
		return ending{}, err
	}
	e := ending{cmd.ProcessState.ExitCode(), said.String(), time.Since(began)}
	if dumped(e.said) {
		return e, fmt.Errorf("fc7 %s: a stack dump:\n%s", strings.Join(args, " "), beginning(e.said))
	}
	return e, nil
}

// quiet runs a command undisturbed, which must end with one of the statuses.
func (p *place) quiet(ctx context.Context, d *disk, args []string, want ...int) (ending, error) {
	e, err := p.run(ctx, d, args, 2, nil)
	if err == nil && !slices.Contains(want, e.status) {
		err = fmt.Errorf("fc7 %s: exit status %d, want one of %d:\n%s", strings.Join(args, " "), e.status, want, beginning(e.said))
	}
	return e, err
}

// dumped tells that a program printed the stacks of its goroutines.
func dumped(said string) bool {
	return strings.Contains(said, "\ngoroutine ") || strings.Contains(said, "panic: ") || strings.Contains(said, "fatal error: ")
}

// beginning is what is shown of an output.
func beginning(said string) string {
	const most = 1500
	if len(said) > most {
		return said[:most] + " …"
	}
	return said
}

// chance is the source of all that is random in a case.
func chance(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x66633721)) }
