package table

import (
	"fmt"
	"strconv"
	"strings"

	"fc7/internal/usage"
)

// Part is one of several machines' share of a table: part Index, from 1, of Count. The zero value is all of it.
//
// A part is a range of whole shards of the one table, so that the parts together have the bytes that one machine would
// have written.
type Part struct {
	Index, Count int
}

// maxParts bounds Count; more machines than a table can have shards have nothing to do.
const maxParts = 99999

// ParsePart reads "3/16".
func ParsePart(s string) (Part, error) {
	a, b, ok := strings.Cut(s, "/")
	i, errI := strconv.Atoi(a)
	n, errN := strconv.Atoi(b)
	if !ok || errI != nil || errN != nil {
		return Part{}, usage.Unfit("", s, "one of several machines, such as 3/16")
	}
	if n < 1 || n > maxParts || i < 1 || i > n {
		return Part{}, usage.Unfit("", s, fmt.Sprintf("1/%d to %d/%d: machines are counted from 1", max(n, 1), max(n, 1), max(n, 1)))
	}
	return Part{i, n}, nil
}

// String writes what ParsePart reads; nothing for all of the table.
func (p Part) String() string {
	if p.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", p.Index, p.Count)
}

// Shards is the part's range of count shards: first to end-1.
func (p Part) Shards(count int) (first, end int) {
	if p.Count == 0 {
		return 0, count
	}
	return (p.Index - 1) * count / p.Count, p.Index * count / p.Count
}
