package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/heads"
	"fc7/pipeline/paper"
)

// headSettings are those of the heads.
func (p *reporter) headSettings() []report.SettingSet {
	h := p.heads
	if h == nil {
		return nil
	}
	s := report.SettingSet{Title: "Heads"}
	add := func(name, value string) { s.Items = append(s.Items, report.Setting{Name: name, Value: value}) }
	add("descriptor", h.Recipe.String())
	for i, t := range h.Tables {
		name := "table"
		if len(h.Tables) > 1 {
			name = fmt.Sprintf("table %d", i+1)
		}
		value := fmt.Sprintf("%s of %s, weights SHA-256 %s", t.Layer, t.Identity.Net, t.Identity.WeightsSHA256)
		if t.Region != heads.RegionRow {
			value += ", rows of " + string(t.Region)
		}
		add(name, value)
	}
	for _, of := range []struct {
		what string
		from *heads.From
	}{{"labels", h.LabelsFrom}, {"splits", h.SplitsFrom}} {
		if of.from != nil {
			add(of.what+" of", fmt.Sprintf("%s, SHA-256 %s: %s rows, %s other than the tables'", of.from.File, of.from.SHA256, report.Grouped(of.from.Rows), report.Grouped(of.from.Changed)))
		}
	}
	addSplits(h.Result, add)
	c := h.Splits[0].Choice
	switch {
	case len(c.Curve) == 0:
		add("C", fmt.Sprintf("%g, chosen on %s", c.C, c.On))
	case len(h.Splits) == 1:
		add("C", fmt.Sprintf("%g, chosen on %s by %s", c.C, c.On, c.Measure))
	}
	add("loss", h.Options.Loss.String())
	add("bias", fmt.Sprintf("%g", h.Options.Bias))
	add("seed", fmt.Sprint(h.Options.Seed))
	return []report.SettingSet{s}
}

// addSplits adds what the heads were trained and scored on, with the figure of a split where splits are what is told.
func addSplits(h *protocol.Result, add func(name, value string)) {
	if !h.Seeded() {
		n := h.Splits[0].Images
		add("trained on", fmt.Sprintf("%s, %s images", h.Trained, report.Grouped(n.Train)))
		add("scored on", fmt.Sprintf("%s, %s images, %s of them without a descriptor", h.Scored, report.Grouped(n.Test), report.Grouped(n.TestMissing)))
		if h.Options.Difficult != "" {
			add("difficult images in training", string(h.Options.Difficult))
		}
		return
	}
	for _, s := range h.Splits {
		text := fmt.Sprintf("%s images to train, %s to test, C = %g", report.Grouped(s.Images.Train), report.Grouped(s.Images.Test), s.Choice.C)
		if len(h.Columns()) == 0 {
			text += ", " + h.Headline.Name + " " + percentText(s.Figures.Get(h.Headline.Figure))
		}
		add(fmt.Sprintf("split of seed %d", s.Seed), text)
	}
}

// tableSettings are those of the feature table of a run. Of the tasks of a plan, and of shares that were joined, the
// manifest tells what all of them took.
func tableSettings(run string, m outputs.Manifest) []report.SettingSet {
	start, computing, of := "last start", "of that, computing", "all decoders"
	_, none := os.Lstat(filepath.Join(run, outputs.PlanName))
	if none == nil || m.Made == nil {
		start, computing, of = "starts, the first to the last", "computing, in all of them", "all decoders of these"
	}
	return []report.SettingSet{
		{Title: "Descriptors: all that they depend on", Items: identitySettings(m.Identity)},
		{Title: "How they were made", Items: []report.Setting{
			{Name: settingData, Value: m.DataSet},
			{Name: settingWeights, Value: m.Weights},
			{Name: "computed by", Value: strings.Join([]string{m.Program, m.Go, m.Platform}, ", ")},
			{Name: "files", Value: fmt.Sprintf("%d", m.Shards)},
			{Name: start, Value: fmt.Sprintf("%s images in %s", report.Grouped(m.Timings.Computed), m.Timings.Finished.Sub(m.Timings.Started).Round(100*time.Millisecond))},
			{Name: computing, Value: seconds(m.Timings.Computing)},
			{Name: "waiting for images", Value: seconds(m.Timings.Waiting)},
			{Name: "waiting for the writer", Value: seconds(m.Timings.Writing)},
			{Name: "reading and decoding", Value: seconds(m.Timings.Reading) + ", of " + of + " together, beside the computing"},
			{Name: "finished", Value: m.Timings.Finished.UTC().Format("2006-01-02 15:04:05 MST")},
		}},
	}
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond).String()
}

// identitySettings are the lines of an identity.
func identitySettings(i outputs.Identity) []report.Setting {
	flips := "no"
	if i.Flip {
		flips = "mean with the mirror images"
	}
	return []report.Setting{
		{Name: "net", Value: i.Net},
		{Name: "weights, SHA-256", Value: i.WeightsSHA256},
		{Name: "preprocessing", Value: i.Preprocessing.String()},
		{Name: "layers", Value: strings.Join(i.Layers, ", ")},
		{Name: "scales", Value: report.Numbers(i.Scales)},
		{Name: "views", Value: views(i)},
		{Name: "flips", Value: flips},
		{Name: "pooling", Value: i.Pooling},
		{Name: "resize", Value: i.Resize},
		{Name: "stored as", Value: i.Dtype},
		{Name: "arithmetic", Value: i.Arithmetic},
		{Name: "inputs", Value: fmt.Sprintf("%s of %s, SHA-256 of the list %s", report.Grouped(i.Inputs.Count), i.Inputs.Kind, i.Inputs.SHA256)},
	}
}

// addPaper puts the comparison with the paper into the page: the given one, or the line of the run's own heads.
func (p *reporter) addPaper() {
	if p.job.paper != nil {
		p.page.Paper = p.job.paper
		return
	}
	if p.heads == nil {
		return
	}
	l := paper.LineOf(p.heads, p.m.RandomWeights)
	if l == nil {
		return
	}
	p.page.Paper = paper.Reproduction{Task: l.Task, Lines: []paper.Line{*l}}.Comparison()
}

// views says what of an image the net saw.
func views(i outputs.Identity) string {
	if i.CropSize == 0 {
		return "dense: whole images"
	}
	return fmt.Sprintf("%s, %d x %d pixels", i.Views, i.CropSize, i.CropSize)
}
