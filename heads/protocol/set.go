package protocol

import (
	"fmt"
)

// set trains and scores one-vs-rest heads on any labelled set: by accuracy, recall and top-5 where each image has one
// label, and by average precision a class.
//
// Splits that the set gives are used as VOC's are: C chosen on val, heads trained on trainval, scored on test; where
// its authors divided it several times, once for each division, and figures are their means. A set without any has
// seeded random splits, stratified by class, with a fifth of each class's training images held out for C. Rows of none
// of the classes are negatives of all of them: in training, and where average precision is computed; accuracy and
// recall are of the rows that have a class. Rows of which nothing is known are left out. Notes say how many.
var set = Protocol{
	Name: "set", splits: ownOrRandomSplits, takes: []string{takesShare},
	help: `any labelled set: by its own splits, or seeded stratified random ones;
accuracy, mean class recall and top-5 where each image has one label,
average precision a class always`,
	figures:  []string{"accuracy", "mean_recall", "top5", "mean_ap", "mean_ap_11"},
	Headline: []string{"mean_recall", "mean_ap"},
	summary:  []string{"accuracy", "mean_recall", "top5", "mean_ap"},
	columns:  []string{"train", "test", "recall", "ap", "ap_11"},
	defaults: Options{TrainFraction: 0.8, TestPerClass: allOthers, Seeds: threeSeeds}, prepare: setTask,
}

func setTask(d Data, o Options) (*task, error) {
	of, err := d.checked()
	if err != nil {
		return nil, err
	}
	return labelledTask(d, of, o)
}

// labelledTask is the task of checked data, whose classes of names are at those places.
func labelledTask(d Data, of map[string]int, o Options) (*task, error) {
	rows, single := d.labelledRows()
	y := d.labelMatrix(of, 0)
	t := &task{d: d, o: o, y: y, held: y, truth: y, trained: randomSplitsName, scored: randomSplitsName}
	if n := len(d.IDs) - len(rows); n > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%d of %d rows have no label and are left out", n, len(d.IDs)))
	}
	if n := d.nones(rows); n > 0 {
		note := fmt.Sprintf("%d of %d rows are of none of the classes: they are negatives of every class, in training and in average precision", n, len(d.IDs))
		if single {
			note += "; accuracy, recall and top-5 are of the rows that have a class"
		}
		t.notes = append(t.notes, note)
	}
	if single {
		t.class = make([]int, len(d.IDs))
		for i, labels := range d.Labels {
			t.class[i] = -1
			if len(labels) > 0 {
				t.class[i] = of[labels[0]]
			}
		}
	}
	t.count = func(k int, v division) Counts { return trainAndTest(t, k, v) }
	t.end = func(r *Result) error {
		r.Notes = append(r.Notes, shortNotes(r)...)
		return nil
	}
	if d.hasSplits() || o.TestPerClass == 0 { // of protocols that draw none
		return t, t.byOwnSplits()
	}
	var err error
	t.divisions, err = d.randomSplits(rows, single, o)
	for i := range t.divisions {
		v := &t.divisions[i]
		v.noted = v.name
		if len(t.divisions) == 1 {
			v.label = ""
		}
	}
	return t, err
}

// byOwnSplits divides the labelled rows by the set's splits.
func (t *task) byOwnSplits() error {
	numbers := t.d.numbered()
	for _, n := range numbers {
		d := t.d
		if n > 0 {
			d = d.divided(n)
		}
		p, err := d.ownSplits(t.o.Settings)
		if err != nil {
			return err
		}
		for _, of := range []*[]int{&p.fit, &p.score, &p.train, &p.held} {
			*of = t.d.onlyKnown(*of)
		}
		v, err := p.division(t.d, t.o.Settings, "the training images")
		if err != nil {
			return err
		}
		if n > 0 {
			v.name = fmt.Sprintf("split %d", n)
			v.label = v.name
		}
		v.noted = v.name
		if t.divisions = append(t.divisions, v); len(t.divisions) > 1 {
			continue // they say the same of how they are used
		}
		t.trained, t.scored, t.notes = p.trained, p.scored, append(t.notes, p.notes...)
	}
	return nil
}

// labelledRows returns the rows of which it is known what they are of, and whether each of them that is of a class is
// of just one, of two classes or more: of one class and its negatives, none can be told from another.
func (d Data) labelledRows() (rows []int, single bool) {
	rows = d.onlyKnown(allRows(d))
	single = len(d.Classes) > 1 || d.nones(rows) == 0
	for _, i := range rows {
		single = single && (d.none(i) || len(d.Labels[i]) == 1 && (d.Ignored == nil || len(d.Ignored[i]) == 0))
	}
	return rows, single
}

// shortNotes tell where fewer images a class were trained on than were asked for.
func shortNotes(r *Result) []string {
	asked, short := r.Options.TrainPerClass, 0
	if asked == 0 || !r.Random() {
		return nil
	}
	least, most := r.Classes[0].Counts.Get("train"), 0
	for _, c := range r.Classes {
		n := c.Counts.Get("train")
		if least, most = min(least, n), max(most, n); n < asked {
			short++
		}
	}
	if short == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d classes have too few images for %d to train and one to test: three quarters of theirs are to train; classes have %v to train",
		short, len(r.Classes), asked, Used{Least: least, Most: most})}
}

// trainAndTest counts the positives of class k in a division, with and without descriptors.
func trainAndTest(t *task, k int, v division) Counts {
	return Counts{{"train", positives(t.y[k], v.train)}, {"test", positives(t.truth[k], v.test)}}
}

// allRows are those of d, in order.
func allRows(d Data) []int {
	rows := make([]int, len(d.IDs))
	for i := range rows {
		rows[i] = i
	}
	return rows
}
