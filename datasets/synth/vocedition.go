package synth

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"fc7/datasets"
)

// vocTop is the development kit's folder.
const vocTop = "VOCdevkit"

// vocEdition is what VOC's layouts differ in.
type vocEdition struct {
	year    string
	lists   string // the folder of the lists, in ImageSets
	stream  uint64
	id      string // form of the name of the n-th image, from 1
	classes func() []string
	actions bool // an object is a person, and its class what it does
	secret  bool // what the test images show is not told
	own     bool // images of one's own: no lists, and folders of splits below images and annotations
}

var (
	voc2007       = vocEdition{year: "2007", lists: "Main", stream: vocStream, id: "%06d", classes: datasets.VOCClasses}
	voc2012       = vocEdition{year: "2012", lists: "Main", stream: voc2012Stream, id: "2012_%06d", classes: datasets.VOCClasses, secret: true}
	voc2012Action = vocEdition{year: "2012", lists: "Action", stream: actionStream, id: "2012_%06d", classes: datasets.VOCActions, actions: true, secret: true}
)

// The folders of the layout vocxml.
const (
	ownImages      = "images"
	ownAnnotations = "annotations"
)

// generateVOCXML writes images of one's own with annotations, whose classes are some of VOC's.
func generateVOCXML(ctx context.Context, dir string, o Options) (Summary, error) {
	classes := datasets.VOCClasses()[:o.Classes]
	e := vocEdition{stream: vocXMLStream, id: "%06d", classes: func() []string { return classes }, own: true}
	return e.generate(ctx, dir, o)
}

// folder is that of the data set, below the one that it is drawn into, with slashes.
func (e vocEdition) folder() string {
	if e.own {
		return "."
	}
	return path.Join(vocTop, "VOC"+e.year)
}

// images and annotations are the folders of those of a split, below that of the data set.
func (e vocEdition) images(split string) string {
	if e.own {
		return path.Join(ownImages, split)
	}
	return "JPEGImages"
}

func (e vocEdition) annotations(split string) string {
	if e.own {
		return path.Join(ownAnnotations, split)
	}
	return "Annotations"
}

// hides tells whether the labels of a split are not told.
func (e vocEdition) hides(split string) bool { return e.secret && split == datasets.SplitTest }

// generate writes the layout into dir.
func (e vocEdition) generate(ctx context.Context, dir string, o Options) (Summary, error) {
	root := filepath.Join(dir, filepath.FromSlash(e.folder()))
	for _, s := range vocSplits {
		for _, name := range []string{e.images(s.name), e.annotations(s.name)} {
			if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(name)), 0o755); err != nil {
				return Summary{}, err
			}
		}
	}
	plans := e.plan(o)
	scenes := make([]scene, len(plans))
	for i := range plans {
		scenes[i] = plans[i].scene
	}
	traces, size, err := drawAll(ctx, dir, scenes, o)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{Images: len(scenes), Classes: len(e.classes()), bytes: size}
	objects := make([][]vocObject, len(plans))
	for i := range plans {
		objects[i] = annotate(&scenes[i], traces[i])
		sum.objects += len(objects[i])
		for _, obj := range objects[i] {
			if obj.difficult {
				sum.difficult++
			}
		}
		if e.hides(plans[i].split) && !e.actions { // of actions the boxes are told
			continue
		}
		text := e.annotationXML(&plans[i], objects[i])
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(e.annotations(plans[i].split)), plans[i].id+".xml"), text, 0o644); err != nil {
			return Summary{}, err
		}
	}
	if e.own {
		return sum, nil
	}
	lists := filepath.Join(root, "ImageSets", e.lists)
	if err := os.MkdirAll(lists, 0o755); err != nil {
		return Summary{}, err
	}
	return sum, e.writeLists(lists, plans, objects)
}

// idOf is the name of an image by its place.
func (e vocEdition) idOf(at int) string { return fmt.Sprintf(e.id, at+1) }
