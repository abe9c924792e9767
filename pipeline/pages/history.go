package pages

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fc7/internal/origin"
	"fc7/outputs/report"
	"fc7/pipeline/training/trainlog"
)

// addHistory tells what was trained on what, when, by which command and in which time.
func addHistory(r *report.Report, h *trainlog.History, epochs []trainlog.Epoch, paths bool) {
	sittings := h.Sittings
	first, last := sittings[0], sittings[len(sittings)-1]
	r.Notes = append(r.Notes, trainedOn(h.About, epochs[len(epochs)-1]), trainedWhen(h, earlierSeconds(first, epochs)))
	addCommand(r, last.Command, paths)
	addMade(r, "trained", last.Command)
	for i, s := range sittings[:len(sittings)-1] {
		if s.Command != nil && (last.Command == nil || s.Text != last.Text) && !slices.ContainsFunc(sittings[:i], func(o trainlog.Sitting) bool { return o.Command != nil && o.Text == s.Text }) {
			addCommand(r, s.Command, paths)
		}
	}
	set := report.SettingSet{Title: "Data and layers", Items: []report.Setting{{Name: settingData, Value: h.About.DataSet}}}
	if h.About.Weights != "" {
		set.Items = append(set.Items, report.Setting{Name: settingStart, Value: h.About.Weights})
	}
	for i, s := range h.About.Stages {
		set.Items = append(set.Items, report.Setting{Name: fmt.Sprintf("stage %d", i+1), Value: layersOf(s)})
	}
	r.Settings = append(r.Settings, set, sittingsSet(sittings))
}

// trainedOn says what was trained on what.
func trainedOn(a trainlog.About, last trainlog.Epoch) string {
	var nets []string
	for _, s := range a.Stages[:min(len(a.Stages), max(1, last.Stage))] {
		if len(nets) == 0 || nets[len(nets)-1] != s.Net {
			nets = append(nets, s.Net)
		}
	}
	how := strings.Join(nets, ", then ") + ", trained"
	switch {
	case a.Tuned:
		how = fmt.Sprintf("%s of %s, fine-tuned", strings.Join(nets, ", then "), filepath.Base(a.Weights))
	case a.Weights != "":
		how += " from " + filepath.Base(a.Weights) + " on,"
	}
	judged := "no image was held out for validation"
	if a.Val > 0 {
		judged = fmt.Sprintf("validated on %s of the set's val split", counted(a.Val, "image"))
		if a.HeldOut {
			judged = fmt.Sprintf("validated on %s that the seed held out", counted(a.Val, "image"))
		}
	}
	return fmt.Sprintf("%s on %s of %s of %s; %s.", how, counted(a.Train, "image"), classes(a.Classes), a.DataSet, judged)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return report.Grouped(n) + " " + what + "s"
}

func classes(n int) string {
	if n == 1 {
		return "1 class"
	}
	return report.Grouped(n) + " classes"
}

// trainedWhen says when, and in which time; before is that of epochs that no sitting tells of.
func trainedWhen(h *trainlog.History, before float64) string {
	n := len(h.Sittings)
	prepared, views := 0.0, 0
	for _, s := range h.Sittings {
		prepared, views = prepared+s.Prepared, views+s.Views
	}
	text := fmt.Sprintf("Begun %s, last at work %s: %s in all", origin.Date(h.Sittings[0].Began), origin.Date(h.Sittings[n-1].Ended),
		seconds(h.Worked().Seconds()+before))
	if n > 1 {
		text += fmt.Sprintf(", in %d sittings", n)
	}
	text += fmt.Sprintf(", of which %s went into looking at the images' colours", seconds(prepared))
	if views > 0 {
		text += fmt.Sprintf(" and caching %s", counted(views, "view"))
	}
	if before > 0 {
		text += fmt.Sprintf("; %s are the epochs' of before, when an earlier version kept no account of its sittings", seconds(before))
	}
	return text + "."
}

// earlierSeconds is the time of the epochs before the first sitting that is known.
func earlierSeconds(first trainlog.Sitting, epochs []trainlog.Epoch) (s float64) {
	for _, e := range epochs {
		if first.From > 0 && e.Step <= first.From {
			s += e.Seconds
		}
	}
	return s
}

// layersOf says which layers of a stage's net are trained, and how many tensors of which are not.
func layersOf(s trainlog.AboutStage) string {
	text := s.Net + ", training " + s.Trained
	if s.Frozen != "" {
		text += fmt.Sprintf("; frozen: %s of %s", counted(s.Tensors, "tensor"), s.Frozen)
	}
	return text
}

// sittingsSet lists the sittings.
func sittingsSet(sittings []trainlog.Sitting) report.SettingSet {
	set := report.SettingSet{Title: "Sittings"}
	for i, s := range sittings {
		steps := "no step"
		if s.To > s.From {
			steps = fmt.Sprintf("steps %s to %s", report.Grouped(s.From+1), report.Grouped(s.To))
		}
		value := fmt.Sprintf("%s to %s, %s, %s", origin.Date(s.Began), origin.Date(s.Ended), s.Ended.Sub(s.Began).Round(time.Second), steps)
		if s.Views > 0 {
			value += fmt.Sprintf(", %s cached", counted(s.Views, "view"))
		}
		set.Items = append(set.Items, report.Setting{Name: fmt.Sprintf("sitting %d", i+1), Value: value})
	}
	return set
}
