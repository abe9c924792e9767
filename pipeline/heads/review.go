package heads

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/heads/metrics"
)

// reviewFile is what a report shows of the scored images, beside ScoresFile: curves, and the images that scored best
// and worst.
const reviewFile = "review.json"

// Review is the content of reviewFile.
type Review struct {
	Scored  string        `json:"scored"`           // which images
	Classes []ReviewClass `json:"classes"`          // of average precision; of recall none
	Images  *ReviewLists  `json:"images,omitempty"` // of all classes, where each image has one label
}

// ReviewClass is precision against recall of one class, and its images.
type ReviewClass struct {
	Name      string        `json:"name"`
	AP        metrics.Value `json:"ap"`        // all-point; the mean of several splits
	Positives int           `json:"positives"` // of the first split
	Recall    []float64     `json:"recall"`
	Precision []float64     `json:"precision"`
	Bands
	ReviewLists
}

// ReviewLists are the images worth looking at, the most telling first.
type ReviewLists struct {
	Best     []ReviewImage `json:"best"`     // highest scores, or recognised by the largest margin
	Mistakes []ReviewImage `json:"mistakes"` // negatives with the highest scores, or wrong by the largest margin
	Hardest  []ReviewImage `json:"hardest"`  // positives with the lowest scores, or whose class ranks lowest
}

// ReviewImage is a row of the feature table with what was said of it.
type ReviewImage struct {
	ID    string        `json:"id"` // IMAGE, or IMAGE#OBJECT
	Score metrics.Value `json:"score"`
	Place int           `json:"place,omitempty"` // in the ranking of the class, or of its class among all, from 1
	Right *bool         `json:"right,omitempty"` // nil: not known
	True  string        `json:"true,omitempty"`  // class, where there is one
	Taken string        `json:"taken,omitempty"` // predicted class, where there is one
}

// The lengths of lists and curves in a review.
const (
	reviewOfClass = 6
	reviewOfAll   = 12
	reviewPoints  = 100
)

// review sums up the scored images: of each class, where the protocol has average precision, the curve of all splits
// and the images of the first; where each image has one class, those of all classes together.
func (r *Result) review() (*Review, error) {
	s, v := &r.Splits[0], &Review{Scored: "the images of " + r.Scored}
	if r.Random() {
		v.Scored = fmt.Sprintf("the test images of seed %d", s.Seed)
	}
	var names []string
	for k, c := range r.Classes {
		names = append(names, c.Name)
		if !c.Figures.Has("ap") {
			continue
		}
		if err := v.addClass(c.Name, s.IDs, s.Scores[k], s.True[k]); err != nil {
			return nil, err
		}
		if len(r.Splits) > 1 {
			one := &v.Classes[len(v.Classes)-1]
			one.AP = c.Figures.Get("ap")
			if err := one.average(r.Splits, k); err != nil {
				return nil, err
			}
		}
	}
	if s.Confusion == nil {
		return v, nil
	}
	truth := make([]int, len(s.IDs))
	for i := range truth {
		truth[i] = slices.IndexFunc(s.True, func(y []int8) bool { return y[i] > 0 })
	}
	v.Images = reviewAll(names, s.IDs, s.Scores, truth, s.Best())
	for k := range v.Classes { // the lists of all classes say it
		v.Classes[k].ReviewLists = ReviewLists{}
	}
	return v, nil
}

// column is the scores of image i, a class each.
func column(scores [][]float64, i int) []float64 {
	one := make([]float64, len(scores))
	for k := range scores {
		one[k] = scores[k][i]
	}
	return one
}

// addClass adds a class's curve and images. truth is +1, -1, or 0 for what is not scored.
func (v *Review) addClass(name string, ids []string, scores []float64, truth []int8) error {
	curve, err := metrics.PrecisionRecall(scores, truth)
	if err != nil {
		return fmt.Errorf("class %s: %w", name, err)
	}
	c := ReviewClass{Name: name, AP: curve.APAll(), Positives: curve.Positives}
	if curve.Positives > 0 {
		c.Recall, c.Precision = thinned(curve)
	}
	var rank []int
	for i := range ids {
		if truth[i] != 0 || curve.Positives == 0 {
			rank = append(rank, i)
		}
	}
	slices.SortStableFunc(rank, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	image := func(place int) ReviewImage {
		i := rank[place]
		im := ReviewImage{ID: ids[i], Score: metrics.Value(scores[i]), Place: place + 1}
		if curve.Positives > 0 {
			right := truth[i] > 0
			im.Right = &right
		}
		return im
	}
	for place, i := range rank {
		if math.IsInf(scores[i], -1) {
			break // failed images tell nothing about the head
		}
		if place < reviewOfClass {
			c.Best = append(c.Best, image(place))
		}
		if curve.Positives > 0 && truth[i] < 0 && len(c.Mistakes) < reviewOfClass {
			c.Mistakes = append(c.Mistakes, image(place))
		}
	}
	for place := len(rank) - 1; place >= 0 && len(c.Hardest) < reviewOfClass; place-- {
		if i := rank[place]; truth[i] > 0 && !math.IsInf(scores[i], -1) {
			c.Hardest = append(c.Hardest, image(place))
		}
	}
	v.Classes = append(v.Classes, c)
	return nil
}

// thinned returns the curve at its hits, of which there may be many at every so manyth.
func thinned(c metrics.Curve) (recall, precision []float64) {
	before := 0.0
	var hits []int
	for i, r := range c.Recall {
		if r > before {
			hits = append(hits, i)
		}
		before = r
	}
	for n := range min(len(hits), reviewPoints) {
		i := hits[n]
		if len(hits) > reviewPoints {
			i = hits[n*(len(hits)-1)/(reviewPoints-1)]
		}
		recall, precision = append(recall, c.Recall[i]), append(precision, c.Precision[i])
	}
	return recall, precision
}

// reviewAll picks among images of one label each; predicted is -1 where there is no descriptor. Margins are differences
// to the score of the best other class, or of the true one.
func reviewAll(names, ids []string, scores [][]float64, truth, predicted []int) *ReviewLists {
	var right, wrong []ReviewImage
	for i, id := range ids {
		if predicted[i] < 0 || truth[i] < 0 {
			continue
		}
		one := column(scores, i)
		ok := predicted[i] == truth[i]
		im := ReviewImage{ID: id, True: names[truth[i]], Taken: names[predicted[i]], Place: metrics.Rank(one, truth[i]) + 1, Right: &ok}
		if ok {
			next := math.Inf(-1)
			for k, s := range one {
				if k != truth[i] {
					next = max(next, s)
				}
			}
			im.Score = metrics.Value(one[truth[i]] - next)
			right = append(right, im)
			continue
		}
		im.Score = metrics.Value(one[predicted[i]] - one[truth[i]])
		wrong = append(wrong, im)
	}
	byMargin := func(a, b ReviewImage) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	}
	slices.SortFunc(right, byMargin)
	slices.SortFunc(wrong, byMargin)
	l := &ReviewLists{Best: first(right, reviewOfAll), Mistakes: first(wrong, reviewOfAll)}
	slices.SortStableFunc(wrong, func(a, b ReviewImage) int { return b.Place - a.Place })
	l.Hardest = first(wrong, reviewOfAll)
	return l
}

// first returns a copy of the first n of a list, or all.
func first[T any](list []T, n int) []T { return slices.Clone(list[:min(n, len(list))]) }
