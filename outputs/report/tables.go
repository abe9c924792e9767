package report

import (
	"fmt"
	"net/url"
)

// tableView is a section of one table.
type tableView struct {
	ID, Title, Note string
	Head            []cellView
	Rows            [][]cellView
}

type cellView struct {
	Text   string
	Number bool
}

func newTableView(t Table, n int) (tableView, error) {
	v := tableView{ID: fmt.Sprintf("table%d", n+1), Title: t.Title, Note: t.Note, Head: t.cells(t.Head)}
	for i, row := range t.Rows {
		if len(row) != len(t.Head) {
			return v, fmt.Errorf("line %d has %d cells, expected %d", i+1, len(row), len(t.Head))
		}
		v.Rows = append(v.Rows, t.cells(row))
	}
	return v, nil
}

// cells are those of a line, of which the first are text.
func (t Table) cells(row []string) (out []cellView) {
	for i, text := range row {
		out = append(out, cellView{text, i >= t.Words})
	}
	return out
}

type linkView struct{ Text, Href string }

// view is the link as a page has it, in which nothing in a name is taken for more than a name.
func (l Link) view() linkView { return linkView{l.Text, (&url.URL{Path: l.Target}).String()} }
