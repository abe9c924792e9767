package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/catalogue"
)

// The classification part of PASCAL VOC: Everingham et al., "The PASCAL Visual Object Classes Challenge", development
// kits of 2007 and 2012.
//
// The images are those of ImageSets/Main/{train,val,trainval,test}.txt, in the order of their names; train and val
// together make trainval where that list is absent. Labels come from the per-class lists ("id 1", "id -1", "id 0"; 0:
// only difficult objects, which becomes Item.Ignored). For an image that they do not cover, they come from
// Annotations/id.xml; if that is absent too, the image is unlabelled, or, if some classes' lists have it and others' do
// not, the others are ignored. An image that is -1 in all lists, or whose annotation has no object, is of none of the
// classes.
var (
	voc2007 = vocKind("2007", "PASCAL VOC 2007 classification: 20 classes, train, val, trainval and test")
	voc2012 = vocKind("2012", "PASCAL VOC 2012 classification: 20 classes, train, val, trainval; test without labels")
)

func vocKind(year, summary string) kind {
	tree := strings.ReplaceAll("PATH/VOCdevkit/VOC2007/ImageSets/Main/train.txt, val.txt, trainval.txt, test.txt (at least one)\n"+
		"PATH/VOCdevkit/VOC2007/ImageSets/Main/aeroplane_train.txt … (a list a class and split)\n"+
		"PATH/VOCdevkit/VOC2007/JPEGImages/ID.jpg\n"+
		"PATH/VOCdevkit/VOC2007/Annotations/ID.xml (for images without a list)\n"+
		"PATH may also be VOCdevkit or VOC2007 itself", "2007", year)
	return kind{
		KindInfo: KindInfo{
			Name:      "voc" + year,
			Summary:   summary,
			Tree:      tree,
			Example:   "voc" + year + ":/data/VOCdevkit",
			Published: catalogue.PublishedCounts("voc" + year).Splits,
		},
		open: func(k KindInfo, path string) (*Set, error) { return openVOC(k, path, year) },
	}
}

// VOCClasses returns the 20 classes in the development kit's order. The caller owns the slice.
func VOCClasses() []string {
	return strings.Fields("aeroplane bicycle bird boat bottle bus car cat chair cow " +
		"diningtable dog horse motorbike person pottedplant sheep sofa train tvmonitor")
}

func openVOC(k KindInfo, path, year string) (*Set, error) {
	root, in, err := vocRoot(k, path, year, "Main")
	if err != nil {
		return nil, err
	}
	wrap := func(err error) error { return fmt.Errorf("data set %s:%s: %w", k.Name, path, err) }
	lists, err := readVOCLists(in, parseImageList)
	if err != nil {
		return nil, wrap(err)
	}
	if len(lists.ids) == 0 {
		return nil, layoutError(k, root, "the image lists of ImageSets/Main are absent or empty", "")
	}
	if err := checkVOCIDs(k, root, year, lists.ids); err != nil {
		return nil, err
	}
	labels, err := readVOCLabels(root, lists)
	if err != nil {
		return nil, wrap(err)
	}
	s := &Set{Kind: k.Name, Root: root, Classes: VOCClasses()}
	var shared labelLists
	for i, id := range lists.ids {
		it := Item{
			ID:     id,
			At:     Location{Path: filepath.Join(root, "JPEGImages", id+".jpg")},
			splits: lists.splits[i],
		}
		it.label(labels.row(i), s.Classes, &shared)
		s.Items = append(s.Items, it)
	}
	s.noteVOC(k)
	if labels.partial > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d images are in the lists of some classes only and have no annotation: their other classes are ignored", labels.partial))
	}
	return s, nil
}

// vocRoot finds the folder VOC<year> at or below path, by its folder of lists, ImageSets/<lists>, and returns both.
func vocRoot(k KindInfo, path, year, lists string) (root, in string, err error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return "", "", err
	}
	for _, names := range [][]string{{}, {"VOC" + year}, {"VOCdevkit", "VOC" + year}} {
		dir, err := descend(path, names...)
		if dir != "" && err == nil {
			in, err = descend(dir, "ImageSets", lists)
		}
		switch other := yearOf(path); {
		case err != nil:
			return "", "", fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
		case in == "":
		case len(names) > 0:
			return dir, in, nil
		case other != "" && other != year:
			return "", "", layoutError(k, path, "this is VOC"+other, "open it as voc"+other+":"+path)
		default:
			return filepath.Clean(path), in, nil
		}
	}
	hint := ""
	switch name := strings.ToLower(filepath.Base(path)); {
	case slices.Contains([]string{"jpegimages", "annotations", "imagesets"}, name):
		hint = "give the folder above it"
	case name == strings.ToLower(lists):
		hint = "give the folder VOC" + year + ", two above it"
	case hasXML(path, entries):
		hint = "images with VOC XML files and no lists are opened as vocxml:" + path
	}
	return "", "", layoutError(k, path, "no ImageSets/"+lists+" here, nor in VOC"+year+" or VOCdevkit/VOC"+year+": "+contents(entries), hint)
}

// hasXML tells whether there is an XML file in a folder, or in one of its folders.
func hasXML(dir string, entries []fs.DirEntry) bool {
	for _, e := range entries {
		if isXML(e.Name()) {
			return true
		}
		inner, _ := os.ReadDir(filepath.Join(dir, e.Name()))
		if slices.ContainsFunc(inner, func(e fs.DirEntry) bool { return isXML(e.Name()) }) {
			return true
		}
	}
	return false
}

func isXML(name string) bool { return strings.EqualFold(filepath.Ext(name), ".xml") }

// yearOf returns the year that a folder's name gives it, "" if none.
func yearOf(path string) string {
	name := strings.ToLower(filepath.Base(path))
	if len(name) == len("voc2007") && strings.HasPrefix(name, "voc20") {
		return name[len("voc"):]
	}
	return ""
}

// checkVOCIDs refuses the lists of another year in a folder whose name does not tell: 2007 has "000005", the later
// years "2008_000002".
func checkVOCIDs(k KindInfo, root, year string, ids []string) error {
	id := ids[0]
	later := len(id) == 11 && id[:2] == "20" && id[4] == '_' && digits(id[:4]) && digits(id[5:])
	if year == "2007" && later {
		return layoutError(k, root, fmt.Sprintf("image %s is not of 2007 but of a later year", id), "open it as voc2012:")
	}
	if year == "2012" && len(id) == 6 && digits(id) && yearOf(root) == "" {
		return layoutError(k, root, fmt.Sprintf("image %s is of 2007", id), "open it as voc2007:, or name the folder VOC2012")
	}
	return nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// noteVOC remarks on what is incomplete.
func (s *Set) noteVOC(k KindInfo) {
	if !isDir(filepath.Join(s.Root, "JPEGImages")) {
		s.Notes = append(s.Notes, "there is no folder JPEGImages in "+s.Root+": every image will be missing")
	}
	s.Notes = append(s.Notes, s.otherCounts(k)...)
	for _, split := range vocSplits {
		bare, all := 0, 0
		for _, it := range s.Items {
			if !slices.Contains(it.Splits(), split) {
				continue
			}
			all++
			if !it.Labelled() {
				bare++
			}
		}
		if bare > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("%s: %d of %d rows have no labels, neither in class lists nor in annotations", split, bare, all))
		}
	}
}
