package explore

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"time"

	"fc7/extract/picture"
	"fc7/heads/neighbours"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/heads/tsne"
	"fc7/internal/forecast"
	"fc7/outputs"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/table"
	"fc7/pipeline/thumbs"
)

// estimate is the forecast of a job on a table. What is kept from before is told, and not reckoned.
type estimate struct {
	*forecast.Forecast
	o   *opened
	job Job
}

// estimated opens the table of a job and makes its forecast, which do fills.
func estimated(j Job, do func(*estimate) error) (_ *forecast.Forecast, err error) {
	o, err := j.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = o.Close(err) }()
	e := &estimate{forecast.New(table.RunFolder(j.Run)), o, j}
	e.Read(j.Run, len(o.IDs), int64(len(o.present))*int64(o.x.D)*4)
	return e.Forecast, do(e)
}

// EstimateNeighbours tells what FindNeighbours would do, from the neighbours of some rows among each other.
func EstimateNeighbours(ctx context.Context, j Job) (*forecast.Forecast, error) {
	return estimated(j, func(e *estimate) error { return e.neighbours(ctx) })
}

// EstimateMap tells what DrawMap would do, from a map of some rows in fewer steps.
func EstimateMap(ctx context.Context, j MapJob) (*forecast.Forecast, error) {
	return estimated(j.Job, func(e *estimate) error { return e.maps(ctx, j) })
}

// EstimateSuspects tells what FindSuspects would do, from the labels of some rows.
func EstimateSuspects(ctx context.Context, j SuspectJob, ev conveyor.Events) (*forecast.Forecast, error) {
	if err := j.labels().Check(); err != nil {
		return nil, err
	}
	return estimated(j.Job, func(e *estimate) error {
		from, err := e.o.Relabel(ctx, j.labels(), ev)
		if err != nil {
			return err
		}
		return e.suspects(ctx, j, from.LabelsFrom)
	})
}

// EstimatePage tells what WritePage would do, from some rows and pictures.
func EstimatePage(ctx context.Context, j PageJob) (*forecast.Forecast, error) {
	j.asKept()
	m, err := outputs.ReadManifest(table.RunFolder(j.Run))
	if err != nil {
		return nil, err
	}
	return estimated(j.Job, func(e *estimate) error {
		if err := e.o.lookAt(ctx, j.Run, j.DataSet); err != nil {
			return err
		}
		if err := e.neighbours(ctx); err != nil {
			return err
		}
		if err := e.maps(ctx, j.mapJob()); err != nil {
			return err
		}
		switch err := e.suspects(ctx, SuspectJob{Job: j.Job, Options: j.Doubts}, nil); {
		case ctx.Err() != nil:
			return err
		case err != nil:
			e.Note("no labels are doubted: %v", err)
		}
		if err := e.groups(ctx, j); err != nil {
			return err
		}
		if j.Evidence > 0 || len(j.EvidenceOf) > 0 {
			e.Note("the time of evidence is not in it: images of which none is kept go through the net")
		}
		return e.sheets(ctx, j, m)
	})
}

// EstimatePlaced tells what WritePlaced would do, from some rows and pictures.
func EstimatePlaced(ctx context.Context, j PageJob) (*forecast.Forecast, error) {
	j.asKept()
	m, err := outputs.ReadManifest(table.RunFolder(j.Run))
	if err != nil {
		return nil, err
	}
	return estimated(j.Job, func(e *estimate) error {
		if err := e.o.lookAt(ctx, j.Run, j.DataSet); err != nil {
			return err
		}
		if err := e.neighbours(ctx); err != nil {
			return err
		}
		if err := e.maps(ctx, j.mapJob()); err != nil {
			return err
		}
		return e.placed(ctx, j, m)
	})
}

// there tells whether a result is there and of this table: it is read then.
func (e *estimate) there(k kept) bool {
	there := k.fresh() != nil
	if there {
		e.read(k.path)
	}
	return there
}

// read tells that a result is read.
func (e *estimate) read(path string) { e.Note("%s is there, of this table", path) }

// keeps adds a kept file of so many bytes a row.
func (e *estimate) keeps(path string, row int) {
	n := len(e.o.IDs)
	e.Write(path, n, int64(n)*int64(row))
}

// first are the first n rows, of norm 1.
func (e *estimate) first(n int) (svm.Matrix, error) {
	return neighbours.Unit(e.o.Subset(e.o.present[:n]).X)
}

// compared finds the neighbours of the first n rows among each other.
func (e *estimate) compared(ctx context.Context, n int) error {
	x, err := e.first(n)
	if err == nil {
		_, err = neighbours.Within(ctx, x, neighbours.Options{K: e.job.K, Threads: e.job.Threads})
	}
	return err
}

// nearest is how many neighbours a row gets.
func (e *estimate) nearest() int { return min(e.job.K, max(0, len(e.o.present)-1)) }

func (e *estimate) neighbours(ctx context.Context) error {
	_, k := e.o.unfound(e.job)
	if e.there(k) {
		return nil
	}
	if e.job.samples(e.o.x) {
		e.AtMost = true
		e.Note("above %d rows candidates alone are compared in full, which takes less", exactUpTo)
	}
	e.keeps(k.path, 40*e.nearest())
	step := forecast.Step{What: "compare all rows with each other", Units: len(e.o.present), Unit: "rows", Power: 2, Least: 64}
	return e.Measure(ctx, step, e.compared)
}

// fewerSteps is by how many times fewer steps a map is tried.
const fewerSteps = 20

func (e *estimate) maps(ctx context.Context, j MapJob) error {
	if j.Add != "" {
		e.Note("the time of placing the rows of %s is not in it", j.Add)
	}
	k := e.o.keptMap(j)
	if e.there(k) {
		return nil
	}
	e.keeps(k.path, 40)
	return e.move(ctx, j.Options)
}

// move adds a map's steps: what the first one takes, with all that is done once, and what each further one takes.
func (e *estimate) move(ctx context.Context, o tsne.Options) error {
	steps, n := o.Steps, len(e.o.present)
	o.Progress = nil
	draw := func(steps int) func(context.Context, int) error {
		o := o
		o.Steps, o.Early = steps, min(o.Early, steps)
		return func(ctx context.Context, n int) error {
			x, err := e.first(n)
			if err == nil {
				_, err = tsne.Make(ctx, x, e.o.classes()[:n], o)
			}
			return err
		}
	}
	least := min(n, int(3*o.Perplexity)+1)
	once, err := forecast.Timed(ctx, forecast.Step{What: "compare rows, and judge the map", Units: n, Unit: "rows", Power: 2, Least: least}, draw(1))
	if err != nil {
		return err
	}
	few := max(2, steps/fewerSteps)
	s, err := forecast.Timed(ctx, forecast.Step{Units: n, Least: least}, draw(few))
	if err != nil {
		return err
	}
	share := float64(s.Tried) / float64(once.Tried)
	a := perStep(once.Took*share*share, s.Took, few)
	s.What, s.Unit, s.Seconds = fmt.Sprintf("move rows on the map in %d steps", steps), "rows", a*float64(steps)*float64(n)/float64(s.Tried)
	e.Add(once, s)
	return nil
}

// perStep is what one of so many steps takes, of which one alone and all took so long.
func perStep(one, all float64, steps int) float64 {
	if all > one {
		return (all - one) / float64(steps-1)
	}
	return all / float64(steps) // one took as long by chance: at most
}

func (e *estimate) suspects(ctx context.Context, j SuspectJob, from *heads.From) error {
	k := e.o.keptSuspects(j, from)
	if e.there(k) {
		return nil
	}
	n := len(e.o.present)
	least := max(n/8, 4*j.Options.Folds*len(e.o.Classes)) // each fold has some of each class
	step := forecast.Step{What: "judge labels by heads that did not see them", Units: n, Unit: "rows", Least: least}
	err := e.Measure(ctx, step, func(ctx context.Context, n int) error {
		var rows []int
		for _, k := range forecast.Evenly(n, len(e.o.present)) {
			rows = append(rows, e.o.present[k])
		}
		_, err := protocol.FindDoubts(ctx, e.o.Subset(rows), nil, j.Options)
		return err
	})
	if err == nil {
		e.keeps(k.path, 80)
	}
	return err
}

// pictures is a step that does something with the pictures of so many rows.
func (e *estimate) pictures(ctx context.Context, im *thumbs.Images, step forecast.Step, threads int, use func(*picture.Image) error) error {
	return e.Measure(ctx, step, func(ctx context.Context, n int) error {
		var names []string
		for _, k := range forecast.Evenly(n, len(e.o.present)) {
			names = append(names, e.o.IDs[e.o.present[k]])
		}
		_, err := eachPicture(ctx, im, names, threads, func(_ int, p *picture.Image) error { return use(p) }, func(int) {})
		return err
	})
}

// What is not measured of a page, about, in bytes.
const (
	sheetHead     = 620    // of a sheet, its tables
	evidenceBytes = 20_000 // of an image's evidence
)

// sheets are the thumbnails of a page, and the page.
func (e *estimate) sheets(ctx context.Context, j PageJob, m outputs.Manifest) error {
	p := e.blank(j)
	thumbnails, err := e.thumbnails(ctx, j, m, p)
	if err != nil {
		return err
	}
	made, err := explorer.Make(p)
	if err != nil {
		return err
	}
	inBase64 := func(n int) int64 { return int64(base64.StdEncoding.EncodedLen(n)) }
	size := int64(made.Size()) + inBase64(thumbnails) + inBase64(evidenceBytes*(2*j.Evidence+len(j.EvidenceOf)))
	if k, err := e.o.keptEvidence(j.Run); err == nil && e.there(k) {
		if info, err := os.Stat(k.path); err == nil { // whose pictures are in base64 too
			size += info.Size()
		}
	}
	e.Write(j.Out, 0, size)
	return nil
}

// blank is the page without what is yet to be computed, as large as it will be.
func (e *estimate) blank(j PageJob) *explorer.Page {
	n, k := len(e.o.present), min(e.nearest(), someNeighbours)
	p := &explorer.Page{
		Own: n, K: k, XY: make([]float64, 2*n), Classes: e.o.Classes, Split: make([]uint8, n), Margin: make([]float32, n), Near: make([]int32, n*k), Far: make([]float32, n*k),
		Sheets: explorer.Sheets{Side: j.Side, Row: sheetRow, Of: make([]int32, n)},
	}
	labels := 0
	for _, i := range e.o.present {
		p.Names, p.Labels = append(p.Names, e.o.IDs[i]), append(p.Labels, make([]int32, len(e.o.Labels[i])))
		labels += len(e.o.Labels[i])
		if j.Paths {
			p.Paths = append(p.Paths, e.o.Rows()[i].Path)
		}
	}
	if _, err := heads.Digest(j.Run); err == nil {
		top := topOf(len(e.o.Classes), n)
		p.Heads = &explorer.Heads{
			Top: top, Class: make([]int32, n*top), Score: make([]float32, n*top), Own: make([]float32, labels), Margin: make([]float32, n), Role: make([]uint8, n), Roles: roles,
		}
	}
	return p
}

// thumbnails is the step that draws those of a page, and about how many bytes they have.
func (e *estimate) thumbnails(ctx context.Context, j PageJob, m outputs.Manifest, p *explorer.Page) (bytes int, err error) {
	n := min(j.Thumbnails, len(p.Names))
	if n == 0 {
		return 0, nil
	}
	im, err := thumbs.Open(ctx, m, j.DataSet)
	if err != nil {
		return 0, err
	}
	if im.Err != nil {
		e.Note("no thumbnails: %v", im.Err)
		return 0, nil
	}
	if noteOf(j.Run, "thumbnails") != nil {
		e.AtMost = true
		e.Note("thumbnails that are kept are not drawn again")
	}
	each := 0.0
	err = e.Measure(ctx, forecast.Step{What: "draw thumbnails", Units: n, Unit: "images"}, func(ctx context.Context, tried int) error {
		rows, all := forecast.Evenly(tried, len(p.Names)), 0
		s := &sheetMaker{page: p, rows: rows, of: im, began: time.Now()}
		for some := range slices.Chunk(rows, perSheet) {
			jpeg, err := s.sheet(ctx, some, 0)
			if err != nil {
				return err
			}
			all += len(jpeg) - sheetHead
		}
		each = float64(all) / float64(tried)
		return nil
	})
	return int(each * float64(n)), err
}

// placedBytes is about what a row of a table for other programs takes without its neighbours and its picture.
const placedBytes = 60

// placed is the table for other programs, whose pictures' sizes are those of some.
func (e *estimate) placed(ctx context.Context, j PageJob, m outputs.Manifest) error {
	rows := len(e.o.present)
	bytes := int64(rows) * int64(placedBytes+16*e.nearest())
	n := min(j.Thumbnails, rows)
	var im *thumbs.Images
	var err error
	if n > 0 {
		if im, err = thumbs.Open(ctx, m, j.DataSet); err != nil {
			return err
		}
		if im.Err != nil {
			e.Note("no pictures: %v", im.Err)
			n = 0
		}
	}
	if n > 0 {
		size, err := e.drawn(ctx, im, j, n)
		if err != nil {
			return err
		}
		bytes += size
	}
	e.Write(j.Out, rows, bytes)
	return nil
}

// drawn is the step that makes n pictures, and about how many bytes these have.
func (e *estimate) drawn(ctx context.Context, im *thumbs.Images, j PageJob, n int) (bytes int64, err error) {
	step := forecast.Step{What: "make pictures", Units: n, Unit: "images"}
	err = e.Measure(ctx, step, func(ctx context.Context, n int) error {
		at := forecast.Evenly(n, len(e.o.present))
		sizes := make([]int64, len(at))
		err := thumbs.Several(ctx, len(at), 0, func(ctx context.Context, k int) error {
			picture, _, _, err := im.JPEG(ctx, e.o.IDs[e.o.present[at[k]]], j.Side, pictureQuality)
			sizes[k] = int64(len(picture))
			return err
		})
		bytes = 0
		for _, s := range sizes {
			bytes += s
		}
		bytes /= int64(len(at))
		return err
	})
	return bytes * int64(n), err
}
