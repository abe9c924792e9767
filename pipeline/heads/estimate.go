package heads

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"fc7/heads/protocol"
	"fc7/internal/forecast"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
)

// Estimate tells what Train would do, from heads of a few classes that are trained and thrown away.
func Estimate(ctx context.Context, j Job, ev conveyor.Events) (_ *forecast.Forecast, err error) {
	out := cmp.Or(j.Out, filepath.Join(table.RunFolder(j.Features), Folder))
	if err := j.Check(); err != nil {
		return nil, err
	}
	f := &fused{}
	defer func() { err = errors.Join(nameFault(err, f.tables...), f.close()) }()
	if err := f.read(ctx, j, ev); err != nil {
		return nil, err
	}
	p, o, err := f.rules(j, ev)
	if err != nil {
		return nil, err
	}
	told := forecast.New(out)
	width := f.data.X.D
	for _, t := range append([]string{j.Features}, j.Also...) {
		told.Read(t, len(f.data.IDs), -1)
	}
	work, err := p.Work(f.data, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	for _, w := range work {
		if err := measure(ctx, told, w); err != nil {
			return nil, fmt.Errorf("%s: %w", j.Features, err)
		}
	}
	told.Write(out+": heads, scores", len(f.data.Classes), int64(len(f.data.Classes))*int64(width+1)*8)
	if len(j.LowShot) > 0 {
		told.Note("the time of the low-shot curve is not in it")
	}
	return told, nil
}

// measure adds the problems of one kind. Those of a division are tried, and the others reckoned from them.
func measure(ctx context.Context, f *forecast.Forecast, w protocol.Work) error {
	s := forecast.Step{What: w.What, Units: w.Most, Unit: "problems", Times: float64(w.Units) / float64(w.Most)}
	s, err := forecast.Timed(ctx, s, w.Try)
	if err != nil {
		return err
	}
	s.Units = w.Units
	f.Add(s)
	return nil
}
