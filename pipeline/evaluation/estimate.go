package evaluation

import (
	"context"

	"fc7/internal/forecast"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// Estimate tells what an evaluation would do, from a few images that go through each net in each way of testing.
func Estimate(ctx context.Context, j Job, ev conveyor.Events) (*forecast.Forecast, error) {
	p, err := begin(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	j = p.j
	f := forecast.New(j.Out)
	for i, path := range j.Weights {
		net, err := p.load(ctx, path, j.As.Of(i))
		if err != nil {
			return nil, err
		}
		for _, v := range j.Testing.Views {
			one, err := p.tableJob(net, path, j.As.Of(i), v)
			if err != nil {
				return nil, err
			}
			if err := extraction.EstimateSet(ctx, f, one, p.set, net); err != nil {
				return nil, err
			}
		}
	}
	f.Write(PredictionsName+" and "+EvaluationName, len(p.set.Items), int64(len(p.set.Items))*predictionBytes)
	return f, nil
}

// predictionBytes is about what the answers for an image take.
const predictionBytes = 200
