package explore

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	paint "image/draw"
	"image/jpeg"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/escape"
	"fc7/outputs"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
	"fc7/pipeline/thumbs"
)

// A sheet is a square of so many thumbnails a side, whose colour is that of what images leave free.
const (
	sheetRow     = 32
	sheetQuality = 60
)

var sheetPaper = color.RGBA{128, 128, 128, 255}

// addSheets makes thumbnails of the rows, or of as many as the page may have: evenly among all, and of those that the
// page's lists name.
func (g *gathered) addSheets(ctx context.Context, p *explorer.Page, ev conveyor.Events) error {
	if g.job.Thumbnails == 0 {
		return nil
	}
	s := &sheetMaker{page: p, side: g.job.Side, rows: chosenRows(p, g.job.Thumbnails), ev: ev, began: time.Now(), starts: g.job.Thumbnailing}
	s.own = thumbs.Open(ctx, g.manifest, g.job.DataSet)
	if err := s.own.Err; err != nil {
		if g.job.DataSet != "" || ctx.Err() != nil {
			return err
		}
		p.Notes = append(p.Notes, "The images could not be opened, so there are no thumbnails: --data says where they are.")
		ev.TellNote(fmt.Sprintf("the images could not be opened as %s, so there are no thumbnails: --data says where they are (%s)", s.own.Spec, escape.Error(err)))
		return nil
	}
	s.added = s.own
	if g.added != nil {
		m, err := outputs.ReadManifest(table.RunFolder(g.job.Add))
		if err != nil {
			return err
		}
		if s.added = thumbs.Open(ctx, m, ""); s.added.Err != nil {
			ev.TellNote(fmt.Sprintf("the added images could not be opened as %s: they have no thumbnails (%s)", s.added.Spec, escape.Error(s.added.Err)))
		}
	}
	return s.make(ctx)
}

// chosenRows are the rows that get a thumbnail, in their order.
func chosenRows(p *explorer.Page, most int) []int {
	n := len(p.Names)
	chosen := make([]bool, n)
	left := most
	choose := func(i int) {
		if left > 0 && !chosen[i] {
			chosen[i] = true
			left--
		}
	}
	if n > most {
		if p.Suspects != nil {
			for _, d := range p.Suspects.List {
				choose(d.Row)
			}
		}
		for _, o := range p.Outliers {
			choose(o.Row)
		}
	}
	for k, all := 0, min(left, n); k < all; k++ {
		choose(k * n / all)
	}
	var rows []int
	for i, c := range chosen {
		if c {
			rows = append(rows, i)
		}
	}
	return rows
}

// sheetMaker makes sheets, one at a time.
type sheetMaker struct {
	page       *explorer.Page
	side       int
	rows       []int
	own, added *thumbs.Images
	ev         conveyor.Events
	began      time.Time
	starts     func()
	done       atomic.Int64
}

func (s *sheetMaker) make(ctx context.Context) error {
	if s.starts != nil {
		s.starts()
	}
	to := &s.page.Sheets
	to.Side, to.Row, to.Of = s.side, sheetRow, make([]int32, len(s.page.Names))
	for i := range to.Of {
		to.Of[i] = -1
	}
	const each = sheetRow * sheetRow
	for first := 0; first < len(s.rows); first += each {
		jpeg, err := s.sheet(ctx, s.rows[first:min(first+each, len(s.rows))], first)
		if err != nil {
			return err
		}
		to.JPEG = append(to.JPEG, jpeg)
	}
	return nil
}

// sheet draws rows on a sheet, whose first cell has a number.
func (s *sheetMaker) sheet(parent context.Context, rows []int, first int) ([]byte, error) {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	lines := (len(rows) + sheetRow - 1) / sheetRow
	all := image.NewRGBA(image.Rect(0, 0, sheetRow*s.side, lines*s.side))
	paint.Draw(all, all.Bounds(), image.NewUniform(sheetPaper), image.Point{}, paint.Src)
	work := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for k, i := range rows {
		work.Go(func() {
			if ctx.Err() != nil {
				return
			}
			of := s.own
			if i >= s.page.Own {
				of = s.added
			}
			im, _, err := of.Draw(ctx, s.page.Names[i], s.side)
			if err != nil {
				stop(err)
			}
			if im != nil {
				at := image.Pt(k%sheetRow*s.side+(s.side-im.Rect.Dx())/2, k/sheetRow*s.side+(s.side-im.Rect.Dy())/2)
				paint.Draw(all, im.Rect.Add(at), im, image.Point{}, paint.Src)
				s.page.Sheets.Of[i] = int32(first + k)
			}
			s.tell()
		})
	}
	work.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, all, &jpeg.Options{Quality: sheetQuality})
	return b.Bytes(), err
}

func (s *sheetMaker) tell() {
	n := int(s.done.Add(1))
	if n%64 == 0 || n == len(s.rows) {
		t := time.Since(s.began)
		s.ev.TellProgress(conveyor.Progress{Total: len(s.rows), Done: n, Times: conveyor.Times{Elapsed: t, Waiting: t}})
	}
}
