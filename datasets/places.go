package datasets

import (
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// Places tell how tables name the files of a set, so that the same data make the same tables wherever they lie, by
// whatever path, link or working folder the set was named.
type Places struct {
	roots    []string // the ways to the set's folder: as it was named, from the root, without links
	anywhere bool     // the set names files by absolute paths: some need not be in its folder
	resolve  bool     // links to files are followed to see whether they are in it
}

// Places of the set as its folder is now.
func (s *Set) Places() *Places {
	p := &Places{anywhere: s.absolute, resolve: s.absolute && !s.piped}
	for _, o := range s.joined {
		of := o.Places()
		p.roots, p.anywhere, p.resolve = append(p.roots, of.roots...), true, p.resolve || of.resolve
	}
	p.roots = append(p.roots, s.Root)
	if s.Root == "" || s.piped || store.Is(s.Root) { // the names are the user's own words, and no folder's
		return p
	}
	if abs, err := filepath.Abs(s.Root); err == nil {
		p.roots = append(p.roots, abs)
	}
	if real, err := filepath.EvalSymlinks(p.roots[len(p.roots)-1]); err == nil {
		p.roots = append(p.roots, real)
	}
	p.roots = slices.Compact(p.roots)
	return p
}

// Path names a file of the set: below the set's folder where it is there, with slashes. Another file has the path from
// that folder on, unless the set names files by absolute paths: then it has its own.
func (p *Places) Path(path string) string {
	if store.Is(path) {
		return p.remotePath(path)
	}
	if rel, ok := p.below(path); ok {
		return rel
	}
	if !p.anywhere {
		if rel, err := filepath.Rel(p.roots[0], path); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return path
}

// below is the path of a file that is in the set's folder from there.
func (p *Places) below(path string) (string, bool) {
	if rel, ok := from(p.roots, path); ok || !p.resolve {
		return rel, ok
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", false
	}
	return from(p.roots, filepath.Join(dir, filepath.Base(path)))
}

// from is the path of a file from the first folder that it is below.
func from(folders []string, path string) (string, bool) {
	for _, f := range folders {
		if rel, err := filepath.Rel(f, path); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel), true
		}
	}
	return "", false
}

// Text is what an error says of a file of the set without where that lies: the file as Path names it, or, where that is
// an absolute path, by its last element alone, and other files without the set's folder.
func (p *Places) Text(path string, err error) string {
	text, name := escape.Error(err), p.Path(path)
	if filepath.IsAbs(name) {
		name = filepath.Base(name)
	}
	text = replacePath(text, path, name, true)
	for _, root := range p.roots {
		if store.Is(root) {
			text = strings.ReplaceAll(text, root+"/", "")
		} else if root != "" && root != "." {
			text = replacePath(text, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator), "", false)
		}
	}
	return escape.UTF8(text)
}

// replacePath puts a name in the place of a path, as it is or escaped, wherever that stands in a text by itself; whole:
// it also ends there.
func replacePath(text, path, name string, whole bool) string {
	text = replaceWord(text, path, name, whole)
	if e := escape.Name(path); e != path {
		text = replaceWord(text, e, escape.Name(name), whole)
	}
	return text
}

func replaceWord(text, word, by string, whole bool) string {
	if word == "" {
		return text
	}
	var b strings.Builder
	for {
		at := strings.Index(text, word)
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := at + len(word)
		b.WriteString(text[:at])
		if inPath(last(b.String())) || whole && inPath(text[end:]) {
			b.WriteString(word)
		} else {
			b.WriteString(by)
		}
		text = text[end:]
	}
}

// last is the last byte of a text.
func last(s string) string { return s[max(0, len(s)-1):] }

// inPath tells whether a text begins with what continues a path.
func inPath(s string) bool {
	if s == "" {
		return false
	}
	c := s[0]
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80 || strings.IndexByte(`/\._-`, c) >= 0
}
