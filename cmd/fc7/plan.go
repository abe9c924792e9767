package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"fc7/internal/fetch"
	"fc7/pipeline/training"
)

// plan shows what a new training will take.
func (c *console) plan(j training.Job) func(training.Plan) {
	return func(p training.Plan) {
		switch {
		case c.quiet:
			return
		case c.json != nil:
			c.json.line("plan", p)
			return
		}
		_ = printPlan(c.err, &p, j.DataSet, j.Out) // what cannot be shown stops no training
	}
}

// printPlan writes a plan as a table and a line.
func printPlan(to io.Writer, p *training.Plan, set, out string) error {
	fmt.Fprintf(to, "%s: %s to train, %d to validate, %d classes; steps of %s, %d an epoch\n",
		set, counted(p.Train, "image"), p.Val, p.Classes, counted(p.Batch, "image"), p.Steps)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "stage\tnet\tS\tepochs\timages/s\tan epoch\tall epochs\t\n")
	for i, s := range p.Stages {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%.4g\t%s\t%s\t\n", i+1, s.Net, sides{s.SMin, s.SMax}, s.Epochs, s.Speed, about(s.Epoch), about(s.Seconds))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	most := ""
	if p.AtMost {
		most = "at most "
	}
	free := ""
	if p.Free >= 0 {
		free = fmt.Sprintf(", which has %s free", fetch.Bytes(p.Free))
	}
	_, err := fmt.Fprintf(to, "in all %s%s; memory %s; disk %s in %s%s\n", most, about(p.Seconds), fetch.Bytes(p.Memory), fetch.Bytes(p.Disk), out, free)
	if err == nil && p.Free >= 0 && p.Free < p.Disk {
		_, err = fmt.Fprintf(to, "the disk of %s is too small: fewer checkpoints (--keep) or another folder (--out) help\n", out)
	}
	return err
}

// about writes a time as people plan with it.
func about(seconds float64) string {
	for _, u := range []struct {
		name   string
		length float64
	}{{"days", 86400}, {"h", 3600}, {"min", 60}} {
		if seconds >= 2*u.length {
			return fmt.Sprintf("%.3g %s", seconds/u.length, u.name)
		}
	}
	return fmt.Sprintf("%.3g s", seconds)
}
