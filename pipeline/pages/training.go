package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/training/trainlog"
)

// trainingPage is the page of a training run: losses and errors by epoch, and what of it is also to be told elsewhere.
// It is nil where the folder holds no such run.
func trainingPage(run string, paths bool) (_ *report.Report, warnings []string, err error) {
	epochs, err := trainlog.Epochs(run)
	if err == nil && len(epochs) == 0 {
		err = noEpochs(run)
	}
	if err != nil || len(epochs) == 0 {
		return nil, nil, err
	}
	last, best := epochs[len(epochs)-1], epochs[0]
	r := report.Report{Title: "Training of " + last.Net, Subtitle: fmt.Sprintf("epoch %d of %d, stage %d of %d", last.Epoch, last.Epochs, last.Stage, last.Stages)}
	total := 0.0
	for _, e := range epochs {
		total += e.Seconds
		if e.Best {
			best = e
		}
		one := report.Epoch{
			Stage: fmt.Sprintf("%d, %s", e.Stage, e.Net), Loss: e.Loss, ValLoss: e.ValLoss, Top1: e.Top1, Top5: e.Top5, Rate: e.Rate, Best: e.Best && e.Validated > 0,
			MultiLabel: e.MultiLabel, MeanAP: e.MeanAP, Boxes: e.Boxes, MeanIoU: e.MeanIoU,
		}
		if e.Validated == 0 {
			one.ValLoss, one.Top1, one.Top5, one.MeanAP, one.MeanIoU = math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()
		}
		r.Training = append(r.Training, one)
	}
	r.Summary = bestFigures(best)
	r.Summary = append(r.Summary, report.Figure{Name: "loss of the last epoch", Value: fmt.Sprintf("%.4g", last.Loss), Note: fmt.Sprintf("%s steps", report.Grouped(last.Step))})
	h, err := trainlog.ReadHistory(run)
	if err != nil {
		return nil, nil, err
	}
	if h != nil && len(h.Sittings) > 0 {
		addHistory(&r, h, epochs, paths)
		lacks, err := h.Lacks(run)
		if err != nil {
			return nil, nil, err
		}
		if lacks != "" {
			warnings = append(warnings, filepath.Join(run, trainlog.Name)+": "+lacks)
			r.Notes = append(r.Notes, warnings...)
		}
	}
	r.Settings = append(r.Settings, report.SettingSet{Title: "Timings", Items: []report.Setting{
		{Name: "epochs", Value: fmt.Sprint(len(epochs))},
		{Name: "epochs alone", Value: seconds(total)},
		{Name: "last epoch", Value: fmt.Sprintf("%.1f images/s, %.0f %% of the time waiting for images", last.Speed, 100*last.Waiting)},
		{Name: "images that could not be read", Value: fmt.Sprint(last.Failed)},
	}})
	set, err := runSettings(filepath.Join(run, trainlog.RunName))
	if err != nil {
		return nil, nil, err
	}
	if len(set.Items) > 0 {
		r.Settings = append(r.Settings, set)
	}
	return &r, warnings, nil
}

// noEpochs says of a folder whose log has no epoch that a training is there all the same; nil: none is.
func noEpochs(run string) error {
	digest, err := trainlog.RunDigest(run)
	if err != nil || digest == "" {
		return err
	}
	return fmt.Errorf("%s has no epoch yet of the training whose %s is beside it: let its first epoch end, or, if it has, put the whole log back",
		filepath.Join(run, trainlog.Name), trainlog.RunName)
}

// bestFigures are the validation measures of the best epoch.
func bestFigures(best trainlog.Epoch) []report.Figure {
	note := fmt.Sprintf("%s validation images, stage %d, epoch %d", report.Grouped(best.Validated), best.Stage, best.Epoch)
	figure := func(name string, share float64, note string) report.Figure {
		return report.Figure{Name: name, Value: fmt.Sprintf("%.1f %%", 100*share), Note: note}
	}
	switch {
	case best.Validated == 0:
		return nil
	case best.MultiLabel:
		return []report.Figure{figure("best mean AP", best.MeanAP, note)}
	case best.Boxes:
		return []report.Figure{figure("fewest wrong boxes", best.Top1, note), figure("their mean IoU", best.MeanIoU, "")}
	}
	figures := []report.Figure{figure("best top-1 error", best.Top1, note), figure("its top-5 error", best.Top5, "")}
	if best.MeanRecall > 0 { // logs of earlier versions do not have it
		figures = append(figures, figure("its mean class recall", best.MeanRecall, ""))
	}
	return figures
}

// runSettings are those that a training run stands on, as it wrote them down; none where it did not.
func runSettings(path string) (report.SettingSet, error) {
	s := report.SettingSet{Title: "What the weights depend on"}
	var of map[string]json.RawMessage
	if err := outputs.ReadJSON(path, &of); errors.Is(err, fs.ErrNotExist) {
		return s, nil
	} else if err != nil {
		return s, err
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		label, words := strings.ReplaceAll(name, "_", " "), inWords
		if name == "factors" {
			label, words = "rates of layers", ratesInWords
		}
		value, err := words(json.NewDecoder(bytes.NewReader(of[name])))
		if err != nil {
			return s, fmt.Errorf("%s: %w", path, err)
		}
		s.Items = append(s.Items, report.Setting{Name: label, Value: value})
	}
	return s, nil
}

// ratesInWords reads what the rates of layers are multiplied with.
func ratesInWords(d *json.Decoder) (string, error) {
	var factors []struct {
		Pattern     string
		Rate, Decay float64
	}
	if err := d.Decode(&factors); err != nil {
		return "", err
	}
	var parts []string
	for _, f := range factors {
		part := fmt.Sprintf("%s at %v times the rate", f.Pattern, f.Rate)
		switch {
		case f.Decay == 0:
			part += ", without penalty"
		case f.Decay != 1:
			part += fmt.Sprintf(", with %v times the penalty", f.Decay)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; "), nil
}

// manyWords is how many texts of a list are written out: more are counted.
const manyWords = 6

// inWords reads a JSON value as people would write it: an object as its names and values in their order, a list with
// semicolons, a long one of texts as their number with the first and the last.
func inWords(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	switch t := t.(type) {
	case json.Delim:
		var parts []string
		texts := t == '['
		for d.More() {
			name := ""
			if t == '{' {
				if name, err = inWords(d); err != nil {
					return "", err
				}
				name += " "
			}
			var of json.RawMessage
			if err := d.Decode(&of); err != nil {
				return "", err
			}
			texts = texts && len(of) > 0 && of[0] == '"'
			value, err := inWords(json.NewDecoder(bytes.NewReader(of)))
			if err != nil {
				return "", err
			}
			parts = append(parts, name+value)
		}
		if _, err := d.Token(); err != nil {
			return "", err
		}
		switch n := len(parts); {
		case t == '{':
			return strings.Join(parts, ", "), nil
		case texts && n > manyWords:
			return fmt.Sprintf("%d, %s to %s", n, parts[0], parts[n-1]), nil
		}
		return strings.Join(parts, "; "), nil
	case nil:
		return "none", nil
	case bool:
		return map[bool]string{true: "yes", false: "no"}[t], nil
	default:
		return fmt.Sprint(t), nil
	}
}
