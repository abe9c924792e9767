package synth

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/datasets"
)

// vocObject is an annotated object.
type vocObject struct {
	class                int
	truncated, difficult bool
	box                  datasets.Box
}

// generateVOC writes the layout of PASCAL VOC 2007 into dir.
func generateVOC(ctx context.Context, dir string, o Options) (Summary, error) {
	root := filepath.Join(dir, filepath.FromSlash(vocFolder))
	for _, name := range []string{"JPEGImages", "Annotations", filepath.Join("ImageSets", "Main")} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			return Summary{}, err
		}
	}
	plans := planVOC(o)
	scenes := make([]scene, len(plans))
	for i := range plans {
		scenes[i] = plans[i].scene
	}
	traces, size, err := drawAll(ctx, dir, scenes, o)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{Images: len(scenes), Classes: len(datasets.VOCClasses()), bytes: size}
	objects := make([][]vocObject, len(plans))
	for i := range plans {
		objects[i] = annotate(&scenes[i], traces[i])
		sum.objects += len(objects[i])
		for _, obj := range objects[i] {
			if obj.difficult {
				sum.difficult++
			}
		}
		text := annotationXML(&plans[i], objects[i])
		if err := os.WriteFile(filepath.Join(root, "Annotations", plans[i].id+".xml"), text, 0o644); err != nil {
			return Summary{}, err
		}
	}
	return sum, writeVOCLists(filepath.Join(root, "ImageSets", "Main"), plans, objects)
}

// annotate judges what can be seen of each thing. As VOC's annotators did, it passes over what is all but hidden and
// marks as difficult what is faint, tiny or mostly hidden.
func annotate(s *scene, traces []trace) []vocObject {
	var objects []vocObject
	for i, t := range traces {
		if t.xmax < t.xmin || t.visible < 0.15 || t.inFrame < 0.1 {
			continue
		}
		objects = append(objects, vocObject{
			class:     s.things[i].class,
			truncated: t.inFrame < 0.95 || t.visible < 0.8,
			difficult: s.things[i].faint || t.visible < 0.35 || t.inFrame < 0.25,
			box:       datasets.Box{XMin: t.xmin + 1, YMin: t.ymin + 1, XMax: t.xmax + 1, YMax: t.ymax + 1},
		})
	}
	return objects
}

// annotationXML writes an annotation as the development kit has them.
func annotationXML(s *vocScene, objects []vocObject) []byte {
	classes := datasets.VOCClasses()
	var b bytes.Buffer
	fmt.Fprintf(&b, "<annotation>\n\t<folder>VOC2007</folder>\n\t<filename>%s.jpg</filename>\n"+
		"\t<source>\n\t\t<database>synthetic</database>\n\t\t<annotation>drawn by a program</annotation>\n\t\t<image>drawn by a program</image>\n\t</source>\n"+
		"\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n", s.id, s.w, s.h)
	for _, o := range objects {
		fmt.Fprintf(&b, "\t<object>\n\t\t<name>%s</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>%d</truncated>\n\t\t<difficult>%d</difficult>\n"+
			"\t\t<bndbox>\n\t\t\t<xmin>%d</xmin>\n\t\t\t<ymin>%d</ymin>\n\t\t\t<xmax>%d</xmax>\n\t\t\t<ymax>%d</ymax>\n\t\t</bndbox>\n\t</object>\n",
			classes[o.class], bit(o.truncated), bit(o.difficult), o.box.XMin, o.box.YMin, o.box.XMax, o.box.YMax)
	}
	b.WriteString("</annotation>\n")
	return b.Bytes()
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// writeVOCLists writes the image list and the 20 class lists of each split.
func writeVOCLists(main string, plans []vocScene, objects [][]vocObject) error {
	members := map[string][]string{datasets.SplitTrainVal: {datasets.SplitTrain, datasets.SplitVal}}
	for _, s := range vocSplits {
		members[s.name] = []string{s.name}
	}
	for name, splits := range members {
		var list strings.Builder
		lists := make([]strings.Builder, len(datasets.VOCClasses()))
		for i := range plans {
			if !slices.Contains(splits, plans[i].split) {
				continue
			}
			fmt.Fprintln(&list, plans[i].id)
			for c := range lists {
				fmt.Fprintf(&lists[c], "%s %2d\n", plans[i].id, classLabel(objects[i], c))
			}
		}
		if err := os.WriteFile(filepath.Join(main, name+".txt"), []byte(list.String()), 0o644); err != nil {
			return err
		}
		for c, class := range datasets.VOCClasses() {
			if err := os.WriteFile(filepath.Join(main, class+"_"+name+".txt"), []byte(lists[c].String()), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// classLabel is 1 if there is an object of the class, 0 if all of them are difficult, else -1.
func classLabel(objects []vocObject, class int) int {
	label := -1
	for _, o := range objects {
		if o.class == class {
			label = max(label, 1-bit(o.difficult))
		}
	}
	return label
}
