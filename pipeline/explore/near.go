package explore

import (
	"context"
	"fmt"
	"slices"

	"fc7/heads/neighbours"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// NearImages finds the neighbours of images in the job's table, and tells each answer in the order of the images.
// Images are described by in: their paths, and the weights that the table was made with; in.Head is of no account. It
// returns conveyor.ErrSomeFailed if an image had no answer.
func NearImages(ctx context.Context, j Job, in heads.PredictJob, tell func(Answer) error, ev conveyor.Events) (err error) {
	o, err := j.open()
	if err != nil {
		return err
	}
	defer func() { err = o.Close(err) }()
	in.Head = j.Run
	in.Threads = j.Threads
	a := &asked{opened: o, ctx: ctx, job: j, tell: tell, ev: ev}
	if err := o.Describe(ctx, in, a.add, ev); err != nil {
		return err
	}
	if err := a.answer(); err != nil {
		return err
	}
	if a.failed > 0 {
		return fmt.Errorf("%d of %d: %w", a.failed, a.images, conveyor.ErrSomeFailed)
	}
	return nil
}

// asked collects images that were described, to look for the neighbours of many at once.
type asked struct {
	*opened
	ctx            context.Context
	job            Job
	tell           func(Answer) error
	ev             conveyor.Events
	rows           []outputs.Row
	images, failed int
}

// atOnce is how many images wait for one pass over the table.
const atOnce = 1024

func (a *asked) add(row outputs.Row) error {
	a.images++
	row.Descriptors = slices.Clone(row.Descriptors)
	for k, d := range row.Descriptors {
		row.Descriptors[k] = slices.Clone(d)
	}
	if a.rows = append(a.rows, row); len(a.rows) < atOnce {
		return nil
	}
	return a.answer()
}

// answer answers for the images that wait.
func (a *asked) answer() error {
	var good []outputs.Row
	for _, r := range a.rows {
		if r.Status == outputs.StatusOK {
			good = append(good, r)
		}
	}
	near, err := a.near(good)
	if err != nil {
		return err
	}
	at := 0
	for _, r := range a.rows {
		answer := Answer{Image: r.Image, Object: r.Object, Error: r.Error}
		if r.Status == outputs.StatusOK {
			answer.Neighbours = nearRows(near, at, a.IDs, a.present)
			at++
		} else {
			a.failed++
			a.ev.TellWarning(r.Image, r.Error)
		}
		if err := a.tell(answer); err != nil {
			return err
		}
	}
	a.rows = a.rows[:0]
	return nil
}

// near are the neighbours of described images.
func (a *asked) near(rows []outputs.Row) (*neighbours.Lists, error) {
	if len(rows) == 0 {
		return &neighbours.Lists{}, nil
	}
	blocks := make([]svm.Block, len(rows[0].Descriptors))
	for k := range blocks {
		of := make([][]float32, len(rows))
		for i, r := range rows {
			of[i] = r.Descriptors[k]
		}
		blocks[k] = protocol.Block(of, len(of[0]))
	}
	q, _, err := a.Recipe.Matrix(blocks, len(rows))
	if err != nil {
		return nil, err
	}
	if q, err = neighbours.Unit(q); err != nil {
		return nil, err
	}
	return neighbours.Among(a.ctx, q, a.x, neighbours.Options{K: a.job.K, Threads: a.job.Threads})
}

// NearRows tells the neighbours of rows of the job's table by name, in the order of the names, and returns the names
// that are of no row.
func NearRows(ctx context.Context, j Job, names []string, tell func(Answer) error) (others []string, err error) {
	o, err := j.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = o.Close(err) }()
	place := map[string]int{} // of the present rows
	for p, i := range o.present {
		place[o.IDs[i]] = p
	}
	var found []int
	for _, name := range names {
		if p, ok := place[name]; ok {
			found = append(found, p)
		}
	}
	near, err := neighbours.Among(ctx, protocol.Data{X: o.x}.Subset(found).X, o.x, neighbours.Options{K: j.K + 1, Threads: j.Threads})
	if err != nil {
		return nil, err
	}
	at := 0
	for _, name := range names {
		a := Answer{Image: name}
		if p, ok := place[name]; ok {
			a.Neighbours = butSelf(nearRows(near, at, o.IDs, o.present), o.present[p])
			at++
		} else if slices.Contains(o.IDs, name) {
			a.Error = "the row has no descriptor: its image failed in extraction"
		} else {
			others = append(others, name)
			continue
		}
		if err := tell(a); err != nil {
			return nil, err
		}
	}
	return others, nil
}

// butSelf leaves a row out of its own neighbours, of which there is one too many.
func butSelf(near []Near, row int) []Near {
	i := slices.IndexFunc(near, func(n Near) bool { return n.Row == row })
	if i < 0 {
		i = len(near) - 1 // so many copies of it come before it
	}
	return slices.Delete(near, i, i+1)
}
