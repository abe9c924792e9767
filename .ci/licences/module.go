package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licences under which code may be linked into a program under MIT's, and given away with it.
var allowed = []string{"MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "Zlib", "BSL-1.0", "CC0-1.0", "Unlicense", "0BSD"}

// reviewed are files that a person has read, by the SHA-256 of their text, where the words alone mislead.
var reviewed = map[string][]string{
	// Arrow's tells the licences of all its languages: those that are not in allowed (OpenSSL, NCSA, HPND) are of C++,
	// Python and R, which are no part of the Go modules.
	"b9bb118a7b522be9463470835c0a50451255b4e8dd350465c366a1656128f622": {"Apache-2.0", "BSD-3-Clause"}, // arrow/go/arrow
	"bd939b3a0ca7ffedd7444240915f4f297f09739fa9d07bac8c85ec4ea8c94c35": {"Apache-2.0", "BSD-3-Clause"}, // arrow/go/v15
}

// covered is how much of a file, in per cent of its words, has to be a licence that is known. Files which list the
// licences of several parts have words between them.
const covered = 75

// A module is linked into fc7, by the packages in dirs.
type module struct {
	path, version, root string
	dirs                []string
	licences            []string // of all files, sorted
	files               []file
}

// A file is one in which a module states its licence, or what has to be told with it.
type file struct {
	path string
	text []byte
}

// read finds the files that say under which licence the packages stand: in their folders and in those above, up to the
// module's.
func (m *module) read() error {
	var dirs []string
	for _, d := range m.dirs {
		for ; ; d = filepath.Dir(d) {
			if !slices.Contains(dirs, d) {
				dirs = append(dirs, d)
			}
			if d == m.root || len(d) <= len(m.root) {
				break
			}
		}
	}
	slices.Sort(dirs)
	for _, d := range dirs {
		if err := m.readDir(d); err != nil {
			return err
		}
	}
	if len(m.licences) == 0 {
		return fmt.Errorf("%s %s: no file states a licence", m.path, m.version)
	}
	slices.Sort(m.licences)
	m.licences = slices.Compact(m.licences)
	return nil
}

func (m *module) readDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		licence, notice := kind(e.Name())
		if e.IsDir() || !licence && !notice {
			continue
		}
		path := filepath.Join(dir, e.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m.files = append(m.files, file{path, text})
		if !licence {
			continue
		}
		found, err := judge(text)
		if err != nil {
			return fmt.Errorf("%s %s: %s: %w", m.path, m.version, e.Name(), err)
		}
		m.licences = append(m.licences, found...)
	}
	return nil
}

// kind tells the files that state a licence from those that have to be told with it (NOTICE of Apache, PATENTS of Go).
func kind(name string) (licence, notice bool) {
	base, ext, _ := strings.Cut(strings.ToUpper(name), ".")
	if ext != "" && ext != "TXT" && ext != "MD" {
		return false, false
	}
	base, _, _ = strings.Cut(base, "-")
	switch base {
	case "LICENSE", "LICENCE", "COPYING", "UNLICENSE":
		return true, false
	case "NOTICE", "PATENTS":
		return false, true
	}
	return false, false
}

// judge returns the licences that a text consists of, or says which of them is not allowed.
func judge(text []byte) ([]string, error) {
	if found, ok := reviewed[fmt.Sprintf("%x", sha256.Sum256(text))]; ok {
		return found, nil
	}
	cov := licensecheck.Scan(text)
	if cov.Percent < covered {
		return nil, fmt.Errorf("%.0f %% of its text is a licence that is known, want %d %%: read it", cov.Percent, covered)
	}
	var found []string
	for _, m := range cov.Match {
		if m.IsURL {
			continue
		}
		if !slices.Contains(allowed, m.ID) {
			return nil, fmt.Errorf("%s is not among the licences that may be linked: %s", m.ID, strings.Join(allowed, ", "))
		}
		found = append(found, m.ID)
	}
	return found, nil
}
