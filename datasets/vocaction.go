package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"fc7/internal/catalogue"
	"fc7/internal/few"
)

// The action classification of PASCAL VOC 2012 (development kit, sections 2.3 and 6): what does a person do whose box
// is given?
//
// The images are those of ImageSets/Action/{train,val,trainval,test}.txt, with or without object numbers. The persons
// of an image are those that the per-class lists name ("id object 1", "id object -1"), and otherwise the objects of
// Annotations/id.xml with <actions>. Persons that an image list names and no class list, as those of test.txt, whose
// actions are secret, have rows without labels; of a test image without any of that, all persons that are annotated.
// Boxes come from the annotations, and so do labels that the lists do not give; what neither gives is ignored. Rows
// stand in the order of image names and object numbers, which are places in the annotation, from 1 on; with both, an
// image's own row comes first.
//
// A row of a whole image has the classes of all its persons. Persons of the class other do none of the ten actions; it
// is Set.Unscored.
var voc2012Action = kind{
	KindInfo: KindInfo{
		Name:    "voc2012:action",
		Summary: "PASCAL VOC 2012 actions: 10 classes and other, a row for every person's box",
		Tree: "PATH/VOCdevkit/VOC2012/ImageSets/Action/train.txt, val.txt, trainval.txt, test.txt (at least one)\n" +
			"PATH/VOCdevkit/VOC2012/ImageSets/Action/jumping_train.txt … (a list a class and split: image, object, 1 or -1)\n" +
			"PATH/VOCdevkit/VOC2012/Annotations/ID.xml (boxes; actions for persons without a list)\n" +
			"PATH/VOCdevkit/VOC2012/JPEGImages/ID.jpg\n" +
			"PATH may also be VOCdevkit or VOC2012 itself",
		Example:   "voc2012:action:/data/VOCdevkit",
		Published: catalogue.PublishedCounts("voc2012:action").Splits,
	},
	openRows: openVOCAction,
}

// vocOther is the class of persons that do none of the ten actions.
const vocOther = "other"

// VOCActions returns the 11 classes in the development kit's order, "other" first. The caller owns the slice.
func VOCActions() []string {
	return strings.Fields(vocOther + " jumping phoning playinginstrument reading ridingbike " +
		"ridinghorse running takingphoto usingcomputer walking")
}

func openVOCAction(k KindInfo, path, objects string) (*Set, error) {
	root, in, err := vocRoot(k, path, "2012", "Action")
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Set, error) { return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err) }
	var listed []actionLine
	lists, err := readVOCLists(in, func(name string, r io.Reader) ([]string, error) {
		return parseActionList(name, r, func(l actionLine) { listed = append(listed, l) })
	})
	if err != nil {
		return fail(err)
	}
	if len(lists.ids) == 0 {
		return nil, layoutError(k, root, "the image lists of ImageSets/Action are absent or empty", "")
	}
	a := &actionReader{
		root: root, objects: objects, lists: lists, listed: listed, classes: VOCActions(),
		set: &Set{Kind: k.Name, Root: root, Classes: VOCActions(), Unscored: []string{vocOther}},
	}
	if err := a.readLists(); err != nil {
		return fail(err)
	}
	for i := range lists.ids {
		if err := a.addImage(i); err != nil {
			return fail(err)
		}
	}
	if len(a.set.Items) == 0 {
		return nil, layoutError(k, root, "no person is named by the class lists or annotated with actions", "is the folder Annotations there?")
	}
	a.set.Notes = append(a.set.Notes, "the class other is not scored: leave it out of the mean over classes")
	if n := len(a.boxless); n > 0 {
		a.set.Notes = append(a.set.Notes, fmt.Sprintf("%d of %d images of the lists have no annotation, and so no person's box and no row: %s (Annotations/%s.xml)",
			n, len(lists.ids), few.Names(a.boxless), a.boxless[0]))
	}
	a.set.noteVOC(k)
	return a.set, nil
}

// addImage appends the rows of an image.
func (a *actionReader) addImage(i int) error {
	id := a.lists.ids[i]
	it := Item{
		ID:     id,
		At:     Location{Path: filepath.Join(a.root, "JPEGImages", id+".jpg")},
		splits: a.lists.splits[i],
	}
	a.missing = false
	persons, err := a.persons(i)
	if err != nil {
		return err
	}
	if a.objects == ObjectsImage || a.objects == ObjectsBoth {
		row := it
		row.label(a.union(persons), a.classes, &a.shared)
		a.set.Items = append(a.set.Items, row)
	}
	if a.objects == ObjectsImage {
		return nil
	}
	switch {
	case len(persons) == 0 && a.missing:
		a.boxless = append(a.boxless, id)
		a.set.skip(skipNoAnnotation, id)
	case len(persons) == 0:
		a.set.skip(skipNoPerson, id)
	}
	for _, p := range persons {
		row := it
		row.Object, row.Box = p.object, p.box
		a.set.noteSize(id, a.width, a.height)
		row.label(p.values, a.classes, &a.shared)
		a.set.Items = append(a.set.Items, row)
	}
	return nil
}

// Why an image of the action lists has no row of a box.
const (
	skipNoPerson     = "image without a person that a list names or that is annotated with actions"
	skipNoAnnotation = "image of the lists without an annotation, and so without boxes"
)

// union is what is said of an image as a whole: a class is positive if one of the persons is, and negative only if all
// of them are.
func (a *actionReader) union(persons []actionPerson) []vocValue {
	weight := [...]int{vocNegative: 0, vocUnknown: 1, vocDifficult: 2, vocPositive: 3}
	values := make([]vocValue, len(a.classes))
	for n, p := range persons {
		for c, v := range p.values {
			if n == 0 || weight[v] > weight[values[c]] {
				values[c] = v
			}
		}
	}
	return values
}

// annotation reads an image's annotation and notes the image's size; nil: there is none.
func (a *actionReader) annotation(image int) (*Annotation, string, error) {
	path := filepath.Join(a.root, "Annotations", a.lists.ids[image]+".xml")
	an, err := ReadAnnotation(path)
	if errors.Is(err, fs.ErrNotExist) {
		a.width, a.height, a.missing = 0, 0, true
		return nil, path, nil
	}
	if err != nil {
		return nil, path, err
	}
	if an.sizeErr != nil && a.objects != ObjectsImage {
		return nil, path, fmt.Errorf("read annotation %s: %w", path, an.sizeErr)
	}
	a.width, a.height = an.Width, an.Height
	return an, path, nil
}
