package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// isVOC tells whether a set is of the classification task of PASCAL VOC, whose rows are images: its boxes stand in
// Annotations.
func isVOC(spec string) bool {
	return slices.ContainsFunc([]string{voc2007.Name, voc2012.Name}, func(name string) bool {
		return strings.HasPrefix(spec, name+":") && !strings.HasPrefix(spec, voc2012Action.Name+":")
	})
}

// readVOC reads the boxes of the images of a set of VOC, by ID, of those of its classes that are taken.
func (b *Boxed) readVOC(spec string) (map[string][]ObjectBox, error) {
	of := make(map[string][]ObjectBox)
	var counts boxCounts
	var broken damaged
	ignored := 0
	for piece := range slices.Chunk(b.Items, boxPiece) {
		names := make([]string, len(piece))
		for i, it := range piece {
			names[i] = filepath.Join(b.Root, "Annotations", it.ID+".xml")
		}
		read := readAnnotations(names)
		for i, a := range read.all {
			err := read.errs[i]
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				err = counts.settle(a, 1)
			}
			if withheld := broken.take(err); withheld != nil {
				return nil, fmt.Errorf("data set %s: %w", spec, withheld)
			}
			if err == nil {
				id := piece[i].ID
				of[id] = b.objectsOf(a, &ignored)
			}
		}
	}
	if err := broken.end(); err != nil {
		return nil, fmt.Errorf("data set %s: %w", spec, err)
	}
	b.Notes = append(append(b.Notes, broken.notes()...), counts.notes()...)
	if ignored > 0 {
		b.Notes = append(b.Notes, ignoredNote(ignored))
	}
	return of, nil
}

// objectsOf are the boxes of an annotation, but those of objects that are difficult, which are counted, and of other
// classes.
func (b *Boxed) objectsOf(a *Annotation, ignored *int) (all []ObjectBox) {
	for _, o := range a.Objects {
		switch {
		case o.Box == nil || !slices.Contains(b.Classes, o.name):
		case o.Difficult:
			*ignored++
		default:
			all = append(all, ObjectBox{o.Box, o.name})
		}
	}
	return all
}
