package datasets

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// coco is Microsoft COCO (Lin et al. 2014), any edition with its annotations of instances: 80 classes, several an
// image. An image is of the classes of its objects; a class of which it has crowds alone is ignored, as VOC's difficult
// objects are; one without objects is of none. Boxes are counted from 0, with width and height.
var coco = listedSet{
	KindInfo: KindInfo{
		Name:    "coco",
		Summary: "COCO: 80 classes, several an image, by the instances of train and val; with --objects box the objects",
		Tree: "PATH/annotations/instances_train2017.json, instances_val2017.json, or of another year\n" +
			"PATH/train2017/000000000009.jpg …, PATH/val2017/… or both in PATH/images",
		Example: "coco:/data/coco",
		Options: []KindOption{
			{Name: "crowds", Values: []string{"ignore", "count", "drop"}, Summary: "of a class of which an image has crowds alone: neither hit nor miss, or it is of it, or not"},
			{Name: "tiny", Summary: "objects of fewer square pixels (their masks') are to be ignored, as crowds alone are"},
		},
	},
	marks: []string{"annotations"}, classes: 80, objects: true,
	read: func(l *lister) error {
		var found []string
		for _, split := range []string{SplitTrain, SplitVal} {
			years := []string{"2017", "2014"}
			i := slices.IndexFunc(years, func(year string) bool { return l.has("annotations/instances_" + split + year + ".json") })
			if i < 0 {
				l.set.Notes = append(l.set.Notes, fmt.Sprintf("there is no annotations/instances_%s%s.json: the images of %s are left out", split, years[0], split))
				continue
			}
			found = append(found, split+years[i])
		}
		if len(found) == 0 {
			return layoutError(l.k, l.root, "has no annotations/instances_train2017.json, nor another of train or val", "")
		}
		for _, in := range found {
			if err := l.instances(in); err != nil {
				return err
			}
		}
		return nil
	},
}

// cocoImage, cocoObject and cocoClass are what is read of the elements of a file.
type (
	cocoImage struct {
		ID     int64  `json:"id"`
		File   string `json:"file_name"`
		Width  int    `json:"width"`
		Height int    `json:"height"`
	}
	cocoObject struct {
		Image int64     `json:"image_id"`
		Class int64     `json:"category_id"`
		Box   []float64 `json:"bbox"`
		Area  *float64  `json:"area"` // nil: that of the box
		Crowd int       `json:"iscrowd"`
	}
	cocoClass struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
)

// instances reads the annotations of train or val of a year, in any order of their parts.
func (l *lister) instances(in string) error {
	name := "annotations/instances_" + in + ".json"
	f, err := l.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	tiny, err := strconv.Atoi(cmp.Or(l.own["tiny"], "0"))
	if err != nil {
		return err
	}
	c := cocoFile{tiny: tiny, classes: map[int64]string{}, images: map[int64]string{}, objects: map[int64][]cocoObject{}}
	if err := c.read(f); err != nil {
		return fmt.Errorf("%s: %w", l.path(name), err)
	}
	if err := l.addInstances(&c, in); err != nil {
		return fmt.Errorf("%s: %w", l.path(name), err)
	}
	return nil
}

// addInstances adds the images of a file that was read, in its order.
func (l *lister) addInstances(c *cocoFile, in string) error {
	for _, id := range c.classOrder {
		if err := l.class(c.classes[id]); err != nil {
			return err
		}
	}
	folder := in + "/"
	if !l.has(in) && l.has("images/"+in) {
		folder = "images/" + folder
	}
	split := strings.TrimRight(in, "0123456789")
	for _, im := range c.order {
		if err := l.image(folder+im.File, "", split); err != nil {
			return err
		}
		it := &l.items[len(l.items)-1]
		l.set.noteSize(it.ID, im.Width, im.Height)
		if err := l.addObjects(it, folder+im.File, c, c.objects[im.ID]); err != nil {
			return err
		}
	}
	return nil
}

// addObjects labels an image, and adds its boxes.
func (l *lister) addObjects(it *Item, name string, c *cocoFile, objects []cocoObject) error {
	sure := make(map[string]bool)
	crowds := l.own["crowds"]
	for _, o := range objects {
		class := c.classes[o.Class]
		b, err := o.box()
		if err != nil {
			return fmt.Errorf("image %d: %w", o.Image, err)
		}
		small := o.area() < float64(c.tiny)
		if o.Crowd == 0 || crowds != "drop" {
			sure[class] = sure[class] || (o.Crowd == 0 || crowds == "count") && !small
		}
		if o.Crowd != 0 || small {
			b = nil // of many objects, or of one to be ignored
		}
		if err := l.box(name, b, class); err != nil {
			return err
		}
	}
	var positive, ignored []string
	for _, class := range l.set.Classes {
		switch is, ok := sure[class]; {
		case is:
			positive = append(positive, class)
		case ok:
			ignored = append(ignored, class)
		}
	}
	it.labels = l.shared.shared(positive, ignored)
	it.None = it.labels == nil
	return nil
}

// area is how many square pixels the object has: as it is told, which is of its mask, or else those of its box.
func (o *cocoObject) area() float64 {
	if o.Area != nil {
		return *o.Area
	}
	return o.Box[2] * o.Box[3]
}

// box is that of the object, of one pixel at least.
func (o *cocoObject) box() (*Box, error) {
	if len(o.Box) != 4 || slices.ContainsFunc(o.Box, func(v float64) bool { return math.IsNaN(v) || math.Abs(v) > math.MaxInt32 }) {
		return nil, fmt.Errorf("want a bbox of x, y, width and height, found %v", o.Box)
	}
	x, y := o.Box[0]+1, o.Box[1]+1
	b := &Box{XMin: x, YMin: y, XMax: max(x, o.Box[0]+o.Box[2]), YMax: max(y, o.Box[1]+o.Box[3])}
	return b, nil
}

// cocoFile is what is in a file of instances.
type cocoFile struct {
	tiny       int // square pixels below which objects are to be ignored
	classes    map[int64]string
	classOrder []int64
	images     map[int64]string
	order      []cocoImage
	objects    map[int64][]cocoObject // by image, in the file's order
}

// Bounds of a file of instances: COCO's largest has 120,000 images and 860,000 objects, of up to 100 kB.
const (
	maxCocoBytes   = 4 << 30
	maxCocoElement = 16 << 20
	maxCocoImages  = 5_000_000
	maxCocoObjects = 50_000_000
)

// cocoPieces reads no more than so many bytes between two elements.
type cocoPieces struct {
	r    io.Reader
	left int
}

func (p *cocoPieces) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, fmt.Errorf("an element of more than %d bytes", maxCocoElement)
	}
	n, err := p.r.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// read takes the images, annotations and categories of a file.
func (c *cocoFile) read(r io.Reader) error {
	in := &cocoPieces{r: io.LimitReader(r, maxCocoBytes), left: maxCocoElement}
	d := json.NewDecoder(in)
	if err := opens(d, '{', "a JSON object"); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return cocoError(d, err)
		}
		in.left = maxCocoElement
		var take func() error
		switch key {
		case "images":
			take = c.image(d)
		case "annotations":
			take = c.object(d)
		case "categories":
			take = c.class(d)
		default:
			var other json.RawMessage
			if err := d.Decode(&other); err != nil {
				return cocoError(d, err)
			}
			continue
		}
		if err := elements(d, in, take); err != nil {
			return fmt.Errorf("%v: %w", key, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return cocoError(d, err)
	}
	return c.check()
}

// opens takes the mark that an object or array begins with.
func opens(d *json.Decoder, mark json.Delim, what string) error {
	t, err := d.Token()
	if err == nil && t != mark {
		err = fmt.Errorf("found %v", t)
	}
	if err != nil {
		return fmt.Errorf("want %s: %w", what, err)
	}
	return nil
}

// elements takes each of an array.
func elements(d *json.Decoder, in *cocoPieces, take func() error) error {
	if err := opens(d, '[', "an array"); err != nil {
		return err
	}
	for n := 1; d.More(); n++ {
		in.left = maxCocoElement
		if err := take(); err != nil {
			return fmt.Errorf("element %d: %w", n, err)
		}
	}
	_, err := d.Token()
	return cocoError(d, err)
}

// cocoError says where a file ends or is none.
func cocoError(d *json.Decoder, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
}

func (c *cocoFile) image(d *json.Decoder) func() error {
	return func() error {
		var im cocoImage
		if err := d.Decode(&im); err != nil {
			return cocoError(d, err)
		}
		if _, there := c.images[im.ID]; there || len(c.order) == maxCocoImages {
			return fmt.Errorf("image %d is listed twice, or is one of more than %d", im.ID, maxCocoImages)
		}
		c.images[im.ID] = im.File
		c.order = append(c.order, im)
		return nil
	}
}

func (c *cocoFile) object(d *json.Decoder) func() error {
	n := 0
	return func() error {
		var o cocoObject
		if err := d.Decode(&o); err != nil {
			return cocoError(d, err)
		}
		if n++; n > maxCocoObjects {
			return fmt.Errorf("more than %d objects", maxCocoObjects)
		}
		c.objects[o.Image] = append(c.objects[o.Image], o)
		return nil
	}
}

func (c *cocoFile) class(d *json.Decoder) func() error {
	return func() error {
		var k cocoClass
		if err := d.Decode(&k); err != nil {
			return cocoError(d, err)
		}
		if was, there := c.classes[k.ID]; there || slices.ContainsFunc(c.classOrder, func(id int64) bool { return c.classes[id] == k.Name }) {
			return fmt.Errorf("category %d, %s, is there twice (%s)", k.ID, escape.Short(k.Name), escape.Short(was))
		}
		c.classes[k.ID] = k.Name
		c.classOrder = append(c.classOrder, k.ID)
		return nil
	}
}

// check refuses objects of images and classes that are not there.
func (c *cocoFile) check() error {
	for _, im := range c.order {
		for _, o := range c.objects[im.ID] {
			if _, ok := c.classes[o.Class]; !ok {
				return fmt.Errorf("an object of image %d is of category %d, which is not there", im.ID, o.Class)
			}
		}
	}
	for id := range c.objects {
		if _, ok := c.images[id]; !ok {
			return fmt.Errorf("an object of image %d, which is not there", id)
		}
	}
	return nil
}
