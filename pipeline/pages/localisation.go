package pages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"strings"

	"fc7/heads/localise"
	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/localisation"
	"fc7/pipeline/thumbs"
)

// localisationPage is the page of nets whose boxes were scored; nil: the folder holds no such run.
func (j Job) localisationPage(ctx context.Context) (*report.Report, error) {
	l, err := localisation.ReadResult(j.Run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &report.Report{Title: cmp.Or(l.DataSet, "Localisation"), Subtitle: "where objects are", Inputs: l.Images}
	addCommand(r, l.Made, j.Paths)
	addMade(r, "evaluated", l.Made)
	last := l.Rows[len(l.Rows)-1]
	note := fmt.Sprintf("%s, of %s objects", wayOf(last), report.Grouped(last.Objects))
	r.Summary = append(r.Summary,
		report.Figure{Name: "right boxes, class known", Value: inPercent(last.Right) + " %", Note: note},
		report.Figure{Name: "mean IoU", Value: inPercent(last.MeanIoU) + " %", Note: note},
		report.Figure{Name: "images", Value: report.Grouped(l.Images), Note: report.Grouped(l.Failed) + " could not be read and count as wrong"})
	set := report.SettingSet{Title: "Nets"}
	for _, n := range append(l.Boxes[:len(l.Boxes):len(l.Boxes)], l.Weights...) {
		set.Items = append(set.Items, report.Setting{Name: "net", Value: strings.TrimSpace(n.Net + " " + n.Regress)},
			report.Setting{Name: settingWeights, Value: n.Weights}, report.Setting{Name: "weights, SHA-256", Value: n.SHA256})
	}
	r.Settings = append(r.Settings, set, report.SettingSet{Title: "Data", Items: []report.Setting{{Name: settingData, Value: l.DataSet}, {Name: "kind", Value: l.Kind}}})
	r.Tables = append(r.Tables, boxTable(l), paperBoxes(l))
	return r, j.addBoxes(ctx, r, l)
}

// inPercent is a share with one decimal.
func inPercent(v float64) string { return fmt.Sprintf("%.1f", 100*v) }

// wayOf names a way of testing.
func wayOf(r localisation.Row) string {
	if r.Views == localisation.ViewsConstant {
		return fmt.Sprintf("constant, %.0f %% of the sides", 100*r.Share)
	}
	var nets []string
	for _, n := range r.Nets {
		nets = append(nets, fmt.Sprint(n+1))
	}
	return r.Views + ", net " + strings.Join(nets, " and ")
}

// boxTable is a line a way of testing.
func boxTable(l *localisation.Result) report.Table {
	t := report.Table{
		Title: "Boxes by way of testing", Words: 2, Head: []string{"views", "scales", "right, %", "mean IoU, %", "CorLoc, %", "top-1 error, %", "top-5 error, %"},
		Note: "A box is right where its IoU with a true one is at least 0.5. Constant boxes look at nothing.",
	}
	if l.Flip {
		t.Note += " Mirror images were looked at, too, and their boxes united with the others."
	}
	for _, r := range l.Rows {
		row := []string{wayOf(r), report.Numbers(r.Scales), inPercent(r.Right), inPercent(r.MeanIoU), inPercent(r.CorLoc), "–", "–"}
		if r.Top1 != nil && r.Top5 != nil {
			row[5], row[6] = inPercent(*r.Top1), inPercent(*r.Top5)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// paperBoxes are the paper's tables.
func paperBoxes(l *localisation.Result) report.Table {
	t := report.Table{Title: "In the paper", Words: 2, Head: []string{"table", "testing", "error, %"}, Note: "Of nets like VGG-16, on ImageNet's validation set: table 8 with the class given, table 9 top-5."}
	for _, p := range l.Published {
		t.Rows = append(t.Rows, []string{p.Source, p.How, fmt.Sprintf("%.1f", p.Error)})
	}
	return t
}

// Colours of boxes on images: those of true ones, and of predicted ones.
var (
	trueColour      = color.RGBA{0x2c, 0xa0, 0x2c, 0xff}
	predictedColour = color.RGBA{0xd6, 0x27, 0x28, 0xff}
)

// addBoxes shows objects with their boxes.
func (j Job) addBoxes(ctx context.Context, r *report.Report, l *localisation.Result) error {
	g := &galleries{title: "Boxes", note: "Green: true boxes; red: the predicted one. Figures are IoU.", groups: []galleryGroup{{}}}
	g.boxes("Best: the greatest IoU", l.Examples.Best, func(x localisation.Example) string { return x.Class })
	g.boxes("Worst: the least IoU", l.Examples.Worst, func(x localisation.Example) string { return x.Class })
	g.boxes("Confused: taken for another class, the surest first", l.Examples.Confused, func(x localisation.Example) string {
		return fmt.Sprintf("%s, taken for %s (%.2f)", x.Class, x.Taken, x.Posterior)
	})
	return j.addGallery(ctx, r, outputs.Manifest{DataSet: l.DataSet}, g)
}

// boxes adds a strip of examples.
func (g *galleries) boxes(title string, list []localisation.Example, caption func(localisation.Example) string) {
	if len(list) == 0 {
		return
	}
	var strip []*report.Thumb
	for _, x := range list {
		t := &report.Thumb{Image: x.Image, Caption: caption(x), Score: fmt.Sprintf("%.2f", x.IoU), Right: x.IoU >= localise.Enough, Wrong: x.IoU < localise.Enough}
		var frames []thumbs.Frame
		for _, b := range x.True {
			frames = append(frames, frameOf(b, x.Size, trueColour))
		}
		frames = append(frames, frameOf(x.Box, x.Size, predictedColour))
		strip, g.thumbs, g.keys = append(strip, t), append(g.thumbs, t), append(g.keys, x.Image)
		if g.frames == nil {
			g.frames = map[int][]thumbs.Frame{}
		}
		g.frames[len(g.thumbs)-1] = frames
	}
	last := &g.groups[len(g.groups)-1]
	last.Strips, last.strips = append(last.Strips, report.Strip{Title: title}), append(last.strips, strip)
}

// frameOf is a box in shares of its image.
func frameOf(b localise.Box, of localise.Size, c color.RGBA) thumbs.Frame {
	p := of.Of(b)
	return thumbs.Frame{Left: p.Left, Top: p.Top, Right: p.Right, Bottom: p.Bottom, Colour: c}
}
