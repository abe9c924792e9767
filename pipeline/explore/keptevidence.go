package explore

import (
	"encoding/base64"
	"fmt"

	"fc7/outputs"
	"fc7/outputs/explorer"
	"fc7/pipeline/heads"
)

// explainedAs changes with any number or picture of evidence.
const explainedAs = "evidence 1"

// evidenceColumns are those of kept evidence, a row an image.
var evidenceColumns = []outputs.ResultColumn{
	{Name: "image", Kind: outputs.ResultText, Required: true}, // IMAGE, or IMAGE#OBJECT
	{Name: "limit", Kind: outputs.ResultFloat, Required: true},
	{Name: "words", Kind: outputs.ResultText, Required: true},
	{Name: "scales", Kind: outputs.ResultTexts, Required: true},
	{Name: "classes", Kind: outputs.ResultTexts, Required: true},
	{Name: "scores", Kind: outputs.ResultFloats, Required: true},
	{Name: "biases", Kind: outputs.ResultFloats, Required: true},
	{Name: "sums", Kind: outputs.ResultFloats, Required: true}, // of each class those of all scales
	{Name: "jpegs", Kind: outputs.ResultTexts, Required: true}, // in base64
}

// keptEvidence names the evidence of the run's heads as they are.
func (o *opened) keptEvidence(run string) (kept, error) {
	sum, err := heads.Digest(run)
	return keptIn(run, "evidence", basis{Table: o.basis.Table, Asked: explainedAs + " of heads " + sum}), err
}

// keepEvidence keeps what the page has.
func keepEvidence(k kept, p *explorer.Page) error {
	e := p.Evidence
	_, err := k.write(evidenceColumns, func(yield func([]any) bool) {
		for _, r := range e.List {
			classes, jpegs := []string{}, []string{}
			scores, biases, sums := []float64{}, []float64{}, []float64{}
			for _, c := range r.Classes {
				classes, jpegs = append(classes, p.Classes[c.Class]), append(jpegs, base64.StdEncoding.EncodeToString(c.JPEG))
				scores, biases, sums = append(scores, c.Score), append(biases, c.Bias), append(sums, c.Sums...)
			}
			if !yield([]any{p.Names[r.Row], r.Limit, e.Words, e.Scales, classes, scores, biases, sums, jpegs}) {
				return
			}
		}
	})
	return err
}

// readEvidence puts kept evidence into the page.
func (g *gathered) readEvidence(path, sum string, p *explorer.Page, classes map[string]int32) error {
	at := map[string]int{}
	for i, name := range p.Names[:p.Own] {
		at[name] = i
	}
	e := p.Evidence
	return outputs.ReadResults(path, sum, evidenceColumns, func(v []any) error {
		name, scales, of := as[string](v[0]), as[[]string](v[3]), as[[]string](v[4])
		scores, biases, sums, jpegs := as[[]float64](v[5]), as[[]float64](v[6]), as[[]float64](v[7]), as[[]string](v[8])
		row, ok := at[name]
		if !ok || len(scores) != len(of) || len(biases) != len(of) || len(jpegs) != len(of) || len(sums) != len(of)*len(scales) {
			return fmt.Errorf("%s: %q has evidence of %d classes, %d scores and %d sums of %d scales: remove the file", path, name, len(of), len(scores), len(sums), len(scales))
		}
		one := explorer.RowEvidence{Row: row, Limit: as[float64](v[1])}
		for c, number := range g.numbers(of, classes, p) {
			jpeg, err := base64.StdEncoding.DecodeString(jpegs[c])
			if err != nil {
				return fmt.Errorf("%s: the picture of %q: %w: remove the file", path, name, err)
			}
			n := len(scales)
			one.Classes = append(one.Classes, explorer.ClassEvidence{Class: int(number), Score: scores[c], Bias: biases[c], Sums: sums[c*n : (c+1)*n], JPEG: jpeg})
		}
		e.Words, e.Scales, e.List = as[string](v[2]), scales, append(e.List, one)
		return nil
	})
}
