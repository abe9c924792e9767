package datasets

import (
	"fmt"
	"strings"

	"fc7/internal/escape"
)

// sun397 is SUN-397 (Xiao et al. 2010): 397 kinds of scenes, divided ten times into 50 images of each to train and 50
// to test. Items are the images that the divisions name. The folders of the lists may be beside the images, as they
// were published, or below them.
var sun397 = listedSet{
	KindInfo: KindInfo{
		Name:    "sun397",
		Summary: "SUN-397: 397 kinds of scenes, ten divisions of 19,850 images each to train and to test",
		Tree: "PATH/a/abbey/sun_aaalbzqrimafwbiv.jpg …, or in PATH/SUN397\n" +
			"PATH/ClassName.txt   lines such as: /a/abbey\n" +
			"PATH/Partitions/Training_01.txt, Testing_01.txt … Testing_10.txt   lines such as: /a/abbey/sun_a….jpg",
		Example: "sun397:/data/SUN397",
	},
	folders: []string{"SUN397"}, marks: []string{"Partitions/Training_01.txt", "Training_01.txt"}, classes: 397,
	read: func(l *lister) error {
		lists, images := "", ""
		if l.has("Partitions") {
			lists = "Partitions/"
		}
		if l.has("SUN397") {
			images = "SUN397/"
		}
		names := []string{"ClassName.txt", lists + "ClassName.txt", images + "ClassName.txt"}
		for _, name := range names {
			if l.has(name) {
				names[0] = name
			}
		}
		if err := l.lines(names[0], func(name string) error { return l.class(strings.Trim(name, "/")) }); err != nil {
			return err
		}
		return l.divisions(10, func(n int, split string) string {
			return fmt.Sprintf("%s%s_%02d.txt", lists, map[string]string{SplitTrain: "Training", SplitTest: "Testing"}[split], n)
		}, []string{SplitTrain, SplitTest}, func(list, split string) error {
			return l.lines(list, func(name string) error {
				name, ok := strings.CutPrefix(name, "/")
				if !ok {
					return fmt.Errorf("want a path that begins with /, found %q", escape.Short(name))
				}
				return l.image(images+name, classFolder(name), split)
			})
		})
	},
}
