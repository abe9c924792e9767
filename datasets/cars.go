package datasets

import (
	"fmt"
	"math"

	"fc7/internal/matfile"
)

// cars is Stanford Cars (Krause, Stark, Deng, Fei-Fei 2013): 196 makes, models and years, and a box of the car in each
// image. The test images' classes were published apart, in a file that lies beside the devkit or in it.
var cars = listedSet{
	KindInfo: KindInfo{
		Name:    "cars",
		Summary: "Stanford Cars: 196 models, 8,144 images to train and 8,041 to test; with --objects box the cars",
		Tree: "PATH/cars_train/00001.jpg …, PATH/cars_test/00001.jpg …\n" +
			"PATH/devkit/cars_meta.mat   class_names\n" +
			"PATH/devkit/cars_train_annos.mat   annotations: fname, class and bbox_x1, y1, x2, y2 of each image\n" +
			"PATH/cars_test_annos_withlabels.mat, or in PATH/devkit   the same of the images to test",
		Example: "cars:/data/stanford_cars",
	},
	folders: []string{"stanford_cars", "stanford-cars"}, marks: []string{"devkit/cars_meta.mat"}, classes: 196, objects: true,
	read: func(l *lister) error {
		meta, err := l.mat("devkit/cars_meta.mat", "class_names")
		if err != nil {
			return err
		}
		names, err := matTexts(l.path("devkit/cars_meta.mat")+": class_names", meta["class_names"])
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := l.class(name); err != nil {
				return err
			}
		}
		test := "cars_test_annos_withlabels.mat"
		if l.has("devkit/" + test) {
			test = "devkit/" + test
		}
		for list, split := range inOrder("devkit/cars_train_annos.mat", SplitTrainVal, test, SplitTest) {
			of, err := l.mat(list, "annotations")
			if err != nil {
				return err
			}
			folder := map[string]string{SplitTrainVal: "cars_train/", SplitTest: "cars_test/"}[split]
			for i := range matfile.Len(of["annotations"]) {
				if err := l.car(of["annotations"], i, folder, split); err != nil {
					return fmt.Errorf("%s: annotation %d: %w", l.path(list), i+1, err)
				}
			}
		}
		return nil
	},
}

// car adds an image by its annotation.
func (l *lister) car(all matfile.Value, i int, folder, split string) error {
	name, err := all.Field(i, "fname")
	if err != nil {
		return err
	}
	file, err := matfile.Text(name)
	if err != nil {
		return err
	}
	var v [5]float64
	for k, field := range []string{"class", "bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2"} {
		if v[k], err = matNumber(all, i, field); err != nil {
			return err
		}
	}
	class, err := l.numbered(int(v[0]))
	if err != nil {
		return err
	}
	b := &Box{XMin: v[1], YMin: v[2], XMax: v[3], YMax: v[4]}
	if b.insideOut() {
		b = b.turned()
	}
	if err := l.image(folder+file, class, split); err != nil {
		return err
	}
	return l.box(folder+file, b, "")
}

// matNumber is the one number of a field of an element of a struct array.
func matNumber(all matfile.Value, i int, field string) (float64, error) {
	v, err := all.Field(i, field)
	if err != nil {
		return 0, err
	}
	if v == nil {
		return 0, fmt.Errorf("want the field %s, found none", field)
	}
	n, err := matfile.Numbers(v)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", field, err)
	}
	if len(n) != 1 || math.Abs(n[0]) > math.MaxInt32 || math.IsNaN(n[0]) {
		return 0, fmt.Errorf("%s: want a number, found %v", field, n)
	}
	return n[0], nil
}
