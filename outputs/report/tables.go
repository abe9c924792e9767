package report

import (
	"fmt"
	"net/url"
)

// tableView is a section of one table, whose first Words cells of a line are text.
type tableView struct {
	Table
	ID string
}

func newTableView(t Table, n int) (tableView, error) {
	for i, row := range t.Rows {
		if len(row) != len(t.Head) {
			return tableView{}, fmt.Errorf("line %d has %d cells, expected %d", i+1, len(row), len(t.Head))
		}
	}
	return tableView{t, fmt.Sprintf("table%d", n+1)}, nil
}

// Number tells whether column i is one of numbers.
func (t Table) Number(i int) bool { return i >= t.Words }

// Href is the link's target in a page: nothing in a name is taken for more than a name.
func (l Link) Href() string { return (&url.URL{Path: l.Target}).String() }
