package synth

import (
	"context"
	"fmt"
	"strings"

	"fc7/datasets"
	"fc7/internal/usage"
)

// The layouts that other packages draw by name; [Layouts] has all.
const (
	LayoutVOC2007    = "voc2007"
	LayoutCaltech101 = "caltech101"

	layoutVOCXML   = "vocxml"
	layoutImageNet = "imagenet"
)

// layout is how a published data set lies on the disk.
type layout struct {
	name     string
	kind     string   // by which datasets.Open opens it
	fewest   int      // images
	size     int      // longer side of the published images, in pixels, about
	classes  int      // class folders, at most; 0: the classes are those of the set
	folders  []string // that it has at the top, with files of lists that are there
	generate func(ctx context.Context, dir string, o Options) (Summary, error)
}

func layouts() []layout {
	voc := []string{vocTop}
	all := []layout{
		{LayoutVOC2007, "voc2007", 4, 500, 0, voc, voc2007.generate},
		{"voc2012", "voc2012", 4, 500, 0, voc, voc2012.generate},
		{"voc2012-action", "voc2012:action", 4, 500, 0, voc, voc2012Action.generate},
		{layoutVOCXML, "vocxml", 4, 500, len(datasets.VOCClasses()), []string{ownImages, ownAnnotations}, generateVOCXML},
		{LayoutCaltech101, "caltech101", 3, 300, len(datasets.Caltech101Classes()), []string{caltech101.folder}, caltech101.generate},
		{"caltech256", "caltech256", 3, 350, len(datasets.Caltech256Classes()), []string{caltech256.folder}, caltech256.generate},
		{layoutImageNet, "imagenet", 3, 500, len(datasets.ILSVRC2012()), imagenetFolders, generateImageNet},
	}
	for _, l := range listedLayouts() {
		all = append(all, layout{l.name, l.kind, 3, 500, l.classes, strings.Fields(l.top), l.generate})
	}
	return all
}

// Layouts are the names of the layouts.
func Layouts() (names []string) {
	for _, l := range layouts() {
		names = append(names, l.name)
	}
	return names
}

// WithClasses are the names of the layouts whose number of classes is a choice; the others have all of their set.
func WithClasses() (names []string) {
	for _, l := range layouts() {
		if l.classes > 0 {
			names = append(names, l.name)
		}
	}
	return names
}

func layoutNamed(name string) (layout, error) {
	for _, l := range layouts() {
		if l.name == name {
			return l, nil
		}
	}
	return layout{}, usage.Unknown("layout", name, Layouts()...)
}

// ImagesHelp says what Options.Images may be, for help texts.
func ImagesHelp() string {
	all := layouts()
	return fmt.Sprintf("at least %d of VOC's layouts, %d of the others", all[0].fewest, all[len(all)-1].fewest)
}
