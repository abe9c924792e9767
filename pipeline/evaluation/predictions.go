package evaluation

import (
	"path/filepath"

	"fc7/outputs"
)

// predictionColumns are those of PredictionsName: a row an image of the data set, in its order.
var predictionColumns = []outputs.ResultColumn{
	{Name: "image", Kind: outputs.ResultText},
	{Name: "label", Kind: outputs.ResultText},        // null: it has none
	{Name: "rank", Kind: outputs.ResultInt},          // of the label among the answers, from 0 on; null without label or answer
	{Name: "top1_correct", Kind: outputs.ResultBool}, // null without a label; false for an image that failed
	{Name: "top5_correct", Kind: outputs.ResultBool},
	{Name: "top5", Kind: outputs.ResultTexts}, // labels, the most probable first
	{Name: "top5_names", Kind: outputs.ResultTexts},
	{Name: "top5_probabilities", Kind: outputs.ResultFloat32},
	{Name: "error", Kind: outputs.ResultText}, // why there is no answer
}

// Prediction is what everything together answered for an image.
type Prediction struct {
	Image string
	Label string // "": it has none
	Rank  int    // of the label among the answers, from 0; -1: it has no label or no answer
	Top   string // the first answer, in words; "": there is none
	P     float64
	Error string // why there is no answer
}

// Wrong tells whether the first answer is another class.
func (p *Prediction) Wrong() bool { return p.Rank > 0 }

// ReadPredictions tells the predictions beside a result that was read, in the order of the data set. It tells none
// where an earlier fc7 wrote the result, which kept no digest of them.
func (r *Result) ReadPredictions(tell func(Prediction)) error {
	if r.Predictions == "" {
		return nil
	}
	return outputs.ReadResults(filepath.Join(r.Out, PredictionsName), r.Predictions, predictionColumns, func(values []any) error {
		p := Prediction{Rank: -1}
		p.Image, _ = values[0].(string)
		p.Label, _ = values[1].(string)
		if rank, ok := values[2].(int); ok {
			p.Rank = rank
		}
		if names, _ := values[6].([]string); len(names) > 0 {
			p.Top = names[0]
		}
		if probabilities, _ := values[7].([]float32); len(probabilities) > 0 {
			p.P = float64(probabilities[0])
		}
		p.Error, _ = values[8].(string)
		tell(p)
		return nil
	})
}
