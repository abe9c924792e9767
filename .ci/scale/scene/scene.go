// Package scene has what the programs here share: fc7 as a program, what it draws, and tables that are compared.
package scene

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing/fstest"
	"time"
)

// Scene is a folder in which fc7 works. What goes wrong is a panic of a Failure: see Play.
type Scene struct {
	Dir  string
	FC7  string   // the program
	Env  []string // beside that of this program
	Name string   // of what is shown

	ended <-chan os.Signal
}

// Failure is what was not as promised.
type Failure struct{ Text string }

// Play shows something in a folder of its own, which is removed where all was as promised. It returns the status of the
// program.
func Play(name, fc7 string, show func(*Scene)) (status int) {
	dir, err := os.MkdirTemp("", "fc7-"+name+"-")
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		return 1
	}
	defer func() {
		wrong := recover()
		if f, failed := wrong.(Failure); failed {
			fmt.Fprintf(os.Stderr, "FAIL %s: %s\n%s is kept\n", name, f.Text, dir)
			status = 1
			return
		}
		if wrong != nil {
			panic(wrong)
		}
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
		}
	}()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	program, err := filepath.Abs(fc7)
	s := &Scene{Dir: dir, FC7: program, Name: name, ended: ended, Env: []string{"FC7_CACHE=" + filepath.Join(dir, "cache")}}
	s.Must(err)
	show(s)
	return 0
}

// Path is one in the scene's folder.
func (s *Scene) Path(elements ...string) string {
	return filepath.Join(append([]string{s.Dir}, elements...)...)
}

// Fail ends the scene.
func (s *Scene) Fail(format string, args ...any) { panic(Failure{fmt.Sprintf(format, args...)}) }

// Must ends it where there is an error.
func (s *Scene) Must(err error) {
	if err != nil {
		s.Fail("%v", err)
	}
}

// Say tells what was seen.
func (s *Scene) Say(format string, args ...any) { fmt.Printf(s.Name+": "+format+"\n", args...) }

// Command is fc7 with arguments, not started.
func (s *Scene) Command(args ...string) *exec.Cmd {
	c := exec.Command(s.FC7, args...)
	c.Env, c.Dir = append(os.Environ(), s.Env...), s.Dir
	return c
}

// Run runs fc7, which must end with a status, and returns all that it said.
func (s *Scene) Run(status int, args ...string) string {
	out, err := s.Command(args...).CombinedOutput()
	if got := Status(err); got != status {
		s.Fail("fc7 %s: status %d, want %d\n%s", strings.Join(args, " "), got, status, out)
	}
	return string(out)
}

// Started is fc7 at work.
type Started struct {
	Process *os.Process
	c       *exec.Cmd
	said    bytes.Buffer
}

// Start starts fc7.
func (s *Scene) Start(args ...string) *Started {
	p := &Started{c: s.Command(args...)}
	p.c.Stdout, p.c.Stderr = &p.said, &p.said
	s.Must(p.c.Start())
	p.Process = p.c.Process
	return p
}

// Wait waits for its end, and returns what it said and its status.
func (p *Started) Wait() (said string, status int) {
	err := p.c.Wait()
	return p.said.String(), Status(err)
}

// Output is what fc7 writes to standard output, which must end with status 0.
func (s *Scene) Output(args ...string) string {
	var said bytes.Buffer
	c := s.Command(args...)
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		s.Fail("fc7 %s: %v\n%s", strings.Join(args, " "), err, &said)
	}
	return string(out)
}

// Status is that of a program which ended with an error; -1: it did not run, or was killed.
func Status(err error) int {
	switch e := err.(type) {
	case nil:
		return 0
	case *exec.ExitError:
		return e.ExitCode()
	}
	return -1
}

// Await asks until something is so, or the program is to end.
func (s *Scene) Await(what string, longest time.Duration, is func() bool) {
	for end := time.Now().Add(longest); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fail("%s: not within %s", what, longest)
		}
		select {
		case sig := <-s.ended:
			s.Fail("%s: %v", what, sig)
		default:
		}
	}
}

// Draw draws images and returns their paths in order.
func (s *Scene) Draw(dir string, images, size int) []string {
	s.Run(0, "dataset", "synth", "--images", fmt.Sprint(images), "--size", fmt.Sprint(size), dir)
	var all []string
	s.Must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".jpg") {
			all = append(all, path)
		}
		return err
	}))
	slices.Sort(all)
	return all
}

// Same makes sure that parts of two runs have the same files: "features", the table, and "digests", what is recorded of
// its images, which tells of their files' times too.
func (s *Scene) Same(want, got string, parts ...string) (files int) {
	for _, part := range parts {
		a, b := s.tree(filepath.Join(want, part)), s.tree(filepath.Join(got, part))
		for name, f := range a {
			if g, ok := b[name]; !ok || !bytes.Equal(f.Data, g.Data) {
				s.Fail("%s/%s of %s is not that of %s", part, name, got, want)
			}
		}
		if len(a) != len(b) || len(a) == 0 {
			s.Fail("%s has %d files in %s, %s has %d", got, len(b), part, want, len(a))
		}
		files += len(a)
	}
	return files
}

func (s *Scene) tree(dir string) fstest.MapFS {
	all := fstest.MapFS{}
	s.Must(fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		all[path] = &fstest.MapFile{Data: b}
		return err
	}))
	return all
}

// Tool is where a program is: in PATH, or in a folder, into which it is installed where it is neither.
func (s *Scene) Tool(folder, name, module string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	folder, err := filepath.Abs(folder)
	s.Must(err)
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	get := exec.Command("go", "install", module)
	get.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=")
	if out, err := get.CombinedOutput(); err != nil {
		s.Fail("installing %s: %v\n%s", module, err, out)
	}
	return path
}
