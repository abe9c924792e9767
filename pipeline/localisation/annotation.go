package localisation

import (
	"encoding/xml"
	"io"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/filename"
)

// voc is an annotation of PASCAL VOC, as vocxml: reads it.
type voc struct {
	XMLName  xml.Name    `xml:"annotation"`
	Folder   string      `xml:"folder"`
	Filename string      `xml:"filename"`
	Width    int         `xml:"size>width"`
	Height   int         `xml:"size>height"`
	Depth    int         `xml:"size>depth"`
	Objects  []vocObject `xml:"object"`
}

type vocObject struct {
	Name      string `xml:"name"`
	Truncated int    `xml:"truncated"`
	Difficult int    `xml:"difficult"`
	XMin      string `xml:"bndbox>xmin"`
	YMin      string `xml:"bndbox>ymin"`
	XMax      string `xml:"bndbox>xmax"`
	YMax      string `xml:"bndbox>ymax"`
}

// annotate writes the annotation of an image, if the job wants any; of one that failed none.
func (s *system) annotate(a Answer) error {
	if !s.j.XML || a.Error != "" {
		return nil
	}
	x := voc{Folder: filepath.Base(filepath.Dir(a.Path)), Filename: filepath.Base(a.Path), Width: a.Width, Height: a.Height, Depth: 3}
	for _, f := range s.shown(a) {
		x.Objects = append(x.Objects, vocObject{
			Name: f.Class, XMin: decimals(f.Box.XMin), YMin: decimals(f.Box.YMin), XMax: decimals(f.Box.XMax), YMax: decimals(f.Box.YMax),
		})
	}
	text, err := xml.MarshalIndent(x, "", "  ")
	if err != nil {
		return err
	}
	dir, name := annotationPlace(a.Image)
	if at := filepath.Join(dir, name); s.annotated[at] { // by an image whose name differs in the extension alone
		name = filename.Of(path.Base(a.Image), ".xml")
	} else {
		s.annotated[at] = true
	}
	root := filepath.Join(s.j.Out, annotationsDir)
	if err := atomicfile.MkdirAll(filepath.Join(root, dir)); err != nil {
		return err
	}
	return atomicfile.Under(root).Write(filepath.Join(dir, name), true, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// annotationPlace is the folder and the name of an image's annotation: those of the image, its extension aside, where a
// file system takes them.
func annotationPlace(image string) (dir, name string) {
	bare := strings.TrimSuffix(image, path.Ext(image))
	parts := strings.Split(strings.TrimLeft(bare, "/"), "/")
	for i, p := range parts {
		if local := filepath.IsLocal(p) && !strings.ContainsAny(p, `\:*?"<>|`) && len(p) < 200; !local {
			parts[i] = filename.Of(p, "")
		}
	}
	last := len(parts) - 1
	return filepath.Join(parts[:last]...), parts[last] + ".xml"
}
