package main

import (
	"encoding/csv"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"fc7/heads/metrics"
	"fc7/internal/escape"
	"fc7/pipeline/figures"
)

func newTable(c *console) *cobra.Command {
	var chosen []string
	format := tableText
	cmd := &cobra.Command{
		Use: "table [NAME=]RUN…", Short: "the figures of many runs as one table",
		Long: `Table puts side by side what runs scored: a line for the heads of a run (RUN/heads) or of a
folder of heads, for an evaluation of a net (all its scales, views and nets together), and for
each net of a reproduction; heads that were trained with --knn have a line for each number of
nearest images too. NAME is what the line is called; without one it is the path.

Figures are in percent, with their deviation where there are several splits; in CSV and JSON
they are shares between 0 and 1. What a run does not have is a dash. The table does not judge
whether runs can be compared: it shows by what each was scored, and on how many images. Heads
in a run's folder that were trained on another table, or before it changed, are told.

` + runsHelp,
		Example: `  fc7 table runs/voc runs/voc-e/heads runs/voc2007
  fc7 table "frozen and an SVM=runs/svm" "new layers=runs/layers/test" --figures accuracy,mean_recall
  fc7 table runs/* --format markdown`,
		Args: atLeastOne("RUN"), Annotations: map[string]string{readsRuns: runsNamed},
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.json != nil {
				if err := idle(cmd, "--json is a format of its own", "format"); err != nil {
					return err
				}
			}
			t, err := figures.Collect(args, chosen)
			if err != nil {
				return err
			}
			for _, n := range t.Notes {
				c.note(n)
			}
			return c.result(t, func() error { return printTable(c, t, format) })
		},
	}
	f := cmd.Flags()
	listFlag(f, &chosen, "figures", "strings", word, "figures to show, in this order: accuracy, mean_recall, top5, mean_ap, mean_ap_11; default: all there are")
	flag(f, &format, "format", "string", format, oneOf("format", tableText, tableMarkdown, tableCSV), "text, markdown or csv")
	return cmd
}

// The formats of a table.
const (
	tableText     = "text"
	tableMarkdown = "markdown"
	tableCSV      = "csv"
)

func printTable(c *console, t *figures.Table, format string) error {
	if format == tableCSV {
		return tableAsCSV(c, t)
	}
	head := []string{"in %", "scored by", "images"}
	for _, m := range t.Columns {
		head = append(head, m.Short())
	}
	rows := [][]string{head}
	for _, l := range t.Lines {
		row := []string{c.named(escape.Line(l.Name)), escape.Line(l.By), "-"}
		if l.Images > 0 {
			row[2] = fmt.Sprint(l.Images)
		}
		for _, m := range t.Columns {
			row = append(row, plusMinus(l.Figures.Get(m.Figure), l.Deviation.Get(m.Figure)))
		}
		rows = append(rows, row)
	}
	if format == tableMarkdown {
		return tableAsMarkdown(c, rows)
	}
	return tableAsText(c, rows)
}

// textColumns is how many columns hold words, from the left; the others are numbers.
const textColumns = 2

func tableAsText(c *console, rows [][]string) error {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			fill := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			switch {
			case i == 0:
				row[i] = cell + fill
			case i < textColumns:
				row[i] = "  " + cell + fill
			default:
				row[i] = "  " + fill + cell
			}
		}
		if _, err := fmt.Fprintln(c.out, strings.Join(row, "")); err != nil {
			return err
		}
	}
	return nil
}

// inMarkdown takes the meaning from what ends a cell or begins HTML, a link, code or emphasis.
var inMarkdown = strings.NewReplacer("|", `\|`, "<", "&lt;", "&", "&amp;", "[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, `\`, `\\`)

func tableAsMarkdown(c *console, rows [][]string) error {
	line := func(cells []string) error {
		_, err := fmt.Fprintf(c.out, "| %s |\n", strings.Join(cells, " | "))
		return err
	}
	for n, row := range rows {
		for i := range row {
			row[i] = inMarkdown.Replace(row[i])
		}
		if err := line(row); err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		rule := make([]string, len(row))
		for i := range rule {
			if rule[i] = "---:"; i < textColumns {
				rule[i] = "---"
			}
		}
		if err := line(rule); err != nil {
			return err
		}
	}
	return nil
}

func tableAsCSV(c *console, t *figures.Table) error {
	w := csv.NewWriter(data{c.out})
	row := []string{"name", "path", "by", "images"}
	for _, m := range t.Columns {
		row = append(row, m.Figure, m.Figure+"_deviation")
	}
	rows := [][]string{row}
	share := func(v metrics.Value) string {
		if !v.Defined() {
			return ""
		}
		return fmt.Sprint(float64(v))
	}
	for _, l := range t.Lines {
		row := []string{l.Name, l.Path, l.By, fmt.Sprint(l.Images)}
		if l.Images == 0 {
			row[3] = ""
		}
		for _, m := range t.Columns {
			row = append(row, share(l.Figures.Get(m.Figure)), share(l.Deviation.Get(m.Figure)))
		}
		rows = append(rows, row)
	}
	return w.WriteAll(rows)
}
