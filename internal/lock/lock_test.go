package lock

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func mustLock(t *testing.T, l *Lock, err error) *Lock {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if l.Void() {
		t.Skip("no locks on this system")
	}
	return l
}

func release(t *testing.T, l *Lock) {
	t.Helper()
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
}

// Ranges that overlap exclude each other, those beside them do not.
func TestRange(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".lock")
	held, err := Range(path, 2, 2)
	held = mustLock(t, held, err)
	for _, c := range []struct {
		start, n int64
		free     bool
	}{{0, 2, true}, {4, 5, true}, {0, 9, false}, {3, 2, false}, {2, 2, false}, {1 << 40, 1, true}} {
		if rangeFile(path, c.start, c.n) != path && (c.start != 2 || c.n != 2) {
			continue // here only equal ranges meet
		}
		l, err := Range(path, c.start, c.n)
		if (err == nil) != c.free || err != nil && !errors.Is(err, ErrHeld) {
			t.Errorf("%d places from %d beside 2 from 2: %v", c.n, c.start, err)
		}
		if err == nil {
			release(t, l)
		}
	}
	release(t, held)
	l, err := Range(path, 0, 9)
	release(t, mustLock(t, l, err))
	if _, err := os.Stat(rangeFile(path, 0, 9)); err != nil {
		t.Errorf("the file of ranges went: %v", err)
	}
}

// A named lock's file goes with it; another is made for who comes next.
func TestNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".x.lock")
	for range 2 {
		l, err := Named(path)
		l = mustLock(t, l, err)
		if _, err := Named(path); !errors.Is(err, ErrHeld) {
			t.Errorf("two hold it: %v", err)
		}
		release(t, l)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("its file is left: %v", err)
		}
	}
	if _, err := Named(filepath.Join(path, "none", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
}

// Who opened the file before its holder removed it, and locks what has no name any more, goes on to the next file: two
// never hold the lock of a name together.
func TestNamedRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".x.lock")
	l, err := Named(path)
	release(t, mustLock(t, l, err))
	var inside, turns atomic.Int32
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for turns.Load() < 300 {
				l, err := Named(path)
				if errors.Is(err, ErrHeld) {
					runtime.Gosched()
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d hold it", n)
				}
				turns.Add(1)
				inside.Add(-1)
				if err := l.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

// The content of a locked file can be read and written by others, and a file that is gone cannot be locked.
func TestStanding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if _, err := Standing(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, []byte("one"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := Standing(path)
	l = mustLock(t, l, err)
	if _, err := Standing(path); !errors.Is(err, ErrHeld) {
		t.Errorf("two hold it: %v", err)
	}
	if err := os.WriteFile(path, []byte("two"), 0o644); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "two" {
		t.Errorf("%q, %v", b, err)
	}
	release(t, l)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file went with its lock: %v", err)
	}
}

func TestWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	try := func() (*Lock, error) { return Named(path) }
	l, err := try()
	l = mustLock(t, l, err)
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Millisecond)
	defer cancel()
	if _, err := Wait(ctx, try); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a lock that is held: %v", err)
	}
	held := l
	time.AfterFunc(100*time.Millisecond, func() { _ = held.Release() })
	l, err = Wait(context.Background(), try)
	if err != nil {
		t.Fatal(err)
	}
	release(t, l)
}

// TestKilledHolder: the lock of a process that is killed is free at once.
func TestKilledHolder(t *testing.T) {
	const variable = "LOCK_TEST_FILE"
	if path := os.Getenv(variable); path != "" {
		l, err := Standing(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("locked\n")
		time.Sleep(time.Minute)
		_ = l.Release()
		return
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledHolder$")
	cmd.Env = append(os.Environ(), variable+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if l, err := Standing(path); !errors.Is(err, ErrHeld) {
		if err == nil && l.Void() {
			t.Skip("no locks on this system")
		}
		t.Errorf("beside the living: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	l, err := Standing(path)
	if err != nil {
		t.Fatal(err)
	}
	release(t, l)
}
