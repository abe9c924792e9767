package main

import (
	"encoding/csv"
	"fmt"
	"html"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/pipeline/figures"
)

// printGrid prints a table with a column a data set.
func printGrid(c *console, g *figures.Grid, format string) error {
	if format == tableCSV {
		return gridAsCSV(c, g)
	}
	head := []string{"in %"}
	for _, col := range g.Columns {
		head = append(head, fmt.Sprintf("%s, %s", col.DataSet, col.Measure.Short()))
	}
	rows := [][]string{head}
	for _, r := range g.Rows {
		row := []string{c.named(escape.Line(r.Name))}
		for k := range r.Cells {
			row = append(row, gridCell(&r.Cells[k]))
		}
		rows = append(rows, row)
	}
	best := func(row, column int) bool { return row > 0 && column > 0 && g.Rows[row-1].Cells[column-1].Best }
	switch format {
	case tableMarkdown:
		return gridAsMarkdown(c, rows, best)
	case tableLaTeX:
		return gridAsLaTeX(c, rows, best)
	case tableHTML:
		return gridAsHTML(c, g, rows, best)
	}
	for i, row := range rows {
		for k := range row {
			if best(i, k) {
				row[k] = "*" + row[k]
			}
		}
	}
	if err := tableAsTextOf(c, rows, 1); err != nil {
		return err
	}
	for _, line := range gridFoot(g) {
		if _, err := fmt.Fprintln(c.out, line); err != nil {
			return err
		}
	}
	return nil
}

// gridCell is the figure of a cell, and its difference to the row that others are compared with.
func gridCell(cell *figures.GridCell) string {
	text := plusMinus(cell.Value, cell.Deviation)
	d := cell.Difference
	switch {
	case d == nil:
	case d.Lower.Defined():
		text += fmt.Sprintf(" (%+.1f, %+.1f to %+.1f)", 100*float64(d.Mean), 100*float64(d.Lower), 100*float64(d.Upper))
	default:
		text += fmt.Sprintf(" (%+.1f)", 100*float64(d.Mean))
	}
	return text
}

// gridFoot says what the columns are of, and why cells are empty.
func gridFoot(g *figures.Grid) (lines []string) {
	if slices.ContainsFunc(g.Rows, func(r figures.GridRow) bool {
		return slices.ContainsFunc(r.Cells, func(c figures.GridCell) bool { return c.Best })
	}) {
		lines = append(lines, "* the best of its column")
	}
	for _, col := range g.Columns {
		divisions := counted(col.Divisions, "division")
		if g.Shots > 0 {
			divisions = fmt.Sprintf("%s of %s a class", counted(col.Divisions, "draw"), counted(g.Shots, "image"))
		}
		line := fmt.Sprintf("%s: protocol %s, %s, %d tested; images %.12s", col.DataSet, col.Protocol, divisions, col.Images, col.Inputs.SHA256)
		if col.LabelsFrom != "" {
			line += fmt.Sprintf(", labels of a file (%.12s)", col.LabelsFrom)
		}
		if col.SplitsFrom != "" {
			line += fmt.Sprintf(", splits of a file (%.12s)", col.SplitsFrom)
		}
		if col.Rows > 0 {
			line += fmt.Sprintf(", %s left out (%.12s)", counted(col.Rows, "row"), col.LeftOut)
		}
		lines = append(lines, line)
	}
	for _, r := range g.Rows {
		for _, c := range r.Cells {
			if c.Missing != "" && !r.Published {
				lines = append(lines, fmt.Sprintf("- of %s: %s", escape.Line(r.Name), c.Missing))
			}
		}
	}
	return lines
}

func gridAsMarkdown(c *console, rows [][]string, best func(row, column int) bool) error {
	for i, row := range rows {
		for k := range row {
			row[k] = inMarkdown.Replace(row[k])
			if best(i, k) {
				row[k] = "**" + row[k] + "**"
			}
		}
		if _, err := fmt.Fprintf(c.out, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
		if i == 0 {
			if _, err := fmt.Fprintf(c.out, "| --- |%s\n", strings.Repeat(" ---: |", len(row)-1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// inLaTeX takes the meaning from what LaTeX reads as more than a letter.
var inLaTeX = strings.NewReplacer(
	`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "±", `$\pm$`,
)

func gridAsLaTeX(c *console, rows [][]string, best func(row, column int) bool) error {
	if _, err := fmt.Fprintf(c.out, "\\begin{tabular}{l%s}\n\\hline\n", strings.Repeat("r", len(rows[0])-1)); err != nil {
		return err
	}
	for i, row := range rows {
		for k := range row {
			row[k] = inLaTeX.Replace(row[k])
			if best(i, k) {
				row[k] = `\textbf{` + row[k] + "}"
			}
		}
		rule := ""
		if i == 0 || i == len(rows)-1 {
			rule = "\n\\hline"
		}
		if _, err := fmt.Fprintf(c.out, "%s \\\\%s\n", strings.Join(row, " & "), rule); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(c.out, `\end{tabular}`)
	return err
}

func gridAsHTML(c *console, g *figures.Grid, rows [][]string, best func(row, column int) bool) error {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>fc7 table</title>\n" +
		"<style>body{font:15px system-ui,sans-serif;margin:2em}table{border-collapse:collapse}th,td{padding:.3em .8em;text-align:right;border-bottom:1px solid #8885}" +
		"th:first-child,td:first-child{text-align:left}p{color:#666}@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}p{color:#aaa}}</style>\n<table>\n")
	for i, row := range rows {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for k, cell := range row {
			text := html.EscapeString(cell)
			if best(i, k) {
				text = "<strong>" + text + "</strong>"
			}
			fmt.Fprintf(&b, "<%s>%s</%s>", tag, text, tag)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	for _, line := range gridFoot(g) {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(strings.TrimPrefix(line, "* ")))
	}
	b.WriteString("</html>\n")
	_, err := fmt.Fprint(c.out, b.String())
	return err
}

// gridAsCSV has a line a cell.
func gridAsCSV(c *console, g *figures.Grid) error {
	rows := [][]string{{"name", "data_set", "protocol", "measure", "value", "deviation", "best", "difference", "lower", "upper", "missing", "path"}}
	for _, r := range g.Rows {
		for k, cell := range r.Cells {
			col := g.Columns[k]
			row := []string{r.Name, col.DataSet, col.Protocol, col.Measure.Figure, plainShare(cell.Value), plainShare(cell.Deviation), fmt.Sprint(cell.Best), "", "", "", cell.Missing, cell.Path}
			if d := cell.Difference; d != nil {
				row[7], row[8], row[9] = plainShare(d.Mean), plainShare(d.Lower), plainShare(d.Upper)
			}
			rows = append(rows, row)
		}
	}
	return csv.NewWriter(data{c.out}).WriteAll(rows)
}
