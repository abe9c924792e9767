package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/catalogue"
	"fc7/internal/escape"
)

// caltechTree is what the Caltech sets differ in: a folder of class folders.
type caltechTree struct {
	title   string                 // in messages
	folder  string                 // the folder of the class folders, as published
	parents []string               // folders that its archives are unpacked to
	classes []string               // the class folders, as published
	isImage func(name string) bool // which files of a class folder count
}

// known is the set of the published classes.
func (t caltechTree) known() map[string]bool {
	m := make(map[string]bool)
	for _, c := range t.classes {
		m[c] = true
	}
	return m
}

// openCaltech reads the class folders of t at or below path.
func openCaltech(k KindInfo, path string, t caltechTree) (*Set, error) {
	root, err := t.root(k, path)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("data set %s:%s: list the class folders: %w", k.Name, path, err)
	}
	s := &Set{Kind: k.Name, Root: root}
	for _, e := range entries { // ReadDir sorts by name
		switch {
		case isHidden(e.Name()):
			s.skip(skipHidden, e.Name())
		case typeOf(root, e) == entryDir:
			if err := s.addCaltechClass(e.Name(), t.isImage); err != nil {
				return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
			}
		default:
			s.skip(skipStray, e.Name())
		}
	}
	if len(s.Items) == 0 {
		return nil, layoutError(k, root, "the class folders hold no images", "was the archive unpacked to the end?")
	}
	s.noteCaltechClasses(t)
	return s, nil
}

// addCaltechClass appends the images of one class folder.
func (s *Set) addCaltechClass(name string, isImage func(name string) bool) error {
	dir := filepath.Join(s.Root, name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list class folder: %w", err)
	}
	class := escape.Name(name)
	of := &labels{positive: []string{class}}
	before := len(s.Items)
	for _, e := range entries {
		rel := name + "/" + e.Name()
		switch t := typeOf(dir, e); {
		case isHidden(e.Name()):
			s.skip(skipHidden, rel)
		case t == entryDir:
			s.skip(skipNested, rel)
		case t == entrySpecial:
			s.skip(skipSpecial, rel)
		case !isImage(e.Name()):
			s.skip(skipExtension, rel)
		default:
			s.Items = append(s.Items, Item{
				ID:     escape.Name(rel),
				At:     Location{Path: filepath.Join(dir, e.Name())},
				labels: of,
			})
		}
	}
	if len(s.Items) == before {
		s.skip(skipEmpty, name)
		return nil
	}
	s.Classes = append(s.Classes, class)
	return nil
}

// root finds the folder of the class folders at or below path.
func (t caltechTree) root(k KindInfo, path string) (string, error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return "", err
	}
	places := [][]string{{t.folder}}
	for _, parent := range t.parents {
		places = append(places, []string{parent, t.folder})
	}
	for _, names := range places {
		dir, err := descend(path, names...)
		if err != nil {
			return "", fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
		}
		if dir != "" {
			return dir, nil
		}
	}
	known := t.known()
	for _, e := range entries {
		if known[e.Name()] && typeOf(path, e) == entryDir {
			return filepath.Clean(path), nil
		}
	}
	hint := "give the folder that holds " + t.folder + ", or open class folders of another set as folder:" + path
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), t.folder+".t") {
			hint = fmt.Sprintf("unpack it first: tar -xf %s -C %s", filepath.Join(path, e.Name()), path)
		}
	}
	if known[filepath.Base(path)] {
		hint = "this is one of the class folders: give the folder above it"
	}
	return "", layoutError(k, path, "no "+t.folder+" and no class folder of "+t.title+" here: "+contents(entries), hint)
}

// noteCaltechClasses remarks on classes that are absent or added: the score of the protocol is a mean over the
// published ones.
func (s *Set) noteCaltechClasses(t caltechTree) {
	known := t.known()
	have := make(map[string]bool)
	var extra, absent []string
	for _, c := range s.Classes {
		have[c] = true
		if !known[c] {
			extra = append(extra, c)
		}
	}
	for _, c := range t.classes {
		if !have[c] {
			absent = append(absent, c)
		}
	}
	if len(absent) > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("of the %d classes of %s there are %d here; absent: %s",
			len(t.classes), t.title, len(have)-len(extra), some("folder", absent)))
	}
	if len(extra) > 0 {
		s.Notes = append(s.Notes, "not of "+t.title+", but taken as classes: "+some("folder", extra))
	}
	if n := catalogue.PublishedCounts(s.Kind).Images; len(absent)+len(extra) == 0 && len(s.Items) != n {
		s.Notes = append(s.Notes, fmt.Sprintf("%s was published with %d images, here are %d", t.title, n, len(s.Items)))
	}
}
