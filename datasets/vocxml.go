package datasets

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// Annotation is what an XML annotation of PASCAL VOC says of an image.
type Annotation struct {
	Folder, Filename     string
	Width, Height, Depth int // pixels and channels; 0 where not given
	segmented            bool
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
	a, err := parseAnnotation(f)
	if err != nil {
		return nil, fmt.Errorf("read annotation %s: %w", path, err)
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

// parseAnnotation parses an annotation of at most 1 MiB. Elements that it does not know are passed over. Coordinates
// may be decimal fractions, as a few of VOC-2012 are; they are rounded.
func parseAnnotation(r io.Reader) (*Annotation, error) {
	lr := &io.LimitedReader{R: r, N: maxAnnotationBytes + 1}
	var x xmlAnnotation
	err := xml.NewDecoder(lr).Decode(&x)
	if lr.N == 0 {
		return nil, fmt.Errorf("larger than %d bytes: is this a VOC annotation?", maxAnnotationBytes)
	}
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
	a := &Annotation{Folder: trim(x.Folder), Filename: trim(x.Filename)}
	var p valueParser
	a.Width = p.number("size/width", x.Width)
	a.Height = p.number("size/height", x.Height)
	a.Depth = p.number("size/depth", x.Depth)
	a.segmented = p.flag("segmented", x.Segmented)
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
	o := Object{name: trim(x.Name), pose: trim(x.Pose)}
	if o.name == "" {
		p.fail("name", "a class", "")
	}
	o.Truncated = p.flag("truncated", x.Truncated)
	o.occluded = p.flag("occluded", x.Occluded)
	o.Difficult = p.flag("difficult", x.Difficult)
	if x.Box != nil {
		o.Box = &Box{
			XMin: p.coordinate("bndbox/xmin", x.Box.XMin),
			YMin: p.coordinate("bndbox/ymin", x.Box.YMin),
			XMax: p.coordinate("bndbox/xmax", x.Box.XMax),
			YMax: p.coordinate("bndbox/ymax", x.Box.YMax),
		}
		if o.Box.XMax < o.Box.XMin || o.Box.YMax < o.Box.YMin {
			p.fail("bndbox", "xmin <= xmax and ymin <= ymax", fmt.Sprint(*o.Box))
		}
	}
	if x.Actions != nil {
		o.actions = make(map[string]bool)
		for _, a := range x.Actions.All {
			o.actions[a.XMLName.Local] = p.flag("actions/"+escape.Short(a.XMLName.Local), a.Value)
		}
	}
	return o
}

func trim(s string) string { return strings.TrimSpace(s) }

// valueParser parses elements and keeps the first error.
type valueParser struct {
	object int // 1-based; 0: the annotation itself
	err    error
}

func (p *valueParser) fail(element, want, found string) {
	if p.err != nil {
		return
	}
	if p.object > 0 {
		element = fmt.Sprintf("object %d: %s", p.object, element)
	}
	p.err = fmt.Errorf("%s: want %s, found %q", element, want, escape.Short(found))
}

// maxPixels bounds coordinates and sizes, so that sums of them cannot overflow.
const maxPixels = 1 << 24

// number parses a count; an absent element is 0.
func (p *valueParser) number(element, s string) int {
	if trim(s) == "" {
		return 0
	}
	n, err := strconv.Atoi(trim(s))
	if err != nil || n < 0 || n > maxPixels {
		p.fail(element, "a whole number", s)
		return 0
	}
	return n
}

// coordinate parses a pixel coordinate, rounding halves away from zero.
func (p *valueParser) coordinate(element, s string) int {
	v, err := strconv.ParseFloat(trim(s), 64)
	if err != nil || !(math.Abs(v) <= maxPixels) {
		p.fail(element, "a pixel coordinate", s)
		return 0
	}
	return int(math.Round(v))
}

// flag parses 0 or 1; an absent element is 0.
func (p *valueParser) flag(element, s string) bool {
	switch trim(s) {
	case "", "0":
	case "1":
		return true
	default:
		p.fail(element, "0 or 1", s)
	}
	return false
}
