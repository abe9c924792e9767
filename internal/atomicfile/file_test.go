package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWriteBytes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.tsv")
	must(t, WriteBytes(path, []byte("one"), false))
	err := WriteBytes(path, []byte("two"), false)
	if !errors.Is(err, fs.ErrExist) || !strings.HasPrefix(err.Error(), path+" exists already and is not replaced") {
		t.Errorf("a file was replaced: %v", err)
	}
	if got := text(t, path); got != "one" {
		t.Errorf("%q", got)
	}
	must(t, WriteBytes(path, []byte("three"), true))
	if got := text(t, path); got != "three" {
		t.Errorf("%q", got)
	}
	none := filepath.Join(dir, "none", "b")
	if err := WriteBytes(none, nil, false); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "writing "+none) {
		t.Errorf("a folder that is not there: %v", err)
	}
	broken := errors.New("broken")
	err = Write(path, true, func(w io.Writer) error {
		_, err := io.WriteString(w, "four")
		return errors.Join(err, broken)
	})
	if got := text(t, path); !errors.Is(err, broken) || got != "three" {
		t.Errorf("%q after %v", got, err)
	}
	if left := names(t, dir); left != "a.tsv" {
		t.Errorf("there is %s", left)
	}
}

// What another process made meanwhile stays, whatever the system has.
func TestOvertaken(t *testing.T) {
	for _, s := range systems {
		path := filepath.Join(t.TempDir(), "x")
		err := s.on(func(int) error { return nil }, func() error {
			return Write(path, false, func(w io.Writer) error {
				_, err := io.WriteString(w, "ours")
				return errors.Join(err, os.WriteFile(path, []byte("theirs"), 0o600))
			})
		})
		if got := text(t, path); !errors.Is(err, fs.ErrExist) || got != "theirs" || names(t, filepath.Dir(path)) != "x" {
			t.Errorf("%s: %q, %v, there is %s", s.name, got, err, names(t, filepath.Dir(path)))
		}
	}
}

func TestFileIsReadAndChangedBeforeItIsDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	f, err := Create(path, false)
	must(t, err)
	_, err = f.Write([]byte("one two"))
	must(t, err)
	b := make([]byte, 3)
	_, err = f.ReadAt(b, 4)
	if must(t, err); string(b) != "two" {
		t.Errorf("%q", b)
	}
	_, err = f.WriteAt([]byte("and"), 4)
	must(t, err)
	if got := text(t, path); got != "none" {
		t.Errorf("before Commit there is %q", got)
	}
	must(t, errors.Join(f.Commit(), f.Abort(), f.Commit()))
	if got := text(t, path); got != "one and" {
		t.Errorf("%q", got)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are not those of Unix there")
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "usual"), nil, 0o644)) // under this process's umask
	must(t, os.Mkdir(filepath.Join(dir, "usual folder"), 0o755))
	must(t, WriteBytes(filepath.Join(dir, "x"), nil, false))
	must(t, makeFolderOf(filepath.Join(dir, "folder"), "x", false))
	for a, b := range map[string]string{"x": "usual", "folder": "usual folder"} {
		got, e1 := os.Stat(filepath.Join(dir, a))
		want, e2 := os.Stat(filepath.Join(dir, b))
		if e1 != nil || e2 != nil || got.Mode() != want.Mode() {
			t.Errorf("%s: %v, want %v", a, got.Mode(), want.Mode())
		}
	}
}

// A folder that may be written to but not read takes files and folders all the same.
func TestFolderThatCannotBeRead(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("no folder is closed to this user")
	}
	dir := filepath.Join(t.TempDir(), "drop")
	must(t, os.Mkdir(dir, 0o300))
	must(t, WriteBytes(filepath.Join(dir, "x"), []byte("x"), false))
	must(t, makeFolderOf(filepath.Join(dir, "y"), "y", false))
	must(t, os.Chmod(dir, 0o700))
	if got := names(t, dir); got != "x y" {
		t.Errorf("there is %s", got)
	}
}

// Names as long as the system allows have temporary ones that it allows, too.
func TestLongName(t *testing.T) {
	for _, name := range []string{strings.Repeat("n", 255), strings.Repeat("n", 199) + strings.Repeat("ä", 28), strings.Repeat("ä", 127)} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Skipf("such names cannot be here: %v", err)
		}
		must(t, WriteBytes(path, []byte("x"), true))
		must(t, os.Remove(path))
		must(t, makeFolderOf(path, "x", false))
	}
}

// Create removes what the dead left of the same name, and nothing else.
func TestRemovesWhatTheDeadLeft(t *testing.T) {
	dir := t.TempDir()
	keep := []string{"x", ".x", ".xy.1.tmp", ".x.1.tmp.bak", "x.1.tmp", ".y.1.tmp", ".x.y.1.tmp", ".x.tmp"}
	for _, name := range append(keep, ".x.1.tmp", ".x.k3j4h5.tmp") {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	living, err := Create(filepath.Join(dir, "x"), true)
	must(t, err)
	must(t, WriteBytes(filepath.Join(dir, "x"), []byte("other"), true))
	if left := strings.Fields(names(t, dir)); len(left) != len(keep)+1 {
		t.Errorf("there is %v; want %v and one of the living", left, keep)
	}
	_, err = living.Write([]byte("living"))
	must(t, errors.Join(err, living.Commit()))
	if got := text(t, filepath.Join(dir, "x")); got != "living" || len(strings.Fields(names(t, dir))) != len(keep) {
		t.Errorf("%q, there is %s", got, names(t, dir))
	}
}

func TestTemporaryThatIsGone(t *testing.T) {
	for _, replace := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "x")
		f, err := Create(path, replace)
		must(t, err)
		must(t, os.Remove(f.temp.Name()))
		if err := f.Commit(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "does another process write this folder?") {
			t.Error(err)
		}
	}
}

func TestPlace(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "x.part"), filepath.Join(dir, "x")
	for _, c := range []struct {
		say     string
		replace bool
		want    string
	}{{"one", false, "one"}, {"two", false, "one"}, {"three", true, "three"}} {
		must(t, os.WriteFile(from, []byte(c.say), 0o644))
		err := Place(from, to, c.replace)
		if got := text(t, to); got != c.want || (got == c.say) != (err == nil) || err != nil && !errors.Is(err, fs.ErrExist) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

func TestBring(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "x")
	must(t, os.WriteFile(from, []byte("x"), 0o644))
	for _, s := range systems {
		for _, copying := range []bool{false, true} {
			to := filepath.Join(t.TempDir(), "y")
			bring := func() (err error) {
				linked, err := Bring(from, to, copying)
				if want := !copying && s.says["link"] == nil; err == nil && linked != want {
					t.Errorf("%s: linked %v, want %v", s.name, linked, want)
				}
				return err
			}
			must(t, s.on(func(int) error { return nil }, bring))
			if got := text(t, to); got != "x" {
				t.Errorf("%q", got)
			}
			there := !copying && s.says["link"] == nil // the second link finds the first one
			if err := s.on(func(int) error { return nil }, bring); (err == nil) != there || err != nil && !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s: brought twice: %v", s.name, err)
			}
		}
	}
	if _, err := Bring(filepath.Join(dir, "none"), filepath.Join(dir, "y"), true); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
