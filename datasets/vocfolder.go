package datasets

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/few"
)

// vocXML is a set of one's own images with a VOC annotation each, as labelImg, CVAT and Roboflow write them: classes of
// any names, and no lists.
//
// The images are those that folder: takes, in its order. An image's annotation is the XML file of its name, beside it
// or in another folder: see pairs. The classes are those that the annotations name, in alphabetical order. An image
// whose annotation has no object is of none of them, one without an annotation, or whose annotation is damaged, is
// unlabelled: these are counted. Objects that are marked difficult are ignored, as in VOC, unless another object of the
// image is of the class.
//
// A row of a box is an object of an annotation; its number is its place there, from 1 on. What is odd about a box is
// mended and counted: see boxCounts. One that was drawn on a picture of another size than the image has is scaled when
// the image is read.
//
// Where each image is in one folder that is named as splits are (train/1.jpg, images/train/1.jpg), these are official
// splits.
var vocXML = kind{
	KindInfo: KindInfo{
		Name:    "vocxml",
		Summary: "images of one's own with boxes: PASCAL VOC XML of any classes, as labelImg, CVAT and Roboflow write it",
		Tree: "PATH/1.jpg, PATH/1.xml …   an XML file of the image's name beside each image, or\n" +
			"PATH/images/1.jpg, PATH/annotations/1.xml …   in two folders of any names, or\n" +
			"PATH/train/1.jpg, PATH/train/1.xml, PATH/valid/2.jpg …   splits, where each image is in a\n" +
			"  folder named as one (train, val, valid, validation, dev, test)\n" +
			"rows are images, of the classes of their objects; with --objects box or both the boxes;\n" +
			"  those drawn on a picture of another size are scaled, and wrong if EXIF turns the image since",
		Example: "vocxml:photos",
	},
	openRows: openVOCXML,
}

func openVOCXML(k KindInfo, path, objects string) (*Set, error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return nil, err
	}
	w, err := newWalker(k, filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	var p pairs
	w.beside = p.annotation
	if err := w.dir("", w.canon, nil); err != nil {
		return nil, err
	}
	if len(w.set.Items) == 0 {
		return nil, layoutError(k, path, "no image files here or below: "+contents(entries), "")
	}
	if len(p.all) == 0 {
		return nil, layoutError(k, path, "no XML file here or below", "folder:"+path+" takes images without annotations")
	}
	r := vocXMLReader{set: w.set, whole: objects != ObjectsBox, boxed: objects == ObjectsBox || objects == ObjectsBoth}
	r.images, r.set.Items = r.set.Items, nil
	if err := r.read(&p); err != nil {
		return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
	}
	r.note()
	if len(r.set.Items) == 0 {
		return nil, layoutError(k, path, "rows of boxes are asked for, and no annotation has a box", "--objects image takes the images")
	}
	return r.set, nil
}

// vocXMLReader puts the rows of images and boxes together.
type vocXMLReader struct {
	set          *Set
	whole, boxed bool // which rows there are
	images       []Item
	shared       labelLists

	bare    int // images without annotation
	boxes   boxCounts
	damaged damaged
}

// read appends the rows of all images.
func (r *vocXMLReader) read(p *pairs) error {
	of, err := p.match(r.set.Root, r.images)
	if err != nil {
		return err
	}
	classes := make(map[string]bool)
	for i := range of {
		if of[i] != "" {
			of[i] = filepath.Join(r.set.Root, filepath.FromSlash(of[i]))
		}
	}
	read := readAnnotations(of)
	for i := range r.images {
		if of[i] == "" {
			r.bare++
			continue
		}
		if err := r.settle(&read, i, of[i]); err != nil {
			return err
		}
		if read.all[i] == nil {
			continue
		}
		for n := range read.all[i].Objects {
			classes[read.all[i].Objects[n].name] = true
		}
	}
	if err := r.damaged.end(); err != nil {
		return err
	}
	for _, name := range p.unused {
		r.set.skip(skipNoPicture, name)
	}
	r.set.Classes = slices.Sorted(maps.Keys(classes))
	for i := range r.images {
		r.add(r.images[i], read.all[i])
	}
	r.splits()
	return nil
}

// skipNoPicture is why an XML file has no row.
const skipNoPicture = "XML file without an image of its name"

// settle takes annotation i as it was read, with its boxes as they are taken where there are rows of them. One that is
// damaged is nil from here on.
func (r *vocXMLReader) settle(read *annotations, i int, path string) error {
	a, err := read.all[i], read.errs[i]
	if err == nil && r.boxed {
		if err = r.boxes.settle(a, 1); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	if err != nil {
		read.all[i] = nil
		return r.damaged.take(err)
	}
	for n := range a.Objects {
		a.Objects[n].name = escape.Name(a.Objects[n].name)
	}
	return r.damaged.take(nil)
}

// add appends the rows of an image; a nil annotation says nothing of it.
func (r *vocXMLReader) add(it Item, a *Annotation) {
	if r.whole {
		row := it
		if a != nil {
			r.label(&row, a.Objects)
		}
		r.set.Items = append(r.set.Items, row)
	}
	if a == nil || !r.boxed {
		return
	}
	for n, o := range a.Objects {
		if o.Box == nil {
			continue
		}
		row := it
		row.Object, row.Box = n+1, o.Box
		r.label(&row, a.Objects[n:n+1])
		r.set.Items = append(r.set.Items, row)
	}
}

// label gives a row the classes of some objects.
func (r *vocXMLReader) label(it *Item, objects []Object) {
	sure := make(map[string]bool)
	for _, o := range objects {
		sure[o.name] = sure[o.name] || !o.Difficult
	}
	var positive, ignored []string
	for _, c := range slices.Sorted(maps.Keys(sure)) {
		if sure[c] {
			positive = append(positive, c)
		} else {
			ignored = append(ignored, c)
		}
	}
	it.labels = r.shared.shared(positive, ignored)
	it.None = !it.has()
}

// splits sets the official splits, where each image is in one folder that is named as one.
func (r *vocXMLReader) splits() {
	named := make(map[string]bool)
	in := 0
	for _, it := range r.images {
		if word := splitFolder(it.ID); word != "" {
			named[word] = true
			in++
		}
	}
	switch {
	case in == 0:
		return
	case in < len(r.images):
		r.set.Notes = append(r.set.Notes, fmt.Sprintf("%d of %d images are in a folder that is named as a split (%s): without all of them there, none is a split",
			in, len(r.images), few.Names(slices.Sorted(maps.Keys(named)))))
		return
	}
	for i := range r.set.Items {
		it := &r.set.Items[i]
		it.splits = splitWords[splitFolder(it.ID)]
	}
	r.set.Notes = append(r.set.Notes, "taken as official splits: "+some("folder", slices.Sorted(maps.Keys(named))))
}

// splitFolder is the one folder of an image's that is named as a split is; "": there is none, or several.
func splitFolder(id string) (word string) {
	dirs := strings.Split(id, "/")
	for _, d := range dirs[:len(dirs)-1] {
		if d = strings.ToLower(d); splitWords[d] == 0 {
			continue
		}
		if word != "" {
			return ""
		}
		word = d
	}
	return word
}

// note remarks on what is incomplete.
func (r *vocXMLReader) note() {
	if r.bare > 0 {
		r.set.Notes = append(r.set.Notes, fmt.Sprintf("%d of %d images have no annotation, and so no labels", r.bare, len(r.images)))
	}
	r.set.Notes = append(append(r.set.Notes, r.damaged.notes()...), r.boxes.notes()...)
}
