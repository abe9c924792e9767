package extraction

import (
	"context"
	"sync"

	"fc7/datasets"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
)

// Update says whether a table is brought up to a data set that changed, and what is then believed without reading.
type Update struct {
	Do         bool
	TrustTimes bool // see table.Update
	TrustNames bool // see table.Update
}

// looks looks at the images of a set for all tables of an extraction: what one has read, another need not read.
type looks struct {
	set    *datasets.Set
	reader *conveyor.Reader
	rowOf  func(item int) outputs.Row

	mu   sync.Mutex
	seen map[int]outputs.Input // nil: nobody asks twice
}

func newLooks(set *datasets.Set, c *conveyor.Conveyor, o conveyor.Options, tables int) *looks {
	l := &looks{set: set, reader: conveyor.NewReader(set, o), rowOf: c.RowOf}
	if tables > 1 {
		l.seen = map[int]outputs.Input{}
	}
	return l
}

// look is what a table asks whose item base is the set's first.
func (l *looks) look(base int) table.Look {
	return table.Look{
		Stat:  func(i int) (outputs.Input, error) { return conveyor.Stat(&l.set.Items[i-base]) },
		Input: func(ctx context.Context, i int) (outputs.Input, error) { return l.input(ctx, i-base) },
		Row:   func(i int) outputs.Row { return l.rowOf(i - base) },
	}
}

func (l *looks) input(ctx context.Context, i int) (outputs.Input, error) {
	if l.seen == nil {
		return l.reader.Input(ctx, &l.set.Items[i])
	}
	l.mu.Lock()
	in, ok := l.seen[i]
	l.mu.Unlock()
	if ok {
		return in, nil
	}
	in, err := l.reader.Input(ctx, &l.set.Items[i])
	if err == nil {
		l.mu.Lock()
		l.seen[i] = in
		l.mu.Unlock()
	}
	return in, err
}
