package explore

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	paint "image/draw"
	"image/jpeg"
	"slices"
	"sync/atomic"
	"time"

	"fc7/internal/escape"
	"fc7/internal/forecast"
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

// addSheets puts thumbnails of the rows into the page, or of as many as it may have: evenly among all, and of those
// that the page's lists name. They are kept; where all were there, they are read the next time.
func (g *gathered) addSheets(ctx context.Context, p *explorer.Page, ev conveyor.Events) error {
	if g.job.Thumbnails == 0 {
		return nil
	}
	p.Sheets = explorer.Sheets{Side: g.job.Side, Row: sheetRow, Of: slices.Repeat([]int32{-1}, len(p.Names))}
	rows := chosenRows(p, g.job.Thumbnails)
	own, _ := slices.BinarySearch(rows, p.Own)
	if err := g.addSheetsOf(ctx, p, g.manifest, g.job.DataSet, "thumbnails", g.o, rows[:own], ev); err != nil || g.added == nil {
		return err
	}
	m, err := outputs.ReadManifest(table.RunFolder(g.job.Add))
	if err != nil {
		return err
	}
	return g.addSheetsOf(ctx, p, m, "", "thumbnails-with-"+g.added.basis.Table[:12], g.added, rows[own:], ev)
}

// addSheetsOf puts thumbnails of rows of a table into the page, which are kept by a name.
func (g *gathered) addSheetsOf(ctx context.Context, p *explorer.Page, m outputs.Manifest, spec, name string, o *opened, rows []int, ev conveyor.Events) error {
	k := keptIn(g.job.Run, name, basis{Table: o.basis.Table, Asked: fmt.Sprintf("%s, side %d, of %s", drawnAs, g.job.Side, digestOf(rows))})
	if n := k.fresh(); n != nil && n.Away == 0 {
		if spec != "" {
			ev.TellNote(fmt.Sprintf("thumbnails are kept, of this table, and read from %s: no image of --data is; without that file they are drawn again", k.path))
		}
		return readSheets(k.path, n.SHA256, &p.Sheets, rows)
	}
	im, err := thumbs.Open(ctx, m, spec)
	if err != nil {
		return err
	}
	if err := im.Err; err != nil {
		p.Notes = append(p.Notes, "The images could not be opened, so there are no thumbnails: --data says where they are.")
		ev.TellNote(fmt.Sprintf("the images could not be opened as %s, so there are no thumbnails: --data says where they are (%s)", im.Spec, escape.Error(err)))
		return nil
	}
	if err := k.writable(); err != nil {
		return err
	}
	s := &sheetMaker{page: p, rows: rows, of: im, ev: ev, began: time.Now()}
	if g.job.Thumbnailing != nil {
		g.job.Thumbnailing()
	}
	return s.make(ctx, k)
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
		if p.Leaks != nil {
			for _, of := range p.Leaks.Groups {
				for _, m := range of.Images {
					choose(m.Row)
				}
			}
		}
	}
	for _, i := range forecast.Evenly(left, n) {
		choose(i)
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
	page  *explorer.Page
	rows  []int
	of    *thumbs.Images
	ev    conveyor.Events
	began time.Time
	done  atomic.Int64
}

// make makes the sheets and keeps them.
func (s *sheetMaker) make(ctx context.Context, k kept) error {
	to := &s.page.Sheets
	begin := len(to.JPEG)
	for rows := range slices.Chunk(s.rows, perSheet) {
		jpeg, err := s.sheet(ctx, rows, len(to.JPEG)*perSheet)
		if err != nil {
			return err
		}
		to.JPEG = append(to.JPEG, jpeg)
	}
	return keepSheets(k, to, s.rows, begin)
}

// sheet draws rows on a sheet, whose first cell has a number.
func (s *sheetMaker) sheet(ctx context.Context, rows []int, first int) ([]byte, error) {
	lines := (len(rows) + sheetRow - 1) / sheetRow
	side := s.page.Sheets.Side
	all := image.NewRGBA(image.Rect(0, 0, sheetRow*side, lines*side))
	paint.Draw(all, all.Bounds(), image.NewUniform(sheetPaper), image.Point{}, paint.Src)
	err := thumbs.Several(ctx, len(rows), 0, func(ctx context.Context, k int) error {
		im, _, err := s.of.Draw(ctx, s.page.Names[rows[k]], side)
		if im != nil {
			at := image.Pt(k%sheetRow*side+(side-im.Rect.Dx())/2, k/sheetRow*side+(side-im.Rect.Dy())/2)
			paint.Draw(all, im.Rect.Add(at), im, image.Point{}, paint.Src)
			s.page.Sheets.Of[rows[k]] = int32(first + k)
		}
		s.tell()
		return err
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = jpeg.Encode(&b, all, &jpeg.Options{Quality: sheetQuality})
	return b.Bytes(), err
}

func (s *sheetMaker) tell() {
	n := int(s.done.Add(1))
	if n%64 == 0 || n == len(s.rows) {
		t := time.Since(s.began)
		s.ev.TellProgress(conveyor.Progress{Total: len(s.rows), Done: n, Times: conveyor.Times{Elapsed: t, Waiting: t}})
	}
}
