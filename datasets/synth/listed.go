package synth

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fc7/datasets"
	"fc7/internal/matfile"
)

// listedLayout is what the layouts differ in that are a folder of images with lists beside it. A class is known by its
// number, from 0, an image by its number in its class, from 0; the k-th of four of a class is in that split of train,
// train, val, test, or, where there is no val, to train.
type listedLayout struct {
	name, kind string
	classes    int
	stream     uint64
	top        string                      // what it has at the top, with spaces between
	image      func(im *drawnImage) string // its path
	lists      func(s *listedSet)          // writes what lies beside the images
	banner     int                         // rows of pixels at the foot of each image that are no part of it
}

// drawnImage is an image of such a layout.
type drawnImage struct {
	class, of int // its class, and its number in it
	number    int // among all, from 0
	split     string
	path      string
	box       trace
	w, h      int
}

// listedSet is a set that is being drawn; the first error stays.
type listedSet struct {
	dir     string
	classes int
	images  []drawnImage
	seed    uint64
	err     error
}

// in tells whether an image is in a split; trainval has what train and val have.
func (im *drawnImage) in(split string) bool {
	return im.split == split || split == datasets.SplitTrainVal && im.split != datasets.SplitTest
}

// at is the split of an image in a numbered division, from 1.
func (s *listedSet) at(im *drawnImage, division int) string {
	return fourSplits[(im.of+division-1)%len(fourSplits)]
}

var fourSplits = []string{datasets.SplitTrain, datasets.SplitVal, datasets.SplitTest, datasets.SplitTrain}

// text writes a list, a line of each image for which there is one.
func (s *listedSet) text(name string, line func(im *drawnImage) string) {
	var b strings.Builder
	for i := range s.images {
		if text := line(&s.images[i]); text != "" {
			b.WriteString(text + "\n")
		}
	}
	s.write(name, []byte(b.String()))
}

// names writes a list of the classes.
func (s *listedSet) names(name string, line func(class int) string) {
	var b strings.Builder
	for c := range s.classes {
		b.WriteString(line(c) + "\n")
	}
	s.write(name, []byte(b.String()))
}

// mat writes a file of MATLAB.
func (s *listedSet) mat(name string, variables []string, values ...matfile.Written) {
	var b strings.Builder
	if err := matfile.Write(&b, variables, values); err != nil && s.err == nil {
		s.err = err
	}
	s.write(name, []byte(b.String()))
}

func (s *listedSet) write(name string, data []byte) {
	to := filepath.Join(s.dir, filepath.FromSlash(name))
	if s.err == nil {
		s.err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if s.err == nil {
		s.err = os.WriteFile(to, data, 0o644)
	}
}

// xml is a VOC annotation of one object.
func (im *drawnImage) xml(name string) []byte {
	return fmt.Appendf(nil, "<annotation>\n\t<filename>%s</filename>\n\t<size><width>%d</width><height>%d</height><depth>3</depth></size>\n"+
		"\t<object><name>%s</name><bndbox><xmin>%d</xmin><ymin>%d</ymin><xmax>%d</xmax><ymax>%d</ymax></bndbox></object>\n</annotation>\n",
		path.Base(im.path), im.w, im.h, name, im.box.xmin+1, im.box.ymin+1, im.box.xmax+1, im.box.ymax+1)
}

// generate writes the layout into dir.
func (l listedLayout) generate(ctx context.Context, dir string, o Options) (Summary, error) {
	r := rand.New(rand.NewPCG(o.Seed, l.stream))
	s := &listedSet{dir: dir, classes: o.Classes, seed: o.Seed}
	var scenes []scene
	for n := range o.Images {
		im := drawnImage{class: n % o.Classes, of: n / o.Classes, number: n}
		im.split = fourSplits[im.of%len(fourSplits)]
		im.path = l.image(&im)
		sc := scene{
			path: im.path, w: o.Size, h: scaled(333+r.IntN(168), o.Size, 500),
			seed: o.Seed, stream: l.stream + uint64(n+1), clutter: 6 + r.IntN(8),
		}
		sc.things = []thing{within(r, cell{0, 0, float64(sc.w), float64(sc.h)}, im.class, 0.55, 0.95)}
		sc.h, sc.banner = sc.h+l.banner, l.banner
		im.w, im.h = sc.w, sc.h
		scenes, s.images = append(scenes, sc), append(s.images, im)
		if s.err == nil {
			s.err = os.MkdirAll(filepath.Join(dir, filepath.FromSlash(path.Dir(im.path))), 0o755)
		}
	}
	if s.err != nil {
		return Summary{}, s.err
	}
	traces, bytes, err := drawAll(ctx, dir, scenes, o)
	if err != nil {
		return Summary{}, err
	}
	for i := range s.images {
		s.images[i].box = traces[i][0]
	}
	l.lists(s)
	return Summary{Images: len(scenes), Classes: s.classes, objects: len(scenes), bytes: bytes}, s.err
}
