package protocol

import (
	"fmt"

	"fc7/heads/metrics"
)

// vocHelp is of both years: they differ in the average precision that counts.
const vocHelp = `C chosen on val, heads of trainval, average precision on test; images
whose objects of a class are all difficult are ignored`

// voc2007 trains one-vs-rest heads on image labels and scores them by average precision, as VOC's classification task
// does, by the set's splits; the devkit of 2007 counts the precision at 11 recalls.
//
// Images of none of the classes are negatives of all; those of which nothing is known are not trained on. Test images
// may be such, as those of VOC 2012 are: then there are scores, but no figures.
var voc2007 = Protocol{
	Name: "voc2007", Kind: "voc2007", help: vocHelp, takes: []string{takesDifficult, takesCompetition},
	figures: vocFigures, Headline: vocFigures[:1], summary: vocFigures, columns: vocColumns,
	file: metrics.ClassificationFile, Paper: &paperVOC2007,
	defaults: Options{Difficult: DifficultOut, ChooseBy: metrics.AllPoint, Competition: 1}, prepare: vocTask,
}

// voc2012 is the same by the devkit of 2012, which counts the area under the curve.
var voc2012 = Protocol{
	Name: "voc2012", Kind: "voc2012", help: vocHelp, takes: []string{takesDifficult, takesCompetition},
	figures: vocFigures, Headline: vocFigures[1:], summary: vocFigures, columns: vocColumns,
	file: metrics.ClassificationFile, Paper: &paperVOC2012,
	defaults: Options{Difficult: DifficultOut, ChooseBy: metrics.AllPoint, Competition: 1}, prepare: vocTask,
}

var (
	vocFigures = []string{"mean_ap_11", "mean_ap"}
	vocColumns = []string{"train", "test", "ignored", "c", "ap_11", "ap"}
)

func vocTask(d Data, o Options) (*task, error) {
	of, err := d.checked()
	if err != nil {
		return nil, err
	}
	p, err := d.ownSplits(o.Settings)
	if err != nil {
		return nil, err
	}
	p.leaveUnknown(d)
	v, err := p.division(d, o.Settings, p.trained)
	if err != nil {
		return nil, err
	}
	y := d.labelMatrix(of, map[Difficult]int8{DifficultPositive: 1, DifficultNegative: -1}[o.Difficult])
	truth := d.labelMatrix(of, 0)
	return &task{
		d: d, o: o, y: y, held: truth, truth: truth, trained: p.trained, scored: p.scored, notes: p.notes, learnt: true,
		divisions: []division{v},
		count: func(k int, v division) Counts {
			return Counts{
				{"train", count(y[k], d.present(v.train), 1)},
				{"test", count(truth[k], v.test, 1)},
				{"negatives", count(truth[k], v.test, -1)},
				{"ignored", count(truth[k], v.test, 0)},
			}
		},
		end: func(r *Result) error { return vocEnd(r, d.labelled(p.score)) },
	}, nil
}

// leaveUnknown leaves the rows of which nothing is known out of training and of the choice of C; where others are
// scored, notes say that they have scores, but no part in the figures.
func (p *ownPlan) leaveUnknown(d Data) {
	if n := d.unknown(p.fit); n > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%d of %d rows of %s have no label and are left out", n, len(p.fit), p.trained))
	}
	if n := d.unknown(p.score); n > 0 && n < len(p.score) {
		p.notes = append(p.notes, fmt.Sprintf("%d of %d rows of %s have no label: they have scores, and no part in the figures", n, len(p.score), p.scored))
	}
	for _, of := range []*[]int{&p.fit, &p.train, &p.held} {
		*of = d.onlyKnown(*of)
	}
}

// vocEnd says which classes were not learnt, and refuses a result without any figure unless the scored images have no
// labels.
func vocEnd(r *Result, labelled bool) error {
	for _, c := range r.Classes {
		if c.Counts.Get("train") == 0 {
			r.Notes = append(r.Notes, fmt.Sprintf("class %s has no positive image to train on", c.Name))
		}
	}
	if !labelled {
		r.Notes = append(r.Notes, fmt.Sprintf("%s has no labels: there are scores and result files of it, but no figures; the curve of C has those of its held-out images", r.Scored))
		return nil
	}
	if len(r.Undefined) == len(r.Classes) {
		return fmt.Errorf("protocol: no class has positive images both in %s (%d images) and in %s (%d images): extract more of the data set",
			r.Trained, r.Splits[0].Images.Train, r.Scored, r.Splits[0].Images.Test)
	}
	return nil
}
