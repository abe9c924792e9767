package datasets

import (
	"fmt"
	"strings"
)

// aircraftBanner is how many rows of pixels it has.
const aircraftBanner = 20

// The three kinds of FGVC-Aircraft (Maji et al. 2013): the same images and splits by variant, by family and by
// manufacturer. A line of a list has the image's number, and its class with spaces.
var (
	aircraft             = aircraftBy("", "variant", "variants.txt", "100 variants", 100)
	aircraftFamily       = aircraftBy(":family", "family", "families.txt", "70 families", 70)
	aircraftManufacturer = aircraftBy(":manufacturer", "manufacturer", "manufacturers.txt", "30 manufacturers", 30)
)

func aircraftBy(suffix, level, classes, counted string, n int) listedSet {
	return listedSet{
		KindInfo: KindInfo{
			Name:    "aircraft" + suffix,
			Summary: "FGVC-Aircraft by " + level + ": " + counted + ", 3,334 images to train, 3,333 each to validate and test",
			Tree: "PATH/images/0034309.jpg …, or in PATH/data\n" +
				"PATH/" + classes + ", images_" + level + "_train.txt, …_val.txt, …_test.txt   lines such as: 1025794 707-320\n" +
				"PATH/images_box.txt   of the aircraft, for --objects box",
			Example: "aircraft" + suffix + ":/data/fgvc-aircraft-2013b",
			Options: []KindOption{{Name: "banner", Values: []string{"cut", "keep"}, Summary: "the line of 20 pixels at the foot of each image, which names its photographer"}},
		},
		folders: []string{"data", "fgvc-aircraft-2013b/data"}, marks: []string{classes}, classes: n, objects: true,
		read: func(l *lister) error {
			if err := l.lines(classes, l.class); err != nil {
				return err
			}
			for _, split := range numberedSplits {
				if err := l.fields("images_"+level+"_"+split+".txt", 2, func(f []string) error {
					return l.image("images/"+f[0]+".jpg", f[1], split)
				}); err != nil {
					return err
				}
			}
			if l.own["banner"] == "cut" {
				for i := range l.items {
					l.items[i].Foot = aircraftBanner
				}
				l.set.Notes = append(l.set.Notes, fmt.Sprintf("the banner at the foot of each image, %d pixels, is cut off (--kind-option banner=keep leaves it)", aircraftBanner))
			}
			if !l.boxed {
				return nil
			}
			return l.fields("images_box.txt", 2, func(f []string) error {
				b, err := boxOfCorners(strings.Fields(f[1]))
				if err == nil {
					err = l.box("images/"+f[0]+".jpg", b, "")
				}
				return err
			})
		},
	}
}
