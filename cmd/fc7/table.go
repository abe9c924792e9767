package main

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"fc7/heads/metrics"
	"fc7/internal/escape"
	"fc7/internal/usage"
	"fc7/pipeline/figures"
)

func newTable(c *console) *cobra.Command {
	var chosen []string
	var grid bool
	var j figures.GridJob
	format := tableText
	cmd := &cobra.Command{
		Use: "table [NAME=]RUN…", Short: "the figures of many runs as one table",
		Long: `Table puts side by side what runs scored: a line for the heads of a run (RUN/heads) or of a
folder of heads, for an evaluation of a net (all its scales, views and nets together), and for
each net of a reproduction; heads that were trained with --knn have a line for each number of
nearest images too, those with --low-shot one for each number of images a class and each head.
NAME is what the line is called; without one it is the path.

Figures are in percent, with their deviation where there are several splits; in CSV and JSON
they are shares between 0 and 1. What a run does not have is a dash. The table does not judge
whether runs can be compared: it shows by what each was scored, and on how many images. Heads
in a run's folder that were trained on another table, or before it changed, are told.

With --by-data heads alone are shown: a column a data set, with the figure that counts by its
protocol, a row what heads were trained on (net, layer, and of the rest what differs), or all runs
of one NAME, and the best of each column marked. Runs of one data set that were not scored alike
(other images, labels, splits, rows left out, figures) are refused, and a cell without a run says
so. With --low-shot K the figures are those of K images a class, a row each head of the curves
that fc7 svm --low-shot makes, and deviations are over the draws. --against NAME tells the
differences to a row, division by division (or draw by draw), with an interval of 95 %.

` + runsHelp,
		Example: `  fc7 table runs/voc runs/voc-e/heads runs/voc2007
  fc7 table "frozen and an SVM=runs/svm" "new layers=runs/layers/test" --figures accuracy,mean_recall
  fc7 table runs/* --format markdown
  fc7 table --by-data runs/pets-d runs/dtd-d runs/pets-e runs/dtd-e --format latex
  fc7 table --by-data --low-shot 4 runs/pets-d runs/dtd-d`,
		Args: atLeastOne("RUN"), Annotations: map[string]string{readsRuns: runsNamed},
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.json != nil {
				if err := idle(cmd, "--json is a format of its own", "format"); err != nil {
					return err
				}
			}
			if grid {
				return gridTable(cmd, c, j, args, format)
			}
			if err := idle(cmd, "they are of --by-data", "against", "paper", "low-shot"); err != nil {
				return err
			}
			if slices.Contains([]string{tableLaTeX, tableHTML}, format) {
				return usage.Errorf("--format %s is one of --by-data: without it text, markdown or csv", format)
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
	flag(f, &format, "format", "string", format, oneOf("format", tableText, tableMarkdown, tableCSV, tableLaTeX, tableHTML), "text, markdown or csv; with --by-data also latex or html")
	f.BoolVar(&grid, "by-data", false, "a column a data set, as in the paper's tables 11 and 12")
	f.StringVar(&j.Against, "against", "", "with --by-data: differences of all rows to the one of this name, with intervals over the divisions")
	optional(f, &j.Shots, "low-shot", "int", whole(1), "with --by-data: the figures of low-shot curves at this number of images a class", "those of the heads")
	f.BoolVar(&j.Paper, "paper", false, "with --by-data: also rows with the figures of the paper's tables 11 and 12")
	return cmd
}

// gridTable prints the table with a column a data set.
func gridTable(cmd *cobra.Command, c *console, j figures.GridJob, args []string, format string) error {
	if err := idle(cmd, "each column has the figure that counts by its protocol", "figures"); err != nil {
		return err
	}
	if j.Paper && j.Shots > 0 {
		return usage.Errorf("--paper and --low-shot exclude each other: the paper has no figures of a few images a class")
	}
	j.Runs = args
	g, err := figures.CollectGrid(j)
	if err != nil {
		return err
	}
	for _, n := range g.Notes {
		c.note(n)
	}
	return c.result(g, func() error { return printGrid(c, g, format) })
}

// The formats of a table.
const (
	tableText     = "text"
	tableMarkdown = "markdown"
	tableCSV      = "csv"
	tableLaTeX    = "latex"
	tableHTML     = "html"
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

func tableAsText(c *console, rows [][]string) error { return tableAsTextOf(c, rows, textColumns) }

// tableAsTextOf is that of so many columns of words, and of numbers behind them.
func tableAsTextOf(c *console, rows [][]string, words int) error {
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
			case i < words:
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

// plainShare is a figure as a number between 0 and 1; "": there is none.
func plainShare(v metrics.Value) string {
	if !v.Defined() {
		return ""
	}
	return fmt.Sprint(float64(v))
}

func tableAsCSV(c *console, t *figures.Table) error {
	w := csv.NewWriter(data{c.out})
	row := []string{"name", "path", "by", "images"}
	for _, m := range t.Columns {
		row = append(row, m.Figure, m.Figure+"_deviation")
	}
	rows := [][]string{row}
	for _, l := range t.Lines {
		row := []string{l.Name, l.Path, l.By, fmt.Sprint(l.Images)}
		if l.Images == 0 {
			row[3] = ""
		}
		for _, m := range t.Columns {
			row = append(row, plainShare(l.Figures.Get(m.Figure)), plainShare(l.Deviation.Get(m.Figure)))
		}
		rows = append(rows, row)
	}
	return w.WriteAll(rows)
}
