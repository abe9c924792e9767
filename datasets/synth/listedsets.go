package synth

import (
	"fmt"
	"path"
	"strings"

	"fc7/datasets"
	"fc7/internal/matfile"
)

// listedLayouts are those of published sets that are images with lists.
func listedLayouts() []listedLayout {
	return []listedLayout{pets, flowers102, dtd, cub200, cars, aircraft, food101, sun397, mit67, dogs, coco, cifar10, cifar100}
}

// learned and tested are the two sides of sets that have no val.
var bothSides = []string{datasets.SplitTrainVal, datasets.SplitTest}

// className is what a drawn class is called.
func className(c int) string { return fmt.Sprintf("class_%03d", c+1) }

var pets = listedLayout{
	name: "pets", kind: "pets", classes: 37, stream: 8 << 32,
	top:   "images annotations",
	image: func(im *drawnImage) string { return fmt.Sprintf("images/Breed_%02d_%d.jpg", im.class+1, im.of+1) },
	lists: func(s *listedSet) {
		for _, split := range bothSides {
			s.text("annotations/"+split+".txt", func(im *drawnImage) string {
				if !im.in(split) {
					return ""
				}
				stem := strings.TrimSuffix(path.Base(im.path), ".jpg")
				if im.of%5 != 4 { // some have none
					s.write("annotations/xmls/"+stem+".xml", im.xml("cat"))
				}
				return fmt.Sprintf("%s %d 1 %d", stem, im.class+1, im.class+1)
			})
		}
	},
}

var flowers102 = listedLayout{
	name: "flowers102", kind: "flowers102", classes: 102, stream: 9 << 32,
	top:   "jpg imagelabels.mat setid.mat",
	image: func(im *drawnImage) string { return fmt.Sprintf("jpg/image_%05d.jpg", im.number+1) },
	lists: func(s *listedSet) {
		var labels []float64
		in := map[string][]float64{}
		for _, im := range s.images {
			labels = append(labels, float64(im.class+1))
			in[im.split] = append(in[im.split], float64(im.number+1))
		}
		s.mat("imagelabels.mat", []string{"labels"}, labels)
		s.mat("setid.mat", []string{"trnid", "valid", "tstid"}, in[datasets.SplitTrain], in[datasets.SplitVal], in[datasets.SplitTest])
	},
}

var dtd = listedLayout{
	name: "dtd", kind: "dtd", classes: 47, stream: 10 << 32,
	top: "images labels",
	image: func(im *drawnImage) string {
		return fmt.Sprintf("images/%s/%s_%04d.jpg", className(im.class), className(im.class), im.of+1)
	},
	lists: func(s *listedSet) {
		for n := 1; n <= 10; n++ {
			for _, split := range fourSplits[:3] {
				s.text(fmt.Sprintf("labels/%s%d.txt", split, n), func(im *drawnImage) string {
					if s.at(im, n) != split {
						return ""
					}
					return strings.TrimPrefix(im.path, "images/")
				})
			}
		}
	},
}

var cub200 = listedLayout{
	name: "cub200", kind: "cub200", classes: 200, stream: 11 << 32,
	top: "images classes.txt images.txt image_class_labels.txt train_test_split.txt bounding_boxes.txt",
	image: func(im *drawnImage) string {
		return fmt.Sprintf("images/%03d.Bird_%d/Bird_%d_%04d_%d.jpg", im.class+1, im.class+1, im.class+1, im.of+1, im.number)
	},
	lists: func(s *listedSet) {
		s.names("classes.txt", func(c int) string { return fmt.Sprintf("%d %03d.Bird_%d", c+1, c+1, c+1) })
		s.text("images.txt", func(im *drawnImage) string {
			return fmt.Sprint(im.number+1, " ", strings.TrimPrefix(im.path, "images/"))
		})
		s.text("image_class_labels.txt", func(im *drawnImage) string { return fmt.Sprint(im.number+1, " ", im.class+1) })
		s.text("train_test_split.txt", func(im *drawnImage) string {
			if im.in(datasets.SplitTest) {
				return fmt.Sprint(im.number+1, " 0")
			}
			return fmt.Sprint(im.number+1, " 1")
		})
		s.text("bounding_boxes.txt", func(im *drawnImage) string {
			b := im.box
			return fmt.Sprintf("%d %d.0 %d.0 %d.0 %d.0", im.number+1, b.xmin, b.ymin, b.xmax-b.xmin+1, b.ymax-b.ymin+1)
		})
	},
}

var cars = listedLayout{
	name: "cars", kind: "cars", classes: 196, stream: 12 << 32,
	top: "cars_train cars_test devkit cars_test_annos_withlabels.mat",
	image: func(im *drawnImage) string {
		if im.in(datasets.SplitTest) {
			return fmt.Sprintf("cars_test/%05d.jpg", im.number+1)
		}
		return fmt.Sprintf("cars_train/%05d.jpg", im.number+1)
	},
	lists: func(s *listedSet) {
		var names []string
		for c := range s.classes {
			names = append(names, fmt.Sprintf("Car Model %d Sedan 2012", c+1))
		}
		s.mat("devkit/cars_meta.mat", []string{"class_names"}, names)
		for i, list := range []string{"devkit/cars_train_annos.mat", "cars_test_annos_withlabels.mat"} {
			var all []matfile.Struct
			for _, im := range s.images {
				if im.in(bothSides[i]) {
					b := im.box
					all = append(all, matfile.Struct{
						Fields: []string{"bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"},
						Values: []matfile.Written{float64(b.xmin + 1), float64(b.ymin + 1), float64(b.xmax + 1), float64(b.ymax + 1), float64(im.class + 1), path.Base(im.path)},
					})
				}
			}
			s.mat(list, []string{"annotations"}, all)
		}
	},
}

var aircraft = listedLayout{
	name: "aircraft", kind: "aircraft", classes: 100, stream: 13 << 32, banner: 20,
	top:   "images images_box.txt variants.txt families.txt manufacturers.txt images_variant_train.txt images_variant_val.txt images_variant_test.txt images_family_train.txt images_family_val.txt images_family_test.txt images_manufacturer_train.txt images_manufacturer_val.txt images_manufacturer_test.txt",
	image: func(im *drawnImage) string { return fmt.Sprintf("images/%07d.jpg", 34309+im.number) },
	lists: func(s *listedSet) {
		for _, level := range []struct {
			name, list string
			of         int // variants
		}{{"variant", "variants", 1}, {"family", "families", 2}, {"manufacturer", "manufacturers", 3}} {
			called := func(c int) string { return fmt.Sprintf("%s %d-%d", level.name, c/level.of, level.of) }
			last := ""
			s.names(level.list+".txt", func(c int) string {
				if called(c) == last {
					return ""
				}
				last = called(c)
				return last
			})
			for _, split := range fourSplits[:3] {
				s.text("images_"+level.name+"_"+split+".txt", func(im *drawnImage) string {
					if im.split != split {
						return ""
					}
					return strings.TrimSuffix(path.Base(im.path), ".jpg") + " " + called(im.class)
				})
			}
		}
		s.text("images_box.txt", func(im *drawnImage) string {
			b := im.box
			return fmt.Sprint(strings.TrimSuffix(path.Base(im.path), ".jpg"), " ", b.xmin+1, " ", b.ymin+1, " ", b.xmax+1, " ", b.ymax+1)
		})
	},
}

var food101 = listedLayout{
	name: "food101", kind: "food101", classes: 101, stream: 14 << 32,
	top: "images meta",
	image: func(im *drawnImage) string {
		return fmt.Sprintf("images/%s/%d.jpg", className(im.class), 100000+im.number)
	},
	lists: func(s *listedSet) {
		s.names("meta/classes.txt", className)
		for i, list := range []string{"train", "test"} {
			s.text("meta/"+list+".txt", func(im *drawnImage) string {
				if !im.in(bothSides[i]) {
					return ""
				}
				return strings.TrimSuffix(strings.TrimPrefix(im.path, "images/"), ".jpg")
			})
		}
	},
}

var sun397 = listedLayout{
	name: "sun397", kind: "sun397", classes: 397, stream: 15 << 32,
	top: "c ClassName.txt Partitions",
	image: func(im *drawnImage) string {
		return fmt.Sprintf("c/%s/sun_%06d.jpg", className(im.class), im.number)
	},
	lists: func(s *listedSet) {
		s.names("ClassName.txt", func(c int) string { return "/c/" + className(c) })
		for n := 1; n <= 10; n++ {
			for list, split := range map[string]string{"Training": datasets.SplitTrain, "Testing": datasets.SplitTest} {
				s.text(fmt.Sprintf("Partitions/%s_%02d.txt", list, n), func(im *drawnImage) string {
					if s.at(im, n) != split {
						return ""
					}
					return "/" + im.path
				})
			}
		}
	},
}

var mit67 = listedLayout{
	name: "mit67", kind: "mit67", classes: 67, stream: 16 << 32,
	top: "Images TrainImages.txt TestImages.txt",
	image: func(im *drawnImage) string {
		return fmt.Sprintf("Images/%s/%s_%04d.jpg", className(im.class), className(im.class), im.of+1)
	},
	lists: func(s *listedSet) {
		for i, list := range []string{"TrainImages.txt", "TestImages.txt"} {
			s.text(list, func(im *drawnImage) string {
				if !im.in(bothSides[i]) {
					return ""
				}
				return strings.TrimPrefix(im.path, "Images/")
			})
		}
	},
}

var dogs = listedLayout{
	name: "dogs", kind: "dogs", classes: 120, stream: 17 << 32,
	top: "Images Annotation train_list.mat test_list.mat",
	image: func(im *drawnImage) string {
		return fmt.Sprintf("Images/n%08d-Dog_%d/n%08d_%d.jpg", 2085620+im.class, im.class+1, 2085620+im.class, im.of+1)
	},
	lists: func(s *listedSet) {
		for i, list := range []string{"train_list.mat", "test_list.mat"} {
			var files []string
			var labels []float64
			for j := range s.images {
				if im := &s.images[j]; im.in(bothSides[i]) {
					name := strings.TrimPrefix(im.path, "Images/")
					files, labels = append(files, name), append(labels, float64(im.class+1))
					s.write("Annotation/"+strings.TrimSuffix(name, ".jpg"), im.xml("dog"))
				}
			}
			s.mat(list, []string{"file_list", "labels"}, files, labels)
		}
	},
}

var coco = listedLayout{
	name: "coco", kind: "coco", classes: 80, stream: 18 << 32,
	top: "annotations train2017 val2017",
	image: func(im *drawnImage) string {
		if im.split == datasets.SplitVal {
			return fmt.Sprintf("val2017/%012d.jpg", im.number+1)
		}
		return fmt.Sprintf("train2017/%012d.jpg", im.number+1)
	},
	lists: func(s *listedSet) {
		for _, split := range []string{datasets.SplitTrain, datasets.SplitVal} {
			var images, objects, classes []string
			for _, im := range s.images {
				if strings.HasPrefix(im.path, split) {
					b := im.box
					images = append(images, fmt.Sprintf(`{"id": %d, "file_name": %q, "width": %d, "height": %d}`, im.number+1, path.Base(im.path), im.w, im.h))
					objects = append(objects, fmt.Sprintf(`{"id": %d, "image_id": %d, "category_id": %d, "iscrowd": 0, "bbox": [%d, %d, %d, %d]}`,
						im.number+1, im.number+1, im.class+1, b.xmin, b.ymin, b.xmax-b.xmin+1, b.ymax-b.ymin+1))
				}
			}
			for c := range s.classes {
				classes = append(classes, fmt.Sprintf(`{"id": %d, "name": %q}`, c+1, className(c)))
			}
			s.write("annotations/instances_"+split+"2017.json", fmt.Appendf(nil, "{\"images\": [%s],\n\"annotations\": [%s],\n\"categories\": [%s]}\n",
				strings.Join(images, ",\n"), strings.Join(objects, ",\n"), strings.Join(classes, ",\n")))
		}
	},
}
