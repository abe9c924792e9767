package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/internal/fetch"
	"fc7/internal/forecast"
	"fc7/pipeline/training"
)

// dryHelp explains dryRun.
const dryHelp = `--dry-run does nothing but tell what would be read, computed and written, with size and time as a
few of the %s, done for real and thrown away, let expect it.`

// dryRun is --dry-run, one for all verbs that run long.
type dryRun struct{ asked bool }

func (d *dryRun) add(cmd *cobra.Command, units string) {
	cmd.Flags().BoolVar(&d.asked, "dry-run", false, "tell what it would take, from a few "+units+", and write nothing")
	cmd.Long += "\n\n" + fmt.Sprintf(dryHelp, units)
}

// foretell prints a forecast, unless an error came of it.
func (c *console) foretell(f *forecast.Forecast, err error) error {
	if err != nil {
		return err
	}
	return c.result(f, func() error { return printForecast(c, f) })
}

// foretold shows what a new training will take.
func (c *console) foretold(p training.Plan) {
	switch {
	case c.quiet:
		return
	case c.json != nil:
		c.json.line("plan", p)
		return
	}
	_ = writeForecast(c.err, p.Forecast) // what cannot be shown stops no training
	fmt.Fprintln(c.err)
}

func printForecast(c *console, f *forecast.Forecast) error {
	err := writeForecast(c.out, f)
	if err == nil {
		c.printf("; nothing was written\n")
	}
	return err
}

// writeForecast writes a forecast without the end of its last line.
func writeForecast(to io.Writer, f *forecast.Forecast) error {
	w := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	most := ""
	if f.AtMost {
		most = "at most "
	}
	for _, a := range f.Reads {
		fmt.Fprintf(w, "read\t%s\t%s\n", a.What, amountText(a))
	}
	for _, s := range f.Steps {
		if s.Units == 0 {
			fmt.Fprintf(w, "compute\t%s\tnothing: it is there\n", s.What)
			continue
		}
		detail := ""
		if s.Detail != "" {
			detail = ": " + s.Detail
		}
		fmt.Fprintf(w, "compute\t%s\t%d %s, %s%s (%d took %s here%s)\n", s.What, s.Units, s.Unit, most, forecast.About(s.Seconds), s.Tried, forecast.About(s.Took), detail)
	}
	for _, a := range f.Writes {
		fmt.Fprintf(w, "write\t%s\t%s\n", a.What, amountText(a))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, n := range f.Notes {
		fmt.Fprintln(to, n)
	}
	fmt.Fprintf(to, "in all %s%s", most, forecast.About(f.Seconds))
	if f.Memory > 0 {
		fmt.Fprintf(to, "; memory %s", fetch.Bytes(f.Memory))
	}
	if f.Free >= 0 && len(f.Writes) > 0 {
		fmt.Fprintf(to, "; the disk has %s free", fetch.Bytes(f.Free))
		if f.WrittenBytes() > f.Free {
			fmt.Fprint(to, ", which is too little")
		}
	}
	return nil
}

// amountText is how much, as far as it is known.
func amountText(a forecast.Amount) string {
	switch {
	case a.Bytes < 0 && a.Count == 0:
		return "not known before"
	case a.Bytes < 0:
		return fmt.Sprintf("%d", a.Count)
	case a.Count == 0:
		return "about " + fetch.Bytes(a.Bytes)
	}
	return fmt.Sprintf("%d, about %s", a.Count, fetch.Bytes(a.Bytes))
}
