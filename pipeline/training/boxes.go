package training

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"fc7/datasets"
	"fc7/heads/localise"
	"fc7/internal/usage"
	"fc7/vgg"
)

// BoxOptions make a fine-tuning one of a net that predicts boxes (appendix A of the paper).
type BoxOptions struct {
	Regress  string  `json:"regress"`   // localise.Single or localise.PerClass
	Tune     string  `json:"tune"`      // TuneFC or TuneAll
	Targets  string  `json:"targets"`   // TargetsStandard or TargetsPixels
	Clip     bool    `json:"clip"`      // what of a box is beyond the crop is not asked for
	MinShare float64 `json:"min_share"` // of the object in a random crop; 0: none
	Several  string  `json:"several"`   // which box of several: SeveralLargest, SeveralRandom or SeveralCentral
}

// What BoxOptions name, the defaults first: the paper says nothing of Targets, Several and the bounds of crops.
const (
	TuneFC  = "fc"  // the fully connected layers
	TuneAll = "all" // all layers

	TargetsStandard = "standard" // units of the crop, less the mean and divided by the deviation of the training set's
	TargetsPixels   = "pixels"

	SeveralLargest = "largest"
	SeveralRandom  = "random"  // another one in each view
	SeveralCentral = "central" // the nearest to the image's middle
)

// DefaultBoxes is a training of a net that predicts boxes, at the paper's rate.
func DefaultBoxes() TuneJob {
	j := DefaultTune()
	j.NewRate, j.Batch, j.Views, j.Epochs = 0.1, 32, 16, 50
	j.Boxes = &BoxOptions{Regress: localise.Single, Tune: TuneFC, Targets: TargetsStandard, Several: SeveralLargest}
	j.Freeze = []string{"conv"}
	return j
}

func (o *BoxOptions) check() error {
	for _, c := range []struct {
		what, is string
		of       []string
	}{
		{"regression", o.Regress, []string{localise.Single, localise.PerClass}},
		{"layers to tune", o.Tune, []string{TuneFC, TuneAll}},
		{"targets", o.Targets, []string{TargetsStandard, TargetsPixels}},
		{"box of several", o.Several, []string{SeveralLargest, SeveralRandom, SeveralCentral}},
	} {
		if !slices.Contains(c.of, c.is) {
			return usage.Unknown(c.what, c.is, c.of...)
		}
	}
	if !(o.MinShare >= 0 && o.MinShare <= 1) {
		return usage.Errorf("a crop with %v of the object at least: expected a share from 0 (none) to 1", o.MinShare)
	}
	return nil
}

// boxes are what is learnt where the net is to predict them.
type boxes struct {
	o    BoxOptions
	of   [][]object // of each item
	head localise.Head
}

// Boxes are learnt by VGGs alone, which see so many pixels.
const (
	boxCrop  = vgg.MinSide
	boxInput = 3 * boxCrop * boxCrop
)

// object is a box of a class.
type object struct {
	*datasets.Box
	class int
}

// newBoxSplit is newSplit for items with boxes: images are held out of the classes of their first objects.
func newBoxSplit(set *datasets.Set, objects [][]datasets.ObjectBox, j TuneJob) (*split, error) {
	s := &split{classes: set.Classes, class: make([]int, len(set.Items))}
	s.boxes = &boxes{o: *j.Boxes, of: make([][]object, len(set.Items))}
	s.boxes.head = localise.Head{Regress: j.Boxes.Regress, Classes: set.Classes, Crop: boxCrop, Deviation: [4]float64{1, 1, 1, 1}} // until it is settled
	place := s.places()
	for i, list := range objects {
		for _, o := range list {
			s.boxes.of[i] = append(s.boxes.of[i], object{o.Box, place[o.Class]})
		}
		s.class[i] = s.boxes.of[i][0].class
	}
	perClass := make([][]int, len(set.Classes))
	s.divide(set, func(i int) *[]int { return &perClass[s.class[i]] })
	return s, s.complete(set, perClass, j.HeldOut, j.Seed)
}

// outputs is the width of the net's last layer.
func (s *split) outputs() int {
	if s.boxes != nil {
		return s.boxes.head.Outputs()
	}
	return len(s.classes)
}

// tail is how many numbers of an input are not the net's, but say what box is in it: see target.
func (s *split) tail() int {
	if s.boxes != nil {
		return targetSize
	}
	return 0
}

// identify writes what is learnt of an item's boxes; of none nothing.
func (b *boxes) identify(to io.Writer, item int) {
	if b == nil {
		return
	}
	for _, o := range b.of[item] {
		fmt.Fprintf(to, "[%d %v %v %v %v %s]\n", o.class, o.XMin, o.YMin, o.XMax, o.YMax, o.Corners())
	}
}

// words say what the boxes of views depend on, beside the objects; of none nothing.
func (b *boxes) words() string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%s, clipped %t, share %v", b.o.Several, b.o.Clip, b.o.MinShare)
}

// choose is the object that is learnt of an item, of an image of that size.
func (b *boxes) choose(item int, of localise.Size, r *rand.Rand) object {
	list := b.of[item]
	if b.o.Several == SeveralRandom {
		return list[r.IntN(len(list))]
	}
	worst := func(o object) float64 {
		c := of.Of(boxIn(o.Box, of)).Centred()
		if b.o.Several == SeveralCentral {
			return math.Hypot((c[0]-0.5)*float64(of.Width), (c[1]-0.5)*float64(of.Height))
		}
		return -c[2] * c[3]
	}
	return slices.MinFunc(list, func(x, y object) int { return cmp.Compare(worst(x), worst(y)) })
}

// boxIn is a box in pixels of an image of that size.
func boxIn(b *datasets.Box, of localise.Size) localise.Box {
	in := b.In(of.Width, of.Height)
	return localise.Box{XMin: in.XMin, YMin: in.YMin, XMax: in.XMax, YMax: in.YMax}
}
