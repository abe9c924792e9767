package heads

import (
	"encoding/json"
	"fmt"

	"fc7/outputs"
)

// The footer's keys of a file of scores: what made them, as JSON, and the list of classes.
const (
	keyScores  = "fc7.scores"
	keyClasses = "fc7.classes"
)

// scoreFile is the Parquet file of a head's predictions: image, object, labels, status, error and best, then
// score_CLASS and, of logistic heads, probability_CLASS. A failed row has none of the last.
type scoreFile struct {
	*outputs.ResultWriter
	h             *Saved
	probabilities bool
	none          bool // there are rows of none of the classes: labels may be null, which is not known
}

// createScores starts the file of scores, whose footer names what the scores depend on.
func (h *Saved) createScores(j PredictJob, none bool) (*scoreFile, error) {
	bare := *h.Head
	bare.Weights, bare.Bias, bare.Solver = nil, nil, nil
	source, err := json.Marshal(headMeta{bare, h.tables, h.files})
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", j.Out, err)
	}
	classes, err := json.Marshal(h.Classes)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", j.Out, err)
	}
	f := &scoreFile{h: h, none: none, probabilities: h.Probabilities(make([]float64, len(h.Classes))) != nil}
	f.ResultWriter, err = outputs.CreateResults(j.Out, f.columns(), map[string]string{keyScores: string(source), keyClasses: string(classes)}, j.Replace)
	return f, err
}

func (f *scoreFile) columns() []outputs.ResultColumn {
	columns := []outputs.ResultColumn{
		{Name: "image", Kind: outputs.ResultText, Required: true},
		{Name: "object", Kind: outputs.ResultInt}, // 1-based; null: the whole image
		{Name: "labels", Kind: outputs.ResultTexts, Required: !f.none},
		{Name: "status", Kind: outputs.ResultText, Required: true},
		{Name: "error", Kind: outputs.ResultText},
		{Name: "best", Kind: outputs.ResultText}, // the class of the highest score
	}
	for _, c := range f.h.Classes {
		columns = append(columns, outputs.ResultColumn{Name: "score_" + c, Kind: outputs.ResultFloat})
	}
	if f.probabilities {
		for _, c := range f.h.Classes {
			columns = append(columns, outputs.ResultColumn{Name: "probability_" + c, Kind: outputs.ResultFloat})
		}
	}
	return columns
}

func (f *scoreFile) write(p Prediction) error { return f.Write(f.row(p)...) }

// row is a prediction in the order of the columns.
func (f *scoreFile) row(p Prediction) []any {
	row := []any{p.Image, nil, p.Labels, outputs.StatusOK, nil, nil}
	if p.Labels == nil && f.none {
		row[2] = nil
	}
	if p.Object != 0 {
		row[1] = p.Object
	}
	if p.Scores == nil {
		row[3] = outputs.StatusFailed
	}
	for i, s := range []string{p.Error, p.Best} {
		if s != "" {
			row[4+i] = s
		}
	}
	add := func(values map[string]float64) {
		for _, c := range f.h.Classes {
			if v, ok := values[c]; ok {
				row = append(row, v)
			} else {
				row = append(row, nil)
			}
		}
	}
	add(p.Scores)
	if f.probabilities {
		add(p.Probabilities)
	}
	return row
}
