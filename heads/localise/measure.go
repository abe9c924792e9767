package localise

import "fmt"

// Enough is the IoU from which on a box is right.
const Enough = 0.5

// MostPredictions is how many predictions of an image count: the challenge takes five.
const MostPredictions = 5

// Prediction is a class that an image is said to be of, and where its object is said to be.
type Prediction struct {
	Class int
	Box   Box
}

// Image is what is known and what was predicted of one.
type Image struct {
	Class int
	Boxes []Box // the true ones, of the class; one at least
	// Predicted are the predictions, the surest first; those beyond MostPredictions do not count.
	Predicted []Prediction
	// Given is the box predicted where the class is given; nil: none was.
	Given *Box
}

// Measures are shares of 0 to 1 of the images.
type Measures struct {
	Images int
	// Top5 is the share of images of which one of the first five predictions has the right class and, with one of the
	// true boxes, an IoU of Enough or more; Top1 that of the first prediction alone. Classified5 and Classified1 ask
	// for the class alone.
	Top1, Top5, Classified1, Classified5 float64
	// Given is the share of images whose box is right where the class is given; one without such a box is wrong.
	Given float64
	// CorLoc is Given of the images of each class, and MeanIoU the mean over images of the IoU of that box with the
	// true one that is nearest.
	CorLoc  map[int]float64
	MeanIoU float64
}

// Measure scores predictions. Without images, or with one that has no true box, it is an error.
func Measure(images []Image) (m Measures, err error) {
	if len(images) == 0 {
		return m, fmt.Errorf("score boxes: want one image or more, found none")
	}
	m.Images, m.CorLoc = len(images), make(map[int]float64)
	of := make(map[int]int)
	for i := range images {
		im := &images[i]
		if len(im.Boxes) == 0 {
			return m, fmt.Errorf("score boxes: image %d has no true box: leave it out", i+1)
		}
		best := im.given()
		right := share(best >= Enough)
		m.MeanIoU += best
		m.Given += right
		m.CorLoc[im.Class] += right
		of[im.Class]++
		m.Top1 += share(im.right(1))
		m.Top5 += share(im.right(MostPredictions))
		m.Classified1 += share(im.classified(1))
		m.Classified5 += share(im.classified(MostPredictions))
	}
	for _, sum := range []*float64{&m.Top1, &m.Top5, &m.Classified1, &m.Classified5, &m.Given, &m.MeanIoU} {
		*sum /= float64(len(images))
	}
	for class, n := range of {
		m.CorLoc[class] /= float64(n)
	}
	return m, nil
}

func share(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// Nearest is the greatest IoU of a box with one of several.
func Nearest(b Box, boxes []Box) (most float64) {
	for _, t := range boxes {
		most = max(most, iou(b, t))
	}
	return most
}

// given is the IoU of the box of the given class.
func (im *Image) given() float64 {
	if im.Given == nil {
		return 0
	}
	return Nearest(*im.Given, im.Boxes)
}

// right tells whether one of the first n predictions has the class and a right box.
func (im *Image) right(n int) bool {
	for _, p := range im.Predicted[:min(n, len(im.Predicted))] {
		if p.Class == im.Class && Nearest(p.Box, im.Boxes) >= Enough {
			return true
		}
	}
	return false
}

// classified tells whether one of the first n predictions has the class.
func (im *Image) classified(n int) bool {
	for _, p := range im.Predicted[:min(n, len(im.Predicted))] {
		if p.Class == im.Class {
			return true
		}
	}
	return false
}
