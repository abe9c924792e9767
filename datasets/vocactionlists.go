package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"

	"fc7/internal/escape"
)

// actionReader puts the rows of VOC's actions together.
type actionReader struct {
	root    string
	objects string
	lists   *vocLists
	classes []string
	set     *Set
	named   [][]actionPerson // of each image: what the class lists name, by object

	width, height int // of the image whose annotation was read last
}

// actionPerson is a person and what is said of each class.
type actionPerson struct {
	object int
	values []vocValue
	box    *Box
	from   string // the list and line that names it; empty: the annotation
}

// actionLine is a line of an action list: an image, and in some lists an object of it and what it is.
type actionLine struct {
	id     string
	object int
	value  vocValue
	number int
}

// parseActionList reads an image list of VOC's actions: an image name and, in some editions, an object number a line.
// Images come once, in their order.
func parseActionList(name string, r io.Reader) ([]string, error) {
	var ids []string
	images, seen := make(map[string]bool), make(map[string]int)
	err := scanLines(name, r, func(number int, fields []string) error {
		if len(fields) > 2 {
			return fmt.Errorf("want an image name and an object number, found %d fields", len(fields))
		}
		if len(fields) == 2 {
			if _, err := objectNumber(fields[1]); err != nil {
				return err
			}
			if err := checkID(fields[0]); err != nil {
				return err
			}
		}
		key := fmt.Sprint(fields)
		if before := seen[key]; before > 0 {
			return fmt.Errorf("%s is listed twice: first in line %d", key, before)
		}
		seen[key] = number
		if images[fields[0]] {
			return nil
		}
		images[fields[0]] = true
		ids = append(ids, fields[0])
		return checkID(fields[0])
	})
	return ids, err
}

// parseActionClassList reads a per-class list of VOC's actions: an image name, an object number, and 1, 0 or -1 a line.
// Errors give name:line.
func parseActionClassList(name string, r io.Reader) ([]actionLine, error) {
	var lines []actionLine
	seen := make(map[itemKey]int)
	err := scanLines(name, r, func(number int, fields []string) error {
		if len(fields) != 3 {
			return fmt.Errorf("want an image name, an object number and 1, 0 or -1, found %d fields", len(fields))
		}
		if err := checkID(fields[0]); err != nil {
			return err
		}
		object, err := objectNumber(fields[1])
		if err != nil {
			return err
		}
		value, ok := classValue(fields[2])
		if !ok {
			return fmt.Errorf("want 1, 0 or -1 after image name and object number, found %q", escape.Short(fields[2]))
		}
		key := itemKey{fields[0], object}
		if before := seen[key]; before > 0 {
			return fmt.Errorf("%s is listed twice: first in line %d", keyText(key), before)
		}
		seen[key] = number
		lines = append(lines, actionLine{fields[0], object, value, number})
		return nil
	})
	return lines, err
}

func objectNumber(field string) (int, error) {
	n, err := strconv.ParseUint(field, 10, 31)
	if err != nil || n < 1 || n > maxObjects {
		return 0, fmt.Errorf("want an object number from 1 to %d, found %q", maxObjects, escape.Short(field))
	}
	return int(n), nil
}

// readLists reads the per-class lists. Images that no image list names are passed over, as with the lists of Main.
func (a *actionReader) readLists() error {
	a.named = make([][]actionPerson, len(a.lists.ids))
	for c, class := range a.classes {
		for _, split := range vocSplits {
			path := filepath.Join(a.lists.main, class+"_"+split+".txt")
			lines, err := readFile(path, parseActionClassList)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			for _, l := range lines {
				if err := a.merge(c, path, l); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (a *actionReader) merge(class int, path string, l actionLine) error {
	i, ok := a.lists.index[l.id]
	if !ok {
		return nil
	}
	at, found := slices.BinarySearchFunc(a.named[i], l.object, func(p actionPerson, n int) int { return p.object - n })
	if !found {
		p := actionPerson{object: l.object, values: make([]vocValue, len(a.classes)), from: fmt.Sprintf("%s:%d", path, l.number)}
		a.named[i] = slices.Insert(a.named[i], at, p)
	}
	v := &a.named[i][at].values[class]
	if *v != vocUnknown && *v != l.value {
		return fmt.Errorf("%s:%d: object %d of %s is %s here, but %s in another split's list of the class", path, l.number, l.object, l.id, l.value, *v)
	}
	*v = l.value
	return nil
}

// persons returns the persons of an image, with boxes unless rows are of whole images.
func (a *actionReader) persons(image int) ([]actionPerson, error) {
	named := a.named[image]
	complete := !slices.ContainsFunc(named, func(p actionPerson) bool { return slices.Contains(p.values, vocUnknown) })
	if a.objects == ObjectsImage && len(named) > 0 && complete {
		return named, nil
	}
	an, path, err := a.annotation(image)
	if err != nil {
		return nil, err
	}
	if len(named) == 0 && an != nil {
		for n := range an.Objects {
			if an.Objects[n].actions != nil {
				named = append(named, actionPerson{object: n + 1, values: make([]vocValue, len(a.classes))})
			}
		}
	}
	for n := range named {
		p := &named[n]
		switch {
		case an == nil && a.objects == ObjectsImage:
			continue
		case an == nil:
			return nil, fmt.Errorf("%s: object %d of %s has no box, as there is no %s: unpack the annotations, or choose rows of whole images", p.from, p.object, a.lists.ids[image], path)
		case p.object > len(an.Objects):
			return nil, fmt.Errorf("%s: object %d of %s, but %s has %d objects", p.from, p.object, a.lists.ids[image], path, len(an.Objects))
		}
		if err := a.annotate(p, an.Objects[p.object-1]); err != nil {
			return nil, fmt.Errorf("%s: object %d: %w", path, p.object, err)
		}
	}
	return named, nil
}

// annotate takes over the box and the actions that the lists do not give.
func (a *actionReader) annotate(p *actionPerson, o Object) error {
	switch {
	case o.boxErr != nil && a.objects != ObjectsImage:
		return o.boxErr
	case o.actionsErr != nil:
		return o.actionsErr
	}
	if p.box = o.Box; o.Box == nil && a.objects != ObjectsImage {
		return errors.New("want a bndbox, found none: choose rows of whole images to do without")
	}
	for name := range o.actions {
		if !slices.Contains(a.classes, name) {
			return fmt.Errorf("actions: %q is not one of the %d classes of VOC's actions", escape.Short(name), len(a.classes))
		}
	}
	if o.actions == nil {
		return nil
	}
	for c, class := range a.classes {
		switch {
		case p.values[c] != vocUnknown:
		case o.actions[class]:
			p.values[c] = vocPositive
		default:
			p.values[c] = vocNegative
		}
	}
	return nil
}
