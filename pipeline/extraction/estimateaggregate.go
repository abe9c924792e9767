package extraction

import (
	"context"
	"errors"
	"fmt"

	"fc7/internal/forecast"
	"fc7/outputs"
)

// errSeen ends a scan when enough was seen.
var errSeen = errors.New("enough is seen")

// EstimateAggregate tells what Aggregate or AggregateFolder would do, from some rows that are joined.
func EstimateAggregate(ctx context.Context, j AggregateJob) (*forecast.Forecast, error) {
	s, n, err := j.open(ctx)
	if err != nil {
		return nil, err
	}
	a, _, err := j.plan(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	f := forecast.New(j.Out)
	rows, from, to := n.ok+n.failed, int64(0), int64(0)
	for _, c := range s.Columns {
		from += int64(c.RowBytes())
	}
	for _, c := range a.columns {
		to += int64(c.RowBytes())
	}
	f.Read(j.Features, rows, from*int64(n.ok))
	step := forecast.Step{What: "read and join", Units: rows, Unit: "rows"}
	if err := f.Measure(ctx, step, func(ctx context.Context, n int) error { return a.look(ctx, s, n) }); err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	written := rows
	if j.DropFailed || j.Format == FormatHub || j.Format == FormatNumPy {
		written = n.ok
	}
	f.Write(j.Out, written, to*int64(n.ok)+n.text)
	return f, nil
}

// look reads and joins the first n rows.
func (a *aggregator) look(ctx context.Context, s *outputs.Scanner, n int) error {
	err := s.Scan(a.names, func(b outputs.Batch) error {
		if _, err := a.write(nowhere{}, b, false); err != nil {
			return err
		}
		if n -= len(b.Rows); n <= 0 {
			return errSeen
		}
		return ctx.Err()
	})
	if errors.Is(err, errSeen) {
		return nil
	}
	return err
}

// nowhere takes rows and keeps none.
type nowhere struct{}

func (nowhere) Write(outputs.Row) error { return nil }
func (nowhere) Close() error            { return nil }
func (nowhere) Abort() error            { return nil }
