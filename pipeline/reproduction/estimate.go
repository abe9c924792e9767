package reproduction

import (
	"context"

	"fc7/internal/forecast"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// Estimate tells what a reproduction would do. Its descriptors are tried; the heads need them, and are named alone.
func Estimate(ctx context.Context, j Job, ev conveyor.Events) (*forecast.Forecast, error) {
	t, err := taskFor(j)
	if err != nil {
		return nil, err
	}
	f, err := extraction.Estimate(ctx, t.extract, t.nets, ev)
	if err != nil {
		return nil, err
	}
	if j.Until == stepFeatures {
		return f, nil
	}
	for _, p := range t.parts() {
		f.Write(p.Heads+": heads and scores of "+p.name, 0, -1)
	}
	f.Note("the time of training heads is not in it: fc7 svm RUN --dry-run tells it when there are descriptors")
	return f, nil
}
