package evidence

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// Shown is the evidence of an image for a page: the numbers, and a small picture of each class.
type Shown struct {
	Told
	Words    string   // what colours and frames are, and what a position sees
	Limit    float64  // what the strongest colour is worth
	Pictures [][]byte // JPEG, of each class all scales together
}

// A small picture.
const (
	smallSide    = 150 // the longer side, pixels: two lie side by side in a panel
	smallQuality = 75
)

// Show applies a head to images and tells the evidence of each: of the top classes of the highest scores, and of those
// that the image is labelled with. An image without a score is passed over.
func Show(ctx context.Context, j heads.PredictJob, top int, tell func(Shown) error, ev conveyor.Events) error {
	j.Explain = &heads.ExplainJob{
		Ask: heads.Ask{Top: top, Labels: true, Side: smallSide}, Images: max(1, len(j.Only)),
		Tell: func(e *heads.Evidence) error {
			s, err := small(e)
			if err != nil {
				return err
			}
			return tell(s)
		},
	}
	err := heads.Predict(ctx, j, func(heads.Prediction) error { return nil }, ev)
	if errors.Is(err, conveyor.ErrSomeFailed) {
		return nil // of which warnings told
	}
	return err
}

func small(e *heads.Evidence) (Shown, error) {
	a := heatsOf(e, e.Photo.W, e.Photo.H)
	s := Shown{Told: Told{Image: e.Image, Object: e.Object}, Words: words(e), Limit: a.limit}
	for k := range e.Classes {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, a.overlay(k, allScales), &jpeg.Options{Quality: smallQuality}); err != nil {
			return s, err
		}
		s.Classes, s.Pictures = append(s.Classes, numbersOf(e, k)), append(s.Pictures, b.Bytes())
	}
	return s, nil
}
