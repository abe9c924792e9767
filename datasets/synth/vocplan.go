package synth

import (
	"math/rand/v2"
	"path"

	"fc7/datasets"
)

// vocSplits are the disjoint official splits, and how many of four images are in each, or of eight where each has one
// object alone: such sets are for training.
var vocSplits = []struct {
	name          string
	shares, alone int
}{{datasets.SplitTrain, 1, 6}, {datasets.SplitVal, 1, 1}, {datasets.SplitTest, 2, 1}}

// vocSizes are typical sizes of VOC's photographs, by frequency in tenths.
var vocSizes = []struct{ tenths, w, h int }{{6, 500, 375}, {2, 375, 500}, {1, 500, 333}, {1, 333, 500}}

// vocScene is a scene with its name and split.
type vocScene struct {
	scene
	id    string
	split string
}

// plan plans the images in the order of their ids; splits are mixed among the ids.
func (e vocEdition) plan(o Options) []vocScene {
	r := rand.New(rand.NewPCG(o.Seed, e.stream))
	scenes := make([]vocScene, o.Images)
	order := r.Perm(o.Images)
	for i, split := range vocSplits {
		n := o.Images * split.shares / 4
		if o.Alone {
			n = o.Images * split.alone / 8
		}
		if i == len(vocSplits)-1 {
			n = len(order)
		}
		for k, classes := range spread(r, n, len(e.classes())) {
			at := order[k]
			scenes[at].split = split.name
			scenes[at].things = nil
			if o.Alone {
				classes = classes[:1]
			}
			e.planImage(r, &scenes[at], at, classes, o)
		}
		order = order[n:]
	}
	return scenes
}

// spread gives each of n images one class or, where there are fewer images than classes, up to six, such that each
// class comes up before any does again.
func spread(r *rand.Rand, n, classes int) [][]int {
	const most = 6
	each := min((classes+n-1)/n, most)
	var deck []int
	given := make([][]int, n)
	for range each {
		for i := range given {
			if len(deck) == 0 {
				deck = r.Perm(classes)
			}
			given[i] = append(given[i], deck[0])
			deck = deck[1:]
		}
	}
	return given
}

// planImage plans one image. The objects of the given classes lie on top, whole and apart, so that each of them is a
// positive; others below them are strewn anywhere, some of them small or faint.
func (e vocEdition) planImage(r *rand.Rand, s *vocScene, at int, classes []int, o Options) {
	s.id = e.idOf(at)
	s.path = path.Join(e.folder(), e.images(s.split), s.id+".jpg")
	s.seed, s.stream = o.Seed, e.stream+uint64(at+1)
	s.clutter = 8 + r.IntN(14)
	if o.Alone {
		s.w, s.h = o.Size, o.Size
		s.things = []thing{exactly(r, anyCell(r, float64(o.Size)), classes[0])}
		return
	}
	tenth := r.IntN(10)
	for _, size := range vocSizes {
		if tenth -= size.tenths; tenth < 0 {
			s.w, s.h = scaled(size.w, o.Size, 500), scaled(size.h, o.Size, 500)
			break
		}
	}
	for range extras(r) {
		class := r.IntN(len(e.classes()))
		if r.IntN(4) > 0 {
			s.things = append(s.things, anywhere(r, s.w, s.h, class, 0.25, 0.7))
			continue
		}
		t := anywhere(r, s.w, s.h, class, 0.1, 0.25)
		t.faint = true
		s.things = append(s.things, t)
	}
	for i, c := range cells(r, s.w, s.h, len(classes)) {
		s.things = append(s.things, within(r, c, classes[i], 0.5, 0.95))
	}
}

// The sides of an object that is alone, in shares of the image's.
const (
	aloneLeast = 0.2
	aloneMost  = 0.9
)

// aloneFewest images are the fewest of which there is one in each split.
const aloneFewest = 8

// anyCell is a cell at any place of a square image, each of whose sides is a share of the image's from aloneLeast to
// aloneMost.
func anyCell(r *rand.Rand, side float64) cell {
	w, h := side*between(r, aloneLeast, aloneMost), side*between(r, aloneLeast, aloneMost)
	return cell{between(r, 0, side-w), between(r, 0, side-h), w, h}
}

// extras draws how many more objects an image has: 0 to 4, 1.2 on average.
func extras(r *rand.Rand) int {
	return []int{0, 0, 0, 1, 1, 1, 1, 2, 3, 4}[r.IntN(10)]
}
