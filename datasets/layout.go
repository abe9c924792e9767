package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/internal/machine"
)

// layoutFault says that the tree at Path is not the one that Kind expects.
type layoutFault struct {
	Kind  string
	Path  string
	Found string // what is wrong, and what is there instead
	Hint  string // the next step; may be empty
	Tree  string // the tree expected, lines
	Err   error  // the system's error; may be nil
}

// Error gives one line with what was found, and the expected tree below it.
func (e *layoutFault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "data set %s:%s: %s", e.Kind, e.Path, e.Found)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "; %s", e.Hint)
	}
	fmt.Fprintf(&b, "\nexpected:\n  %s", strings.ReplaceAll(e.Tree, "\n", "\n  "))
	return b.String()
}

// Unwrap gives the system's error, so that fs.ErrNotExist can be asked for.
func (e *layoutFault) Unwrap() error { return e.Err }

// layoutError describes what is at path and what k expected there.
func layoutError(k KindInfo, path, found, hint string) *layoutFault {
	return &layoutFault{Kind: k.Name, Path: path, Found: found, Hint: hint, Tree: k.Tree}
}

// openRoot checks that path is a folder that can be listed.
func openRoot(k KindInfo, path string) ([]fs.DirEntry, error) {
	info, err := os.Stat(path)
	if err != nil {
		e := layoutError(k, path, "cannot be opened", "")
		e.Err = err
		return nil, e
	}
	if !info.IsDir() {
		return nil, layoutError(k, path, "is a file, not a folder", "unpack it if it is an archive, or give the folder it is in")
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		e := layoutError(k, path, "cannot be listed", "")
		e.Err = err
		return nil, e
	}
	return entries, nil
}

// openText opens a regular file that a kind is read from.
func openText(k KindInfo, path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, layoutError(k, path, "want a file, found a "+describeMode(info.Mode()), "")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		e := layoutError(k, path, "cannot be opened", "")
		e.Err = err
		return nil, e
	}
	return f, nil
}

// contents tells for an error what is in a folder: a few names of folders and files each.
func contents(entries []fs.DirEntry) string {
	var dirs, files []string
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, e.Name())
		} else {
			files = append(files, e.Name())
		}
	}
	if len(dirs)+len(files) == 0 {
		return "the folder is empty"
	}
	var parts []string
	if len(dirs) > 0 {
		parts = append(parts, some("folder", dirs))
	}
	if len(files) > 0 {
		parts = append(parts, some("file", files))
	}
	return "found " + strings.Join(parts, " and ")
}

// some writes a count and the first names.
func some(what string, names []string) string {
	const most = 5
	switch {
	case len(names) < 2:
	case strings.HasSuffix(what, "s"):
		what += "es"
	default:
		what += "s"
	}
	escaped := make([]string, min(most, len(names)))
	for i := range escaped {
		escaped[i] = escape.Name(names[i])
	}
	return fmt.Sprintf("%d %s (%s)", len(names), what, few.Begin(escaped, len(names), most))
}

// descend follows names from dir, each regardless of upper and lower case, and returns the folder there, or "" if there
// is none. The error is of a disk that does not tell.
func descend(dir string, names ...string) (_ string, err error) {
	for _, name := range names {
		if dir, err = child(dir, name); dir == "" || err != nil {
			return "", err
		}
	}
	return dir, nil
}

// child returns the folder of that name in dir: the exact name if there is one, else the first that differs in upper
// and lower case only.
func child(dir, name string) (string, error) {
	p := filepath.Join(dir, name)
	if is, err := isFolder(p); is || err != nil {
		return p, err
	}
	entries, err := os.ReadDir(dir)
	if machine.Withholds(err) {
		return "", err
	}
	for _, e := range entries {
		if !strings.EqualFold(e.Name(), name) {
			continue
		}
		p := filepath.Join(dir, e.Name())
		if is, err := isFolder(p); is || err != nil {
			return p, err
		}
	}
	return "", nil
}

// isFolder is isDir, or the error of a disk that does not tell.
func isFolder(path string) (bool, error) {
	info, err := os.Stat(path)
	if machine.Withholds(err) {
		return false, err
	}
	return err == nil && info.IsDir(), nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
