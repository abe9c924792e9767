package protocol

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// table11 is table 11 of arXiv 1409.1556v6, written down a second time, with table 12's last two rows as its last
// column.
const table11 = `
        | VOC-2007 | VOC-2012 | Caltech-101 | Caltech-256 | action
D       | 89.3     | 89.0     | 91.8 ± 1.0  | 85.0 ± 0.2  |
E       | 89.3     | 89.0     | 92.3 ± 0.5  | 85.1 ± 0.3  |
D and E | 89.7     | 89.3     | 92.7 ± 0.5  | 86.2 ± 0.3  | 79.2 image, 84.0 image and box
`

// The figures that ours are compared with are the paper's, each with its table and what it measures, and there are no
// others.
func TestFigures(t *testing.T) {
	var want []string
	tasks := []string{"", "voc2007", "voc2012", "caltech101", "caltech256", "action"}
	for _, line := range strings.Split(strings.TrimSpace(table11), "\n")[1:] {
		cells := strings.Split(line, "|")
		net := strings.TrimSpace(cells[0])
		for i, cell := range cells[1:] {
			task, measure := tasks[i+1], "mean AP"
			if strings.HasPrefix(task, "caltech") {
				measure = "mean class recall"
			}
			switch cell = strings.TrimSpace(cell); {
			case cell == "":
			case task == "action":
				for one := range strings.SplitSeq(cell, ", ") {
					mean, of, _ := strings.Cut(one, " ")
					want = append(want, fmt.Sprintf("%s, %s, %s: %s ± 0.0, table 12, mean AP", task, net, of, mean))
				}
			default:
				mean, deviation, ok := strings.Cut(cell, " ± ")
				if !ok {
					deviation = "0.0"
				}
				want = append(want, fmt.Sprintf("%s, %s: %s ± %s, table 11, %s", task, net, mean, deviation, measure))
			}
		}
	}
	var got []string
	for _, task := range Tasks() {
		p, _ := OfTask(task)
		for net, f := range p.Paper.Figures {
			got = append(got, fmt.Sprintf("%s, %s: %.1f ± %.1f, table %d, %s", task, net, f.Mean, f.Deviation, f.Table, f.Measure))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(got) != 14 {
		t.Errorf("figures\n%s\nthe paper's\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
