package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/catalogue"
	"fc7/internal/escape"
	"fc7/internal/machine"
)

// imagenet is the classification set of ILSVRC-2012 (Russakovsky et al., IJCV 2015): 1,281,167 images to train and
// 50,000 to validate, of 1000 classes; and 100,000 to test, without labels, which are read only where their split is
// asked for.
//
// The label of an item is its WordNet id, such as n01440764, and its place among the outputs of a published net is that
// in ILSVRC2012. Training images tell theirs by their folder, tar file or name, so that LOC_train_solution.csv is not
// needed; validation images by their folder, or else by the ground truth: LOC_val_solution.csv, the development kit, or
// a list of WordNet ids. The kit's ground truth counts by ILSVRC2012_ID, which is not the order of the nets' outputs,
// so it is read with the kit's own meta.mat or map_clsloc.txt, and without one it is an error.
//
// The key of an item is its split and its official name, wherever the image was found:
// train/n01440764/n01440764_10026.JPEG and val/ILSVRC2012_val_00000001.JPEG. The order is that of the keys, train
// before val. Tar files are read in place. An image that is absent is no item; Set.Notes tell what differs from the
// published set. Boxes are those of the localisation challenge: see imagenetBoxes.
var imagenet = kind{
	KindInfo: KindInfo{
		Name:    "imagenet",
		Summary: "ILSVRC-2012: train and val, with --split test the test images, from folders or from the tar files as they were published",
		Tree: "PATH/train/n01440764/*.JPEG …  or PATH/ILSVRC/Data/CLS-LOC/train/…, or PATH/ILSVRC2012_img_train.tar\n" +
			"PATH/val/*.JPEG               or PATH/ILSVRC/Data/CLS-LOC/val/…, or PATH/ILSVRC2012_img_val.tar; with one of\n" +
			"  val/n01440764/*.JPEG …      a folder a class, instead of the flat folder\n" +
			"  PATH/LOC_val_solution.csv   the list of the localisation challenge\n" +
			"  PATH/ILSVRC2012_devkit_t12  the development kit, or its .tar.gz: data/meta.mat and\n" +
			"                              data/ILSVRC2012_validation_ground_truth.txt\n" +
			"  PATH/imagenet_2012_validation_synset_labels.txt   a WordNet id a line\n" +
			"PATH/Annotations/CLS-LOC/train/n01440764/*.xml …, val/*.xml   or PATH/ILSVRC/Annotations/CLS-LOC/…, or\n" +
			"  PATH/LOC_train_solution.csv, LOC_val_solution.csv   lists: boxes, for --objects box or both\n" +
			"  PATH/ILSVRC2014_devkit/data/ILSVRC2014_clsloc_validation_blacklist.txt   whose boxes do not count\n" +
			"PATH/test/*.JPEG              or PATH/ILSVRC/Data/CLS-LOC/test/…, or PATH/ILSVRC2012_img_test_v10102019.tar:\n" +
			"                              read with --split test alone, without labels\n" +
			"each of them may be absent",
		Example:   "imagenet:/data/imagenet",
		Published: catalogue.PublishedCounts("imagenet").Splits,
	},
	openSplit: openImageNet,
}

// imagenetSet is the set while it is put together.
type imagenetSet struct {
	k    KindInfo
	path string
	set  *Set
	ids  map[string]string // where each validation image was found
	// archive is the tar file that is read.
	archive *archive

	lists labelLists
}

func openImageNet(k KindInfo, path, split, objects string) (*Set, error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return nil, err
	}
	s := &imagenetSet{k: k, path: path, set: &Set{Kind: k.Name, Root: filepath.Clean(path)}, ids: make(map[string]string)}
	found := false
	for _, part := range []struct {
		split string
		read  func(place string) error
	}{{SplitTrain, s.readTrain}, {SplitVal, s.readVal}, {SplitTest, s.readTest}} {
		place := ""
		if split == "" && part.split != SplitTest || split == part.split {
			if place, err = imagenetPlace(path, part.split); err != nil {
				return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
			}
		}
		if place == "" {
			continue
		}
		found = true
		if err := part.read(place); err != nil {
			return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
		}
	}
	if !found {
		return nil, s.notFound(split, contents(entries))
	}
	if len(s.set.Items) == 0 {
		return nil, layoutError(k, path, "no image in the folders of ImageNet", "were the archives unpacked to the end?")
	}
	s.finish()
	if objects == ObjectsBox || objects == ObjectsBoth {
		if err := s.addBoxes(objects == ObjectsBoth); err != nil {
			return nil, err
		}
	}
	return s.set, nil
}

// imagenetPlace finds the folder or tar file of a split; "": there is none.
func imagenetPlace(path, split string) (string, error) {
	for _, names := range [][]string{
		{split},
		{"Data", "CLS-LOC", split},
		{"ILSVRC", "Data", "CLS-LOC", split},
		{"CLS-LOC", split},
		{"ILSVRC2012", split},
		{"ILSVRC2012_img_" + split},
	} {
		if dir, err := descend(path, names...); dir != "" || err != nil {
			return dir, err
		}
	}
	for _, name := range []string{"ILSVRC2012_img_" + split + ".tar", "ILSVRC2012_img_" + split + "_v10102019.tar"} {
		archive := filepath.Join(path, name)
		if _, err := os.Stat(archive); err == nil || machine.Withholds(err) {
			return archive, err
		}
	}
	return "", nil
}

// notFound is the error for a folder without the split that was asked for.
func (s *imagenetSet) notFound(split, contents string) error {
	what := "no train and no val"
	if split != "" {
		what = "no " + split
	}
	hint := ""
	switch base := filepath.Base(s.path); {
	case strings.EqualFold(base, SplitTrain), strings.EqualFold(base, SplitVal), strings.EqualFold(base, SplitTest):
		hint = "give the folder above " + base
	case split == SplitTest:
		hint = "the test images, which have no public labels, are looked for in test and in ILSVRC2012_img_test.tar"
	case split == SplitTrainVal:
		hint = "the splits are train, val and test"
	default:
		hint = "open class folders of another set as folder:" + s.path
	}
	return layoutError(s.k, s.path, what+" here: "+contents, hint)
}

// add appends an image of a split; label "": it has none.
func (s *imagenetSet) add(id string, at Location, label string, split splitBits) {
	it := Item{ID: sharing(escape.Name(id), at.Path), At: at, splits: split}
	if label != "" {
		it.labels = s.lists.shared([]string{label}, nil)
	}
	s.set.Items = append(s.set.Items, it)
}

// finish sets the classes and compares with what was published.
func (s *imagenetSet) finish() {
	seen := make(map[string]bool)
	for _, it := range s.set.Items {
		for _, l := range it.Labels() {
			seen[l] = true
		}
	}
	var foreign []string
	for c := range seen {
		s.set.Classes = append(s.set.Classes, c)
		if _, ok := synsetPlaces()[c]; !ok {
			foreign = append(foreign, c)
		}
	}
	slices.Sort(s.set.Classes)
	if len(foreign) > 0 {
		slices.Sort(foreign)
		s.note("not of the 1000 classes of ILSVRC-2012: " + some("class", foreign))
	}
	if n := len(seen) - len(foreign); n > 0 && n < len(ILSVRC2012()) {
		s.note(fmt.Sprintf("of the 1000 classes of ILSVRC-2012 there are %d here", n))
	}
	s.set.Notes = append(s.set.Notes, s.set.otherCounts(s.k)...)
}

func (s *imagenetSet) note(text string) { s.set.Notes = append(s.set.Notes, text) }
