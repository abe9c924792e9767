package synth

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fc7/datasets"
)

// vocObject is an annotated object.
type vocObject struct {
	class                int
	truncated, difficult bool
	box                  image.Rectangle
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
			box:       image.Rect(t.xmin, t.ymin, t.xmax+1, t.ymax+1),
		})
	}
	return objects
}

// annotationXML writes an annotation as the development kit has them.
func (e vocEdition) annotationXML(s *vocScene, objects []vocObject) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<annotation>\n\t<folder>%s</folder>\n\t<filename>%s.jpg</filename>\n"+
		"\t<source>\n\t\t<database>synthetic</database>\n\t\t<annotation>drawn by a program</annotation>\n\t\t<image>drawn by a program</image>\n\t</source>\n"+
		"\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n", e.name(), s.id, s.w, s.h)
	for _, o := range objects {
		name, actions := e.classes()[o.class], ""
		if e.actions {
			name = "person"
			if !e.hides(s.split) {
				actions = e.actionsXML(o.class)
			}
		}
		fmt.Fprintf(&b, "\t<object>\n\t\t<name>%s</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>%d</truncated>\n\t\t<difficult>%d</difficult>\n"+
			"\t\t<bndbox>\n\t\t\t<xmin>%d</xmin>\n\t\t\t<ymin>%d</ymin>\n\t\t\t<xmax>%d</xmax>\n\t\t\t<ymax>%d</ymax>\n\t\t</bndbox>\n%s\t</object>\n",
			name, bit(o.truncated), bit(o.difficult), o.box.Min.X+1, o.box.Min.Y+1, o.box.Max.X, o.box.Max.Y, actions)
	}
	b.WriteString("</annotation>\n")
	return b.Bytes()
}

// name is that of the data set's folder, or of one's own images'.
func (e vocEdition) name() string {
	if e.own {
		return ownImages
	}
	return path.Base(e.folder())
}

// actionsXML tells what a person does and what it does not.
func (e vocEdition) actionsXML(class int) string {
	text := "\t\t<actions>\n"
	for c, name := range e.classes() {
		text += fmt.Sprintf("\t\t\t<%s>%d</%s>\n", name, bit(c == class), name)
	}
	return text + "\t\t</actions>\n"
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// writeLists writes the image list of each split and, unless they are secret, its class lists.
func (e vocEdition) writeLists(dir string, plans []vocScene, objects [][]vocObject) error {
	members := map[string][]string{datasets.SplitTrainVal: {datasets.SplitTrain, datasets.SplitVal}}
	for _, s := range vocSplits {
		members[s.name] = []string{s.name}
	}
	for name, splits := range members {
		var list strings.Builder
		lists := make([]strings.Builder, len(e.classes()))
		for i := range plans {
			if slices.Contains(splits, plans[i].split) {
				e.listImage(&list, lists, plans[i].id, objects[i])
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name+".txt"), []byte(list.String()), 0o644); err != nil {
			return err
		}
		if e.hides(name) {
			continue
		}
		for c, class := range e.classes() {
			if err := os.WriteFile(filepath.Join(dir, class+"_"+name+".txt"), []byte(lists[c].String()), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// listImage adds the lines of an image: one, or of actions one a person, who goes by its number in the annotation.
func (e vocEdition) listImage(list *strings.Builder, lists []strings.Builder, id string, objects []vocObject) {
	if !e.actions {
		fmt.Fprintln(list, id)
		for c := range lists {
			fmt.Fprintf(&lists[c], "%s %2d\n", id, classLabel(objects, c))
		}
		return
	}
	for n, o := range objects {
		fmt.Fprintf(list, "%s %d\n", id, n+1)
		for c := range lists {
			fmt.Fprintf(&lists[c], "%s %d %2d\n", id, n+1, 2*bit(o.class == c)-1)
		}
	}
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
