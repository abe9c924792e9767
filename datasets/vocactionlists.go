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
	shared  labelLists
	classes []string
	set     *Set
	named   [][]actionPerson // of each image: what the class lists and then the image lists name, by object
	listed  []actionLine     // what the image lists name, without a value

	width, height int      // of the image whose annotation was read last
	missing       bool     // that image has none
	boxless       []string // images without rows, for want of an annotation
}

// actionPerson is a person and what is said of each class.
type actionPerson struct {
	object int
	values []vocValue
	box    *Box
	from   string // the list and line that names it; empty: the annotation
	bare   bool   // no class list names it: nothing may be known of it but its box
}

// actionLine is a line of an action list: an image, and in some lists an object of it and what it is.
type actionLine struct {
	id     string
	object int
	value  vocValue
	number int
}

// parseActionList reads an image list of VOC's actions: an image name and, in some editions, an object number a line,
// which is shown to person. Images come once, in their order.
func parseActionList(name string, r io.Reader, person func(actionLine)) ([]string, error) {
	var ids []string
	images, seen := make(map[string]bool), make(map[string]int)
	err := scanLines(name, r, func(number int, fields []string) error {
		if len(fields) > 2 {
			return fmt.Errorf("want an image name and an object number, found %d fields", len(fields))
		}
		if len(fields) == 2 {
			object, err := objectNumber(fields[1])
			if err == nil {
				err = checkID(fields[0])
			}
			if err != nil {
				return err
			}
			person(actionLine{id: fields[0], object: object, number: number})
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
	for _, l := range a.listed {
		if i := a.lists.index[l.id]; a.find(i, l.object) == nil {
			a.person(i, l.object, fmt.Sprintf("%s, object %d", l.id, l.object)).bare = true
		}
	}
	return nil
}

// find finds a person of an image; nil: it is not named.
func (a *actionReader) find(image, object int) *actionPerson {
	if at, found := slices.BinarySearchFunc(a.named[image], object, byObject); found {
		return &a.named[image][at]
	}
	return nil
}

func byObject(p actionPerson, n int) int { return p.object - n }

// person finds a person of an image, or names it.
func (a *actionReader) person(image, object int, from string) *actionPerson {
	at, found := slices.BinarySearchFunc(a.named[image], object, byObject)
	if !found {
		a.named[image] = slices.Insert(a.named[image], at, actionPerson{object: object, values: make([]vocValue, len(a.classes)), from: from})
	}
	return &a.named[image][at]
}

func (a *actionReader) merge(class int, path string, l actionLine) error {
	i, ok := a.lists.index[l.id]
	if !ok {
		return nil
	}
	v := &a.person(i, l.object, fmt.Sprintf("%s:%d", path, l.number)).values[class]
	if *v != vocUnknown && *v != l.value {
		return fmt.Errorf("%s:%d: object %d of %s is %s here, but %s in another split's list of the class", path, l.number, l.object, l.id, l.value, *v)
	}
	*v = l.value
	return nil
}

// persons returns the persons of an image, with boxes unless rows are of whole images. Those that an image list names
// and no class list, as the persons to be tested, have no values where the annotation tells none; without an annotation
// they are left out. Of a test image whose list does not name its persons, they are all that are annotated.
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
	if an == nil && a.objects != ObjectsImage {
		named = slices.DeleteFunc(slices.Clone(named), func(p actionPerson) bool { return p.bare })
	}
	if len(named) == 0 && an != nil {
		named = a.annotated(image, an)
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

// annotated lists the persons of an image of which the lists name none: those that are annotated with actions, or, of a
// test image without such, all.
func (a *actionReader) annotated(image int, an *Annotation) []actionPerson {
	var acting, all []actionPerson
	for n, o := range an.Objects {
		p := actionPerson{object: n + 1, values: make([]vocValue, len(a.classes))}
		if o.actions != nil {
			acting = append(acting, p)
		}
		if o.name == "person" {
			all = append(all, p)
		}
	}
	if len(acting) == 0 && a.lists.splits[image] == bitTest {
		return all
	}
	return acting
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
