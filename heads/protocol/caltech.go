package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// caltech101 trains one-vs-rest heads on random splits and scores them by mean class recall: of each class some images
// to train and some of the rest to test; C is chosen on a fifth of the training images, by mean class recall, and the
// heads are trained again on all of them. The class of the highest score is predicted.
//
// A class with too few images has three quarters of them to train on; notes say which. A class with one image is an
// error; classes without any are left out. It is the protocol of any set (set) with each row of one label, by random
// splits alone, and judged by recall alone.
var caltech101 = Protocol{
	Name: "caltech101", Kind: "caltech101", splits: randomSplits,
	help: `seeded random splits, 30 images a class to train, up to 50 to test, a
fifth of the training images held out for C; mean class recall`,
	figures: caltechFigures, Headline: caltechFigures[:1], summary: caltechFigures[:1], Paper: &paperCaltech101,
	defaults: Options{TrainPerClass: 30, TestPerClass: 50, Seeds: threeSeeds}, data: withoutSplits, prepare: caltechTask,
}

// caltech256 is the same with other numbers of images.
var caltech256 = Protocol{
	Name: "caltech256", Kind: "caltech256", splits: randomSplits,
	help:    "the same with 60 images to train and all others to test",
	figures: caltechFigures, Headline: caltechFigures[:1], summary: caltechFigures[:1], Paper: &paperCaltech256,
	defaults: Options{TrainPerClass: 60, TestPerClass: allOthers, Seeds: threeSeeds}, data: withoutSplits, prepare: caltechTask,
}

var (
	caltechFigures = []string{"mean_recall", "accuracy"}
	threeSeeds     = []uint32{0, 1, 2} // the paper's number of splits
)

// withoutSplits is d without splits and difficult objects, which Caltech's sets do not have.
func withoutSplits(d Data) (Data, error) {
	d.Ignored, d.Splits = nil, nil
	return d, nil
}

func caltechTask(d Data, o Options) (*task, error) {
	if _, err := d.checked(); err != nil {
		return nil, err
	}
	classes := len(d.Classes)
	d, of, err := d.caltechClasses()
	if err != nil {
		return nil, err
	}
	t, err := labelledTask(d, of, o)
	if err != nil {
		return nil, err
	}
	for i := range t.divisions {
		t.divisions[i].label, t.divisions[i].noted = fmt.Sprintf("seed %d", t.divisions[i].seed), fmt.Sprintf("split %d", t.divisions[i].seed)
	}
	t.count = func(k int, v division) Counts {
		return append(Counts{{"images", positives(t.truth[k], allRows(d))}}, trainAndTest(t, k, v)...)
	}
	t.end = func(r *Result) error {
		r.Notes = append(r.Notes, caltechNotes(r, classes)...)
		return nil
	}
	return t, nil
}

// caltechClasses is d with the classes that have images, in byte order, and their places; each row must have one label,
// or be of none of the classes.
func (d Data) caltechClasses() (Data, map[string]int, error) {
	has := map[string]bool{}
	for i, labels := range d.Labels {
		if d.none(i) {
			continue
		}
		if len(labels) != 1 {
			return d, nil, unfit("protocol: %s has %d labels, Caltech's images have one", d.IDs[i], len(labels))
		}
		has[labels[0]] = true
	}
	all := len(d.Classes)
	d.Classes = slices.DeleteFunc(slices.Clone(d.Classes), func(c string) bool { return !has[c] })
	slices.SortFunc(d.Classes, strings.Compare)
	if len(d.Classes) < 2 {
		return d, nil, tooLittle("protocol: %d of %d classes have images; recall needs at least two", len(d.Classes), all)
	}
	of, err := d.classIndex()
	return d, of, err
}

// caltechNotes name what is not as the protocol wants it: classes with too few images, and without any.
func caltechNotes(r *Result, classes int) (notes []string) {
	smaller, least := 0, r.Classes[0]
	for _, c := range r.Classes {
		if c.Counts.Get("train") < r.Options.TrainPerClass {
			smaller++
		}
		if c.Counts.Get("images") < least.Counts.Get("images") {
			least = c
		}
	}
	if smaller > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d classes have too few images for %d to train and one to test; three quarters of theirs are to train (the smallest, %s: %d of %d)",
			smaller, len(r.Classes), r.Options.TrainPerClass, least.Name, least.Counts.Get("train"), least.Counts.Get("images")))
	}
	if empty := classes - len(r.Classes); empty > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d classes have no image and are left out", empty, classes))
	}
	return notes
}

// DrawnRows returns the rows to train and to test on of the split that Caltech's protocols draw for a seed with the
// options, class by class in the order in which they draw them. Of d it needs IDs, Classes, Labels and None alone; rows
// of none of the classes are drawn as though they were a class, the last.
func DrawnRows(d Data, seed uint32, o Options) (train, test []int, err error) {
	if err := o.checkRandom(); err != nil {
		return nil, nil, err
	}
	if len(d.Labels) != len(d.IDs) {
		return nil, nil, fmt.Errorf("protocol: labels of %d rows for %d IDs", len(d.Labels), len(d.IDs))
	}
	if _, err := d.classIndex(); err != nil {
		return nil, nil, err
	}
	if d, _, err = d.caltechClasses(); err != nil {
		return nil, nil, err
	}
	strata, err := d.strata(allRows(d), true)
	if err != nil {
		return nil, nil, err
	}
	v := draw(strata, seed, o)
	return v.train, v.test, nil
}
