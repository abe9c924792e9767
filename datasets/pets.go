package datasets

import (
	"fmt"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// pets is Oxford-IIIT Pet (Parkhi, Vedaldi, Zisserman, Jawahar 2012): 37 breeds of cats and dogs. A line of its lists
// has the image, the number of its breed, that of its species and the breed's among the species. The boxes are of
// heads, and not of every image.
var pets = listedSet{
	KindInfo: KindInfo{
		Name:    "pets",
		Summary: "Oxford-IIIT Pet: 37 breeds, 3,680 images to train and 3,669 to test; with --objects box the heads",
		Tree: "PATH/images/Abyssinian_1.jpg …\n" +
			"PATH/annotations/trainval.txt, test.txt   lines such as: Abyssinian_100 1 1 1\n" +
			"PATH/annotations/xmls/Abyssinian_1.xml …   boxes of heads, which may be missing",
		Example: "pets:/data/oxford-iiit-pet",
	},
	folders: []string{"oxford-iiit-pet"}, marks: []string{"annotations/trainval.txt"}, classes: 37, objects: true,
	read: func(l *lister) error {
		breeds := make(map[int]string)
		for _, split := range []string{SplitTrainVal, SplitTest} {
			err := l.fields("annotations/"+split+".txt", 2, func(f []string) error {
				at := strings.LastIndexByte(f[0], '_')
				number, _, _ := strings.Cut(f[1], " ")
				n, err := strconv.Atoi(number)
				if at < 1 || err != nil || n < 1 {
					return fmt.Errorf("want an image and the number of its breed, found %q", escape.Short(strings.Join(f, " ")))
				}
				breed := f[0][:at]
				if was, ok := breeds[n]; ok && was != breed {
					return fmt.Errorf("breed %d is %s here, and was %s before", n, escape.Short(breed), escape.Short(was))
				}
				breeds[n] = breed
				if err := l.class(breed); err != nil {
					return err
				}
				image := "images/" + f[0] + ".jpg"
				if err := l.image(image, breed, split); err != nil {
					return err
				}
				return l.xmlBoxes(image, "annotations/xmls/"+f[0]+".xml")
			})
			if err != nil {
				return err
			}
		}
		return nil
	},
}
