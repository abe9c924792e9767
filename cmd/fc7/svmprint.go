package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/pipeline/heads"
)

func printHeads(c *console, r *heads.Result) {
	switch {
	case r.VOC != nil:
		printVOC(c, r.VOC)
	case r.Caltech != nil:
		printCaltech(c, r.Caltech)
	default:
		printLabelled(c, r.Set)
	}
	printLowShot(c, r.LowShot)
	c.printf("heads and scores: %s\n", r.Out)
}

func percent(v metrics.Value) string {
	if !v.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*float64(v))
}

func printVOC(c *console, v *protocol.VOCResult) {
	for _, n := range v.Notes {
		c.note(n)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "class\ttrain +\t%s +\tignored\tC\tAP 11-point\tAP all-point\t\n", v.Scored)
	for _, k := range v.Classes {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%g\t%s\t%s\t\n", k.Name, k.TrainPositives, k.Positives, k.Ignored, k.C, percent(k.AP11), percent(k.APAll))
	}
	fmt.Fprintf(w, "mean\t\t\t\t\t%s\t%s\t\n", percent(v.MeanAP11), percent(v.MeanAPAll))
	w.Flush()
	c.printf("%d images of %s trained, %d of %s scored; %s\n", v.Images.Trained, v.Trained, v.Images.Scored, v.Scored, choice(v.Choice))
}

func choice(h protocol.Choice) string {
	s := fmt.Sprintf("C = %g, chosen on %s", h.C, h.On)
	if h.PerClass != nil {
		s = fmt.Sprintf("C from %g to %g by class, chosen on %s", slices.Min(h.PerClass), slices.Max(h.PerClass), h.On)
	}
	if h.Note != "" {
		s += " (" + h.Note + ")"
	}
	return s
}

func printCaltech(c *console, r *protocol.CaltechResult) {
	for _, n := range r.Notes {
		c.note(n)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "split\ttrain\ttest\tC\tmean class recall\taccuracy\t\n")
	for _, s := range r.Splits {
		fmt.Fprintf(w, "seed %d\t%d\t%d\t%g\t%s\t%s\t\n", s.Seed, s.Images.Train, s.Images.Test, s.C, percent(s.MeanRecall), percent(s.Accuracy))
	}
	w.Flush()
	c.printf("mean class recall over %d classes: %s", len(r.Classes), percent(r.MeanRecall))
	if r.Deviation.Defined() {
		c.printf(" ± %s over %d splits", percent(r.Deviation), len(r.Splits))
	}
	c.printf("\n")
}

func plusMinus(v, deviation metrics.Value) string {
	if !deviation.Defined() {
		return percent(v)
	}
	return percent(v) + " ± " + percent(deviation)
}

func printLabelled(c *console, r *protocol.SetResult) {
	for _, n := range r.Notes {
		c.note(n)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "class\ttrain +\ttest +\trecall\tAP all-point\tAP 11-point\t\n")
	for _, k := range r.Classes {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t\n", k.Name, k.Train, k.Test, percent(k.Recall), percent(k.AP), percent(k.AP11))
	}
	w.Flush()
	for _, s := range r.Splits {
		name := "the set's splits"
		if len(r.Splits) > 1 || r.Trained == r.Scored {
			name = fmt.Sprintf("split of seed %d", s.Seed)
		}
		c.printf("%s: %d images to train, %d to test, %s\n", name, s.Images.Train, s.Images.Test, choice(s.Choice))
	}
	var parts []string
	for _, f := range []struct {
		name    string
		mean, d metrics.Value
	}{
		{"accuracy", r.Figures.Accuracy, r.Deviation.Accuracy},
		{"mean class recall", r.Figures.MeanRecall, r.Deviation.MeanRecall},
		{"top-5", r.Figures.Top5, r.Deviation.Top5},
		{"mean AP", r.Figures.MeanAP, r.Deviation.MeanAP},
	} {
		if f.mean.Defined() {
			parts = append(parts, f.name+" "+plusMinus(f.mean, f.d))
		}
	}
	c.printf("%s\n", strings.Join(parts, ", "))
}

func printLowShot(c *console, r *protocol.LowShotResult) {
	if r == nil {
		return
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	name, _, _ := r.Points[0].Figure()
	fmt.Fprintf(w, "images a class\t%s over %d draws\t\n", name, r.Draws)
	for _, p := range r.Points {
		_, mean, deviation := p.Figure()
		fmt.Fprintf(w, "%d\t%s\t\n", p.Shots, plusMinus(mean, deviation))
	}
	w.Flush()
}
