package datasets

import (
	"fmt"
	"strings"
)

// dogs is Stanford Dogs (Khosla et al. 2011): 120 breeds of ImageNet with boxes of the dogs.
var dogs = listedSet{
	KindInfo: KindInfo{
		Name:    "dogs",
		Summary: "Stanford Dogs: 120 breeds, 12,000 images to train and 8,580 to test; with --objects box the dogs",
		Tree: "PATH/Images/n02085620-Chihuahua/n02085620_7.jpg …\n" +
			"PATH/train_list.mat, test_list.mat   file_list: the images, in the folders of their breeds\n" +
			"PATH/Annotation/n02085620-Chihuahua/n02085620_7 …   boxes, as VOC's XML",
		Example: "dogs:/data/stanford-dogs",
	},
	folders: []string{"stanford-dogs", "stanford_dogs", "dogs"}, marks: []string{"train_list.mat"}, classes: 120, objects: true,
	read: func(l *lister) error {
		for list, split := range inOrder("train_list.mat", SplitTrainVal, "test_list.mat", SplitTest) {
			of, err := l.mat(list, "file_list")
			if err != nil {
				return err
			}
			files, err := matTexts(l.path(list)+": file_list", of["file_list"])
			if err != nil {
				return err
			}
			for i, name := range files {
				err := l.class(classFolder(name))
				if err == nil {
					err = l.image("Images/"+name, classFolder(name), split)
				}
				if err == nil {
					err = l.xmlBoxes("Images/"+name, "Annotation/"+strings.TrimSuffix(name, ".jpg"))
				}
				if err != nil {
					return fmt.Errorf("%s: image %d: %w", l.path(list), i+1, err)
				}
			}
		}
		return l.sorted()
	},
}
