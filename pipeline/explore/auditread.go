package explore

import (
	"fmt"
	"slices"

	"fc7/extract/likeness"
	"fc7/outputs"
)

// readGroups takes kept groups back, of a table of so many rows.
func readGroups(path, sum string, rows int) ([]Group, error) {
	all := []Group{}
	err := outputs.ReadResults(path, sum, auditColumns, func(v []any) error {
		n, grade, m := as[int](v[0]), likeness.Grade(as[string](v[1])), readMember(v)
		if n == len(all) {
			all = append(all, Group{Grade: grade, LabelsDiffer: as[bool](v[2])})
		}
		if n != len(all)-1 || m.Row < 0 || m.Row >= rows || m.TwinRow < 0 || m.TwinRow >= rows || !slices.Contains(Grades, grade) || !slices.Contains(Grades, m.TwinGrade) {
			return fmt.Errorf("%s: row %d of group %d is %q of row %d, of %d rows: remove the file", path, m.Row, n, m.TwinGrade, m.TwinRow, rows)
		}
		g := &all[n]
		g.Images, g.Leaks = append(g.Images, m), g.Leaks || len(m.Leaks) > 0
		return nil
	})
	return all, err
}

// readMember is row of a kept file back.
func readMember(v []any) Member {
	m := Member{
		Image: as[string](v[3]), Row: as[int](v[4]), Labels: as[[]string](v[5]), Twin: as[string](v[8]), TwinRow: as[int](v[9]),
		TwinGrade: likeness.Grade(as[string](v[10])), Mirrored: as[bool](v[11]), Part: as[bool](v[12]),
	}
	sure := as[[]string](v[7])
	for k, split := range as[[]string](v[6]) {
		if k < len(sure) {
			m.Leaks = append(m.Leaks, Leak{split, likeness.Grade(sure[k])})
		}
	}
	for k, to := range []**float64{&m.Distance, &m.Correlation, &m.Difference} {
		if f, ok := v[13+k].(float64); ok {
			*to = &f
		}
	}
	return m
}
