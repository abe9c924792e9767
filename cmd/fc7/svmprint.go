package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/pipeline/heads"
)

// printHeads prints what heads score, class by class or split by split as their protocol tells it.
func printHeads(c *console, r *heads.Result) {
	for _, n := range r.Notes {
		c.note(n)
	}
	columns := r.Columns()
	switch {
	case len(columns) == 0:
		printHeadSplits(c, r.Result)
	case r.Seeded(), r.SingleLabel():
		printHeadClasses(c, r.Result, columns)
		printDivisions(c, r.Result)
	default:
		printHeadClasses(c, r.Result, columns)
		s := r.Splits[0]
		c.printf("%s of %s trained, %d of %s scored; %s\n", counted(s.Images.Train, "image"), r.Trained, s.Images.Test, r.Scored, choice(s.Choice))
	}
	printLowShot(c, r)
	printProbe(c, r)
	c.printf("heads and scores: %s\n", r.Out)
}

func percent(v metrics.Value) string {
	if !v.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*float64(v))
}

func plusMinus(v, deviation metrics.Value) string {
	if !deviation.Defined() {
		return percent(v)
	}
	return percent(v) + " ± " + percent(deviation)
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

// printHeadClasses prints a line a class; of the set's own splits, whose figures have no deviation, the means are its
// last line.
func printHeadClasses(c *console, r *protocol.Result, columns []string) {
	scored := "test"
	if !r.Seeded() {
		scored = r.Scored
	}
	titles := map[string]string{"train": "train +", "test": scored + " +", "ignored": "ignored", "c": "C"}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	row := func(first string, cell func(column string) string) {
		fmt.Fprintf(w, "%s\t", first)
		for _, name := range columns {
			fmt.Fprintf(w, "%s\t", cell(name))
		}
		fmt.Fprintln(w)
	}
	row("class", func(name string) string {
		if t, ok := titles[name]; ok {
			return t
		}
		return protocol.MeasureOf(name).Short()
	})
	for k, class := range r.Classes {
		row(escape.Short(class.Name), func(name string) string {
			switch {
			case name == "c":
				return fmt.Sprintf("%g", r.Splits[0].Choice.Cost(k))
			case titles[name] != "":
				return fmt.Sprint(class.Counts.Get(name))
			}
			return percent(class.Figures.Get(name))
		})
	}
	if !r.Seeded() {
		row("mean", func(name string) string {
			if titles[name] != "" {
				return ""
			}
			return percent(r.Figures.Get(protocol.MeanOf(name)))
		})
	}
	w.Flush()
}

// printDivisions prints how each split was trained, and the figures over all of them.
func printDivisions(c *console, r *protocol.Result) {
	for _, s := range r.Splits {
		name := "the set's splits"
		switch {
		case r.Random():
			name = fmt.Sprintf("split of seed %d", s.Seed)
		case s.Name != "":
			name = s.Name
		}
		c.printf("%s: %s to train, %d to test, %s\n", name, counted(s.Images.Train, "image"), s.Images.Test, choice(s.Choice))
	}
	var parts []string
	for _, f := range r.Summary() {
		if f.Value.Defined() {
			parts = append(parts, protocol.MeasureOf(f.Name).Short()+" "+plusMinus(f.Value, r.Deviation.Get(f.Name)))
		}
	}
	c.printf("%s\n", strings.Join(parts, ", "))
}

// printHeadSplits prints a line a split, and the figure that counts.
func printHeadSplits(c *console, r *protocol.Result) {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "split\ttrain\ttest\tC\t")
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t", protocol.MeasureOf(f.Name).Short())
	}
	fmt.Fprintln(w)
	for _, s := range r.Splits {
		fmt.Fprintf(w, "seed %d\t%d\t%d\t%g\t", s.Seed, s.Images.Train, s.Images.Test, s.Choice.C)
		for _, f := range s.Figures {
			fmt.Fprintf(w, "%s\t", percent(f.Value))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	value, deviation := r.Figure()
	c.printf("%s over %s: %s", r.Headline.Name, counted(len(r.Classes), "class"), percent(value))
	if deviation.Defined() {
		c.printf(" ± %s over %s", percent(deviation), counted(len(r.Splits), "split"))
	}
	c.printf("\n")
}

// printLowShot prints a line a number of images, and a column a head.
func printLowShot(c *console, of *heads.Result) {
	r := of.LowShot
	if r == nil {
		return
	}
	for _, n := range r.Notes {
		if !slices.Contains(of.Notes, n) {
			c.note(n)
		}
	}
	c.printf("%s over %s of some images a class:\n", r.Headline.Short(), counted(r.Draws, "draw"))
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "images a class\t")
	for _, curve := range r.Curves {
		fmt.Fprintf(w, "%s\t", curve.Name())
	}
	fmt.Fprintln(w)
	points := r.Curves[0].Points
	for i, p := range points {
		fmt.Fprintf(w, "%v\t", p.Images())
		for _, curve := range r.Curves {
			fmt.Fprintf(w, "%s\t", plusMinus(r.Figure(curve.Points[i])))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	for _, p := range points {
		if n := len(p.Short); n > 0 {
			were, have := few.Verb(p.Shots, "was", "were"), few.Verb(n, "has", "have")
			c.printf("%s a class %s asked for, %v drawn: %s %s fewer\n", counted(p.Shots, "image"), were, p.Images(), counted(n, "class"), have)
		}
	}
}

// printProbe prints what the nearest images tell beside what the heads do.
func printProbe(c *console, r *heads.Result) {
	if r.KNN == nil {
		return
	}
	for _, n := range r.KNN.Notes {
		c.note(n)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "neighbours\t%s\t\n", r.KNN.Headline.Short())
	figure := r.KNN.Headline.Figure
	for _, p := range r.KNN.Points {
		fmt.Fprintf(w, "%d\t%s\t\n", p.K, plusMinus(p.Figures.Get(figure), p.Deviation.Get(figure)))
	}
	fmt.Fprintf(w, "heads\t%s\t\n", plusMinus(r.Figures.Get(figure), r.Deviation.Get(figure)))
	w.Flush()
}
