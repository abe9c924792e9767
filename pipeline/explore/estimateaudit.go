package explore

import (
	"context"

	"fc7/extract/likeness"
	"fc7/extract/picture"
	"fc7/heads/protocol"
	"fc7/internal/forecast"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/thumbs"
)

// EstimateAudit tells what FindAudit would do at most, from some rows and pictures.
func EstimateAudit(ctx context.Context, j AuditJob, ev conveyor.Events) (*forecast.Forecast, error) {
	job := j.heads()
	if err := job.Check(); err != nil {
		return nil, err
	}
	a, settled := &Audit{}, false
	f, err := estimated(j.Job, func(e *estimate) error {
		if _, err := e.o.Relabel(ctx, job, ev); err != nil {
			return err
		}
		splits, err := a.divide(j, e.o)
		if err != nil {
			return err
		}
		if err := checkLists(j.folder(), splits); err != nil {
			return err
		}
		if err := e.o.lookAt(ctx, j.Run, j.Data); err != nil {
			return err
		}
		if settled, err = e.settled(ctx, a, j, splits); err != nil {
			return err
		}
		return e.audit(ctx, j)
	})
	if err != nil || j.NoScores || settled {
		return f, err
	}
	if job.Protocol = a.Protocol; job.Protocol == "" {
		f.Note("no heads are scored: %s", a.NoSplits)
		return f, nil
	}
	more, err := heads.Estimate(ctx, job, ev)
	switch {
	case ctx.Err() != nil:
		return nil, err
	case err != nil:
		f.Note("no heads are scored: %v", err)
	default:
		f.Note("heads are trained only where something certainly leaks")
		f.Add(more.Steps...)
	}
	return f, nil
}

// settled tells whether no heads are to be trained, as kept pairs say: nothing certainly leaks, or those of the same
// leaks are there.
func (e *estimate) settled(ctx context.Context, a *Audit, j AuditJob, splits []protocol.Division) (bool, error) {
	k := e.o.keptTwins(j.Job)
	n := k.fresh()
	if n == nil || n.Away > 0 {
		return false, nil
	}
	t := &twins{}
	if err := t.read(k.path, n.SHA256, len(e.o.IDs)); err != nil {
		return false, err
	}
	a.Groups = e.o.groups(t.list, splits)
	a.count(splits)
	if !a.Leaks() || len(e.o.Classes) == 0 {
		e.Note("nothing certainly leaks: no heads are trained")
		return true, nil
	}
	job := j.heads()
	job.Protocol, job.Leaked = a.Protocol, a.leaked()
	r, err := heads.ReadResult(job.Out)
	if err != nil || r.Fit(ctx, job) != nil {
		return false, ctx.Err()
	}
	e.read(job.Out)
	return true, nil
}

func (e *estimate) audit(ctx context.Context, j AuditJob) error {
	k := e.o.keptTwins(j.Job)
	if whole(k) {
		e.read(k.path)
		return nil
	}
	if n, _ := e.o.unread(j.Job); n != nil {
		e.read(n.File)
	} else if err := e.neighbours(ctx); err != nil {
		return err
	}
	return e.twins(ctx, j, k.path)
}

// groups is what a page of no audit does in its place.
func (e *estimate) groups(ctx context.Context, page PageJob) error {
	j := page.audit()
	if k := e.o.keptGroups(j.Job); whole(k) {
		e.read(k.path)
		return nil
	}
	if len(e.o.IDs) > page.Thumbnails {
		return nil
	}
	k := e.o.keptTwins(j.Job)
	if whole(k) {
		e.read(k.path)
		return nil
	}
	return e.twins(ctx, j, k.path)
}

// whole tells whether what is kept is of all images.
func whole(k kept) bool {
	n := k.fresh()
	return n != nil && n.Away == 0
}

// twins looks for pairs, to be kept in a file.
func (e *estimate) twins(ctx context.Context, j AuditJob, path string) error {
	e.AtMost = true
	e.keeps(path+" and audit.parquet", 100)
	im, err := openPictures(ctx, j.Run, j.Data)
	if err != nil {
		return err
	}
	if im.Err != nil {
		e.Note("no pictures are compared: %v", im.Err)
		return nil
	}
	e.Note("images of pairs that look alike are read twice, of most sets far fewer than all")
	step := forecast.Step{What: "read and sketch images, twice at most", Units: len(e.o.present), Unit: "images", Times: 2}
	err = e.pictures(ctx, im, step, j.Threads, func(p *picture.Image) error {
		_, err := likeness.SketchOf(p)
		return err
	})
	if err != nil {
		return err
	}
	return e.pairs(ctx, im, j)
}

// pairs is the step that looks in the sketches of pairs for what they share: of some images each with some others.
func (e *estimate) pairs(ctx context.Context, im *thumbs.Images, j AuditJob) error {
	const some, others = 64, 7
	var names []string
	for _, k := range forecast.Evenly(some, len(e.o.present)) {
		names = append(names, e.o.IDs[e.o.present[k]])
	}
	s := &sketched{of: make([]*likeness.Sketch, len(names))}
	if _, err := eachPicture(ctx, im, names, j.Threads, func(n int, p *picture.Image) (err error) {
		s.of[n], err = likeness.SketchOf(p)
		return err
	}, func(int) {}); err != nil || len(names) < 2 {
		return err
	}
	each, n := j.K, len(e.o.present)
	if j.exact(n) {
		each += 2*nearSketches + 1
	}
	step := forecast.Step{What: "look for what pairs of them share", Units: min(n*each, n*(n-1)/2), Unit: "pairs", Least: 64}
	return e.Measure(ctx, step, func(ctx context.Context, n int) error {
		all := make([]candidate, n)
		for k := range all {
			a := k / others % len(names)
			all[k] = candidate{a: a, b: (a + 1 + k%others%(len(names)-1)) % len(names)}
		}
		_, err := s.alike(ctx, all, j.Threads, &tally{of: n, tell: func(int, int) {}})
		return err
	})
}
