package datasets

import "fmt"

// flowers102 is the Oxford 102 Category Flower Dataset (Nilsback, Zisserman 2008): 8,189 images, whose numbers count
// them from 1, as do the lists of its divisions. What the classes are called is not published with it: they have
// numbers.
var flowers102 = listedSet{
	KindInfo: KindInfo{
		Name:    "flowers102",
		Summary: "Oxford Flowers-102: 1,020 images to train, 1,020 to validate, 6,149 to test",
		Tree: "PATH/jpg/image_00001.jpg …\n" +
			"PATH/imagelabels.mat   labels: the number of each image's class\n" +
			"PATH/setid.mat   trnid, valid, tstid: the numbers of the images of each split",
		Example: "flowers102:/data/flowers-102",
	},
	folders: []string{"flowers-102"}, marks: []string{"imagelabels.mat"}, classes: 102,
	read: func(l *lister) error {
		of, err := l.mat("imagelabels.mat", "labels")
		if err != nil {
			return err
		}
		labels, err := matNumbers(l.path("imagelabels.mat")+": labels", of["labels"])
		if err != nil {
			return err
		}
		set, err := l.mat("setid.mat", "trnid", "valid", "tstid")
		if err != nil {
			return err
		}
		for variable, split := range inOrder("trnid", SplitTrain, "valid", SplitVal, "tstid", SplitTest) {
			what := l.path("setid.mat") + ": " + variable
			images, err := matNumbers(what, set[variable])
			if err != nil {
				return err
			}
			for _, n := range images {
				if n > len(labels) {
					return fmt.Errorf("%s: image %d, but %s has labels of %d", what, n, l.path("imagelabels.mat"), len(labels))
				}
				class := fmt.Sprintf("%03d", labels[n-1])
				if err := l.class(class); err != nil {
					return err
				}
				if err := l.image(fmt.Sprintf("jpg/image_%05d.jpg", n), class, split); err != nil {
					return fmt.Errorf("%s: %w", what, err)
				}
			}
		}
		return l.sorted()
	},
}
