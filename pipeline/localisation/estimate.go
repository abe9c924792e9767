package localisation

import (
	"context"

	"fc7/internal/forecast"
	"fc7/pipeline/conveyor"
)

// Estimate tells what Evaluate or, where the job has inputs, Predict would do, from a few images that go through each
// net in each way of testing.
func Estimate(ctx context.Context, j Job, ev conveyor.Events) (*forecast.Forecast, error) {
	f := forecast.New(j.Out)
	j.forecast = f
	if len(j.Inputs) > 0 {
		s, err := openPredict(ctx, j, ev)
		if err != nil {
			return nil, err
		}
		f.Write(csvName+" and "+linesName, len(s.set.Items), int64(len(s.set.Items))*answerBytes)
		if j.XML {
			f.Write(annotationsDir, len(s.set.Items), int64(len(s.set.Items))*annotationBytes)
		}
		return f, nil
	}
	if _, _, err := openEvaluate(ctx, j, ev); err != nil {
		return nil, err
	}
	f.Write(resultName, 1, resultBytes)
	return f, nil
}

// About what is written: of an image its line and rows, and its annotation, and the figures.
const (
	answerBytes     = 700
	annotationBytes = 500
	resultBytes     = 20_000
)
