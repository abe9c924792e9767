package datasets

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"

	"fc7/internal/escape"
)

// Annotation is what an XML annotation of PASCAL VOC says of an image.
type Annotation struct {
	Folder, Filename     string
	Width, Height, Depth int // pixels and channels; 0 where not given
	segmented            bool
	sizeErr              error    // what is wrong with Width and Height, for those who look at them
	Objects              []Object // in the file's order, by which VOC numbers them from 1
}

// Object is an annotated object.
type Object struct {
	name      string // class
	pose      string // "Left", "Frontal", "Unspecified" …; may be empty
	Truncated bool   // the box does not hold the whole object
	occluded  bool   // from 2008 on
	Difficult bool   // hard to recognise: not scored
	Box       *Box   // nil where none is given
	// actions say of a person what it does and what it does not, by the names
	// of VOCActions; nil where nothing is said. From 2010 on.
	actions map[string]bool
	turned  *Box // where corners are in the wrong order: the box of them
	// What is wrong with the box and with the actions: an error for those who look at them.
	boxErr, actionsErr error
}

// Bounds of an annotation: the largest of VOC is 20 kB.
const (
	maxAnnotationBytes = 1 << 20
	maxObjects         = 10_000
)

// ReadAnnotation reads and parses the annotation at path. Errors name the path and wrap fs.ErrNotExist where there is
// no file.
func ReadAnnotation(path string) (*Annotation, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read annotation: %w", err)
	}
	defer f.Close()
	return readAnnotation(path, f)
}

// annotation is ReadAnnotation of what is at the location.
func (l Location) annotation() (*Annotation, error) {
	if l.Part == nil {
		return ReadAnnotation(l.Path)
	}
	f, err := l.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAnnotation(l.String(), f)
}

func readAnnotation(name string, f io.Reader) (*Annotation, error) {
	a, err := parseAnnotation(f)
	if err != nil {
		return nil, fmt.Errorf("read annotation %s: %w", name, err)
	}
	return a, nil
}

// xmlAnnotation and the types below mirror the file; numbers are strings, so that an error can name the element.
type xmlAnnotation struct {
	XMLName   xml.Name    `xml:"annotation"`
	Folder    string      `xml:"folder"`
	Filename  string      `xml:"filename"`
	Width     string      `xml:"size>width"`
	Height    string      `xml:"size>height"`
	Depth     string      `xml:"size>depth"`
	Segmented string      `xml:"segmented"`
	Objects   []xmlObject `xml:"object"`
}

type xmlObject struct {
	Name      string  `xml:"name"`
	Pose      string  `xml:"pose"`
	Truncated string  `xml:"truncated"`
	Occluded  string  `xml:"occluded"`
	Difficult string  `xml:"difficult"`
	Box       *xmlBox `xml:"bndbox"`
	Actions   *struct {
		All []xmlAction `xml:",any"`
	} `xml:"actions"`
}

// xmlAction is <jumping>1</jumping>.
type xmlAction struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

type xmlBox struct {
	XMin string `xml:"xmin"`
	YMin string `xml:"ymin"`
	XMax string `xml:"xmax"`
	YMax string `xml:"ymax"`
}

// parseAnnotation parses an annotation of at most 1 MiB, in any encoding that XML declares. Elements that it does not
// know are passed over, and those that say nothing of what an image or an object is of refuse nothing: depth and
// truncation that are no number are not given, and sizes, boxes and actions are errors only where they are used.
// Coordinates may be decimal fractions, as a few of VOC-2012 are.
func parseAnnotation(r io.Reader) (*Annotation, error) {
	lr := &io.LimitedReader{R: r, N: maxAnnotationBytes + 1}
	text, err := io.ReadAll(lr)
	if err != nil {
		return nil, err
	}
	if lr.N == 0 {
		return nil, fmt.Errorf("larger than %d bytes: is this a VOC annotation?", maxAnnotationBytes)
	}
	var x xmlAnnotation
	err = decodeXML(text, &x)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("want XML with an <annotation>, found no element")
	}
	if err != nil {
		return nil, fmt.Errorf("want XML with an <annotation>: %w", err)
	}
	if len(x.Objects) > maxObjects {
		return nil, fmt.Errorf("%d objects, more than the %d that are allowed", len(x.Objects), maxObjects)
	}
	return x.convert()
}

// convert checks the values.
func (x *xmlAnnotation) convert() (*Annotation, error) {
	a := &Annotation{Folder: trim(x.Folder), Filename: trim(x.Filename), Depth: countOr0(x.Depth), segmented: isSet(x.Segmented)}
	var size, p valueParser
	a.Width, a.Height = size.number("size/width", x.Width), size.number("size/height", x.Height)
	a.sizeErr = size.err
	for i := range x.Objects {
		p.object = i + 1
		a.Objects = append(a.Objects, x.Objects[i].convert(&p))
	}
	if p.err != nil {
		return nil, p.err
	}
	return a, nil
}

func (x *xmlObject) convert(p *valueParser) Object {
	o := Object{name: trim(x.Name), pose: trim(x.Pose), Truncated: isSet(x.Truncated), occluded: isSet(x.Occluded)}
	if o.name == "" {
		p.fail("name", "a class", "")
	}
	o.Difficult = p.flag("difficult", x.Difficult)
	if x.Box != nil {
		box := valueParser{object: p.object}
		o.Box, o.turned, o.boxErr = x.Box.convert(&box)
	}
	if x.Actions != nil {
		actions := valueParser{object: p.object}
		o.actions = make(map[string]bool)
		for _, a := range x.Actions.All {
			o.actions[a.XMLName.Local] = actions.flag("actions/"+escape.Short(a.XMLName.Local), a.Value)
		}
		o.actionsErr = actions.err
	}
	return o
}

// convert returns the box; nil and an error if it is none, with the box of corners that are in the wrong order.
func (x *xmlBox) convert(p *valueParser) (box, turned *Box, err error) {
	b := &Box{
		XMin: p.coordinate("bndbox/xmin", x.XMin),
		YMin: p.coordinate("bndbox/ymin", x.YMin),
		XMax: p.coordinate("bndbox/xmax", x.XMax),
		YMax: p.coordinate("bndbox/ymax", x.YMax),
	}
	switch {
	case p.err != nil:
		return nil, nil, p.err
	case b.insideOut():
		p.fail("bndbox", "xmin <= xmax and ymin <= ymax", b.Corners())
		return nil, b.turned(), p.err
	}
	return b, nil, nil
}
