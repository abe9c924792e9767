package datasets

import (
	"fmt"
	"math"
	"strconv"

	"fc7/internal/escape"
)

// cub200 is Caltech-UCSD Birds 200 of 2011 (Wah et al.): 200 species, and a box of the bird in each image, whose line
// has its left and upper edge, counted from 0, and its width and height.
var cub200 = listedSet{
	KindInfo: KindInfo{
		Name:    "cub200",
		Summary: "Caltech-UCSD Birds 200-2011: 5,994 images to train, 5,794 to test; with --objects box the birds",
		Tree: "PATH/images/001.Black_footed_Albatross/Black_Footed_Albatross_0001_….jpg\n" +
			"PATH/images.txt, image_class_labels.txt, train_test_split.txt   lines such as: 1 001.Black_…\n" +
			"PATH/classes.txt, bounding_boxes.txt",
		Example: "cub200:/data/CUB_200_2011",
	},
	folders: []string{"CUB_200_2011"}, marks: []string{"image_class_labels.txt"}, classes: 200, objects: true,
	read: func(l *lister) error {
		if err := l.byNumber("classes.txt", func(n int, name string) error {
			if n != len(l.set.Classes)+1 {
				return fmt.Errorf("want class %d, found %d", len(l.set.Classes)+1, n)
			}
			return l.class(name)
		}); err != nil {
			return err
		}
		names := map[int]string{}
		if err := l.byNumber("images.txt", func(n int, name string) error {
			if names[n] != "" {
				return fmt.Errorf("image %d is listed twice", n)
			}
			names[n] = "images/" + name
			return l.image(names[n], "", "")
		}); err != nil {
			return err
		}
		of := func(line func(image, rest string) error) func(int, string) error {
			return func(n int, rest string) error {
				if names[n] == "" {
					return fmt.Errorf("image %d is not in images.txt", n)
				}
				return line(names[n], rest)
			}
		}
		if err := l.byNumber("image_class_labels.txt", of(func(image, rest string) error {
			n, err := strconv.Atoi(rest)
			if err != nil {
				return fmt.Errorf("want the number of a class, found %q", escape.Short(rest))
			}
			class, err := l.numbered(n)
			if err != nil {
				return err
			}
			return l.image(image, class, "")
		})); err != nil {
			return err
		}
		if err := l.byNumber("train_test_split.txt", of(func(image, rest string) error {
			split, ok := map[string]string{"1": SplitTrainVal, "0": SplitTest}[rest]
			if !ok {
				return fmt.Errorf("want 1 for an image to train or 0 for one to test, found %q", escape.Short(rest))
			}
			return l.image(image, "", split)
		})); err != nil || !l.boxed {
			return err
		}
		return l.byNumber("bounding_boxes.txt", of(func(image, rest string) error {
			b, err := boxOfSides(rest)
			if err == nil {
				err = l.box(image, b, "")
			}
			return err
		}))
	},
}

// byNumber is fields of a number and what it stands for.
func (l *lister) byNumber(list string, line func(n int, rest string) error) error {
	return l.fields(list, 2, func(f []string) error {
		n, err := strconv.Atoi(f[0])
		if err != nil {
			return fmt.Errorf("want a number, found %q", escape.Short(f[0]))
		}
		return line(n, f[1])
	})
}

// boxOfSides reads left and upper edge, counted from 0, width and height.
func boxOfSides(text string) (*Box, error) {
	var v [4]float64
	n, err := fmt.Sscan(text, &v[0], &v[1], &v[2], &v[3])
	for _, x := range v[:n] {
		if math.IsNaN(x) || math.Abs(x) > math.MaxInt32 {
			err = fmt.Errorf("found %v", x)
		}
	}
	if err != nil || v[2] <= 0 || v[3] <= 0 {
		return nil, fmt.Errorf("want x, y, width and height of a box in pixels, found %q", escape.Short(text))
	}
	return &Box{XMin: v[0] + 1, YMin: v[1] + 1, XMax: v[0] + v[2], YMax: v[1] + v[3]}, nil
}
