package datasets

import "fmt"

// dtd is the Describable Textures Dataset (Cimpoi et al. 2014): 47 classes of 120 images, divided ten times into equal
// parts to train, to validate and to test.
var dtd = listedSet{
	KindInfo: KindInfo{
		Name:    "dtd",
		Summary: "Describable Textures: 47 classes, ten divisions of 1,880 images each to train, validate and test",
		Tree: "PATH/images/banded/banded_0002.jpg …\n" +
			"PATH/labels/train1.txt, val1.txt, test1.txt … test10.txt   lines such as: banded/banded_0002.jpg",
		Example: "dtd:/data/dtd",
	},
	folders: []string{"dtd"}, marks: []string{"labels/train1.txt"}, classes: 47,
	read: func(l *lister) error {
		err := l.divisions(10, func(n int, split string) string {
			return fmt.Sprintf("labels/%s%d.txt", split, n)
		}, numberedSplits, func(list, split string) error { return l.inFolders(list, "images/", split) })
		if err != nil {
			return err
		}
		return l.sorted()
	},
}

// inFolders adds the images of a list, a path a line, in folders of their classes.
func (l *lister) inFolders(list, images, split string) error {
	return l.lines(list, func(name string) error {
		class := classFolder(name)
		if err := l.class(class); err != nil {
			return err
		}
		return l.image(images+name, class, split)
	})
}
