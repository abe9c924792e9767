package protocol

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"fc7/heads/metrics"
	"fc7/heads/svm"
	"fc7/internal/usage"
)

// The shapes of results before there was one: a file of scores held one of them, beside the name of the protocol.
// Images are counted alike in all, by names of their own in VOC's.
type (
	earlierScores struct {
		Protocol string          `json:"protocol"`
		VOC      *earlierVOC     `json:"voc"`
		Caltech  *earlierCaltech `json:"caltech"`
		Set      *earlierSet     `json:"set"`
		LowShot  *LowShotResult  `json:"low_shot"`
	}
	earlierAll struct {
		Recipe  Recipe   `json:"recipe"`
		Options Options  `json:"options"`
		Notes   []string `json:"notes"`
	}
	earlierVOC struct {
		earlierAll
		Trained   string        `json:"trained"`
		Scored    string        `json:"scored"`
		MeanAP11  metrics.Value `json:"mean_ap_11"`
		MeanAP    metrics.Value `json:"mean_ap_all"`
		Undefined []string      `json:"undefined"`
		Choice    Choice        `json:"choice"`
		Images    struct {
			Trained        int `json:"trained"`
			TrainedMissing int `json:"trained_missing"`
			Scored         int `json:"scored"`
			ScoredMissing  int `json:"scored_missing"`
		} `json:"images"`
		Classes []struct {
			Name      string         `json:"name"`
			AP11      metrics.Value  `json:"ap_11"`
			AP        metrics.Value  `json:"ap_all"`
			Train     int            `json:"train_positives"`
			Positives int            `json:"positives"`
			Negatives int            `json:"negatives"`
			Ignored   int            `json:"ignored"`
			Solver    svm.ClassStats `json:"solver"`
		} `json:"classes"`
	}
	earlierCaltech struct {
		earlierAll
		Classes []struct {
			Name   string        `json:"name"`
			Images int           `json:"images"`
			Train  int           `json:"train"`
			Test   int           `json:"test"`
			Recall metrics.Value `json:"recall"`
		} `json:"classes"`
		Splits []struct {
			Split
			MeanRecall metrics.Value `json:"mean_recall"`
			Accuracy   metrics.Value `json:"accuracy"`
		} `json:"splits"`
	}
	earlierSet struct {
		earlierAll
		Trained   string  `json:"trained"`
		Scored    string  `json:"scored"`
		Single    bool    `json:"single_label"`
		Figures   Figures `json:"figures"`
		Deviation Figures `json:"deviation"`
		Classes   []struct {
			Name   string        `json:"name"`
			Train  int           `json:"train"`
			Test   int           `json:"test"`
			Recall metrics.Value `json:"recall"`
			AP     metrics.Value `json:"ap"`
			AP11   metrics.Value `json:"ap_11"`
		} `json:"classes"`
		Splits []Split `json:"splits"`
	}
)

// ReadEarlier reads a file of scores whose results have a shape of their own for each protocol, as they had once, into
// those of today. A file of another shape, today's among them, gives nil.
func ReadEarlier(text []byte) (*Result, *LowShotResult, error) {
	var e earlierScores
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, nil, err
	}
	var r *Result
	switch {
	case e.VOC != nil:
		r = e.VOC.result()
	case e.Caltech != nil:
		r = e.Caltech.result()
	case e.Set != nil:
		r = e.Set.result()
	default:
		return nil, nil, nil
	}
	p, err := Find(e.Protocol)
	if err != nil {
		return nil, nil, usage.InFile(err)
	}
	r.Protocol, r.Headline = p.Name, p.headline(r.Figures)
	for _, c := range r.Classes {
		if !slices.ContainsFunc(c.Figures, func(f Named[metrics.Value]) bool { return f.Value.Defined() }) {
			r.Undefined = append(r.Undefined, c.Name)
		}
	}
	if e.LowShot != nil && len(e.LowShot.Curves) > 0 {
		e.LowShot.ofToday()
	}
	return r, e.LowShot, r.Check()
}

func (e earlierAll) result(trained, scored string) *Result {
	return &Result{Trained: trained, Scored: scored, Recipe: e.Recipe, Options: e.Options, Notes: e.Notes}
}

func (e *earlierVOC) result() *Result {
	r := e.earlierAll.result(e.Trained, e.Scored)
	undefined := metrics.Value(math.NaN())
	r.Figures, r.Deviation = Figures{{"mean_ap_11", e.MeanAP11}, {"mean_ap", e.MeanAP}}, Figures{{"mean_ap_11", undefined}, {"mean_ap", undefined}}
	n := e.Images
	r.Splits = []Split{{
		Figures: r.Figures, Choice: e.Choice, Images: Images{Train: n.Trained, TrainMissing: n.TrainedMissing, Test: n.Scored, TestMissing: n.ScoredMissing},
	}}
	for _, c := range e.Classes {
		r.Classes = append(r.Classes, Class{
			Name: c.Name, Figures: Figures{{"ap_11", c.AP11}, {"ap", c.AP}}, Solver: &c.Solver,
			Counts: Counts{{"train", c.Train}, {"test", c.Positives}, {"negatives", c.Negatives}, {"ignored", c.Ignored}},
		})
	}
	return r
}

func (e *earlierCaltech) result() *Result {
	r := e.earlierAll.result(randomSplitsName, randomSplitsName)
	for _, s := range e.Splits {
		s.Name, s.Figures = fmt.Sprintf("seed %d", s.Seed), Figures{{"mean_recall", s.MeanRecall}, {"accuracy", s.Accuracy}}
		r.Splits = append(r.Splits, s.Split)
	}
	if len(r.Splits) > 0 {
		r.sum()
	}
	for _, c := range e.Classes {
		r.Classes = append(r.Classes, Class{
			Name: c.Name, Figures: Figures{{"recall", c.Recall}}, Counts: Counts{{"images", c.Images}, {"train", c.Train}, {"test", c.Test}},
		})
	}
	return r
}

func (e *earlierSet) result() *Result {
	r := e.earlierAll.result(e.Trained, e.Scored)
	if r.Options.TestPerClass == 0 {
		r.Options.TestPerClass = allOthers
	}
	r.Figures, r.Deviation, r.Splits = ofData(e.Figures, e.Figures), ofData(e.Deviation, e.Figures), e.Splits
	for i := range r.Splits {
		s := &r.Splits[i]
		s.Figures = ofData(s.Figures, e.Figures)
		if len(r.Splits) > 1 {
			s.Name = fmt.Sprintf("seed %d", s.Seed)
		}
	}
	for _, c := range e.Classes {
		line := Class{Name: c.Name, Counts: Counts{{"train", c.Train}, {"test", c.Test}}}
		if e.Single {
			line.Figures = Figures{{"recall", c.Recall}}
		}
		line.Figures = append(line.Figures, Figures{{"ap", c.AP}, {"ap_11", c.AP11}}...)
		r.Classes = append(r.Classes, line)
	}
	return r
}

// ofData leaves those figures that the data have: null stood for others among the means, of one label an image or of
// six classes.
func ofData(f, means Figures) Figures {
	return slices.DeleteFunc(slices.Clone(f), func(n Named[metrics.Value]) bool {
		m, _ := measureOf(n.Name)
		return (m.single || m.least > 0) && !means.Get(n.Name).Defined()
	})
}

func (l *LowShotResult) ofToday() {
	points := l.Curves[0].Points
	for i := range points {
		p := &points[i]
		means := p.Figures
		p.Figures, p.Deviation = ofData(p.Figures, means), ofData(p.Deviation, means)
		for k := range p.Draws {
			p.Draws[k].Figures = ofData(p.Draws[k].Figures, means)
		}
		l.Headline = set.headline(p.Figures)
	}
}
