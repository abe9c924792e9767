package synth

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"fc7/internal/atomicfile"
	"fc7/internal/usage"
)

// Options of a drawn data set. Layout must be given; zero values of the others stand for the defaults.
type Options struct {
	Layout string
	// Images is how many JPEG files are drawn, up to 999,999; 0: 100. VOC's layouts take 4 or more, and from 16 on each
	// of their classes has a positive image in each split; the others take 3 or more.
	Images int
	// Seed chooses the data set.
	Seed uint64
	// Classes is how many class folders a layout of Caltech or ImageNet has, with the background, or classes that of
	// one's own images; 0: one for every ten images, at least 3 and at most those of the published set. VOC's layouts
	// have all classes of their set.
	Classes int
	// Boxes draws the annotations of ImageNet's localisation challenge too, of train and val.
	Boxes bool
	// Alone draws, in the layout vocxml, square images of one object each, which lies wholly in the image, at any place
	// on cluttered ground, and whose sides are 20 to 90 % of the image's: three quarters to train, of 8 or more. Each
	// has one right box.
	Alone bool
	// Size is the longer side of the images in pixels, 32 to 4096; 0: about that of the published set.
	Size int
	// Replace lets the data set take the place of what stands in its folder.
	Replace bool
	// quality is that of the JPEG encoder, 1 to 100; 0: 90.
	quality int
	// workers is how many images are drawn at a time; 0: one a processor. It does not change the result.
	workers int
	// Progress, if set, is called after each image with the number done so far, by one goroutine at a time.
	progress func(done, total int)
}

// Summary tells what was written.
type Summary struct {
	Root      string // the folder of the data set
	Spec      string // by which datasets.Open opens it
	Images    int
	Classes   int
	objects   int // annotated ones
	difficult int // of the objects
	bytes     int64
}

// Generate draws a data set into the folder dir, which must be empty or absent unless o says that it is replaced; its
// parents are made. It is drawn beside dir under a temporary name and renamed when it is complete: after an error or a
// cancelled context dir is what it was, and nothing is beside it.
func Generate(ctx context.Context, dir string, o Options) (Summary, error) {
	o, err := o.complete()
	if err != nil {
		return Summary{}, fmt.Errorf("draw data set: %w", err)
	}
	l, err := layoutNamed(o.Layout)
	if err != nil {
		return Summary{}, fmt.Errorf("draw data set: %w", err)
	}
	at, err := target(dir, o.Replace)
	if err != nil {
		return Summary{}, fmt.Errorf("draw data set: %w", err)
	}
	var sum Summary
	err = atomicfile.Folder(ctx, at, o.Replace, func(tmp string) error {
		if sum, err = l.generate(ctx, tmp, o); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(tmp, readmeName), []byte(o.readme()), 0o644)
	})
	if err != nil {
		return Summary{}, fmt.Errorf("draw data set: %w", err)
	}
	sum.Root = dir
	sum.Spec = l.kind + ":" + dir
	return sum, nil
}

// Check tells what is wrong with the options.
func (o Options) Check() error {
	_, err := o.complete()
	return err
}

// complete checks the options and puts in the defaults.
func (o Options) complete() (Options, error) {
	l, err := layoutNamed(o.Layout)
	if err != nil {
		return o, err
	}
	o.Images = orDefault(o.Images, 100)
	o.Size = orDefault(o.Size, l.size)
	o.quality = orDefault(o.quality, 90)
	if l.classes == 0 && o.Classes != 0 {
		return o, usage.Errorf("classes: %d would do nothing with the layout %s, which has all classes of the published set: leave them out, or choose a layout that has as many as are asked for, %s",
			o.Classes, o.Layout, usage.OneOf(WithClasses()))
	}
	if o.Boxes && o.Layout != layoutImageNet {
		return o, usage.Errorf("boxes: they would do nothing with the layout %s: of ImageNet's they are a choice", o.Layout)
	}
	if o.Alone && o.Layout != layoutVOCXML {
		return o, usage.Errorf("one object an image: it would do nothing with the layout %s: of %s it is a choice", o.Layout, layoutVOCXML)
	}
	fewest := l.fewest
	if o.Alone {
		fewest = aloneFewest
	}
	for _, c := range []struct {
		name               string
		value, least, most int
	}{
		{"images", o.Images, fewest, 999_999},
		{"longer side", o.Size, 32, 4096},
		{"quality", o.quality, 1, 100},
		{"workers", o.workers, 0, 1 << 16},
	} {
		if c.value < c.least || c.value > c.most {
			return o, usage.Errorf("%s: want %d to %d for the layout %s, found %d", c.name, c.least, c.most, o.Layout, c.value)
		}
	}
	if l.classes > 0 {
		o.Classes = orDefault(o.Classes, min(max(o.Images/10, 3), l.classes))
		if most := min(l.classes, o.Images); o.Classes < 2 || o.Classes > most {
			return o, usage.Errorf("classes: want 2 to %d for the layout %s, found %d", most, o.Layout, o.Classes)
		}
	}
	return o, nil
}

func orDefault(v, d int) int {
	if v == 0 {
		return d
	}
	return v
}

// readme is laid beside the data, lest somebody take it for the real one.
const (
	readmeName  = "README.txt"
	readmeBegin = "A synthetic data set in the layout of "
)

func (o Options) readme() string {
	text := fmt.Sprintf(readmeBegin+"%s: every image was drawn by a program.\n"+
		"The classes bear the names of the real set, but show textured shapes; numbers of classes are not the real ones.\n\n"+
		"images %d\nlonger side %d\nJPEG quality %d\nseed %d\n", o.Layout, o.Images, o.Size, o.quality, o.Seed)
	if o.Boxes {
		text += "with boxes\n"
	}
	if o.Alone {
		text += "one object an image\n"
	}
	return text
}
