package report

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// confused is a matrix of classes of 100 images, of which 40 are taken for the next class.
func confused(classes int) (m heatMap, names []string) {
	for t := range classes {
		row := make([]int, classes)
		row[t], row[(t+1)%classes] = 60, 40
		m.counts, m.total, names = append(m.counts, row), append(m.total, 100), append(names, fmt.Sprintf("<class> %d", t))
	}
	return m, names
}

// TestHeatMapNumbers: of few classes each cell has its number, which fits, and is light where the cell is dark; of many
// classes none has, and the figure takes the width of the page. Each cell tells what it is.
func TestHeatMapNumbers(t *testing.T) {
	for classes, want := range map[int]struct {
		numbers int
		wide    bool
	}{2: {4, false}, 10: {20, false}, 25: {50, true}, 26: {0, true}, 102: {0, true}} {
		m, names := confused(classes)
		m.counts[0][0], m.total[0] = 90, 130
		figure, wide := m.draw(names, "x")
		svg := string(figure)
		if n := strings.Count(svg, `class="count`); n != want.numbers || wide != want.wide || wide != strings.Contains(svg, "max-width:") {
			t.Errorf("%d classes: %d numbers, want %d; wide: %v", classes, n, want.numbers, wide)
		}
		if n := strings.Count(svg, "count strong"); want.numbers > 0 && n != 1 {
			t.Errorf("%d classes: %d numbers on dark cells, want that of 90 of 130 alone", classes, n)
		}
		for _, title := range []string{"&lt;class&gt; 0 recognised: 90 of 130", "&lt;class&gt; 1 taken for &lt;class&gt; 2: 40 of 100"} {
			if classes > 2 && strings.Count(svg, "<title>"+title+"</title>") != 1 {
				t.Errorf("%d classes: no cell says %s", classes, title)
			}
		}
		if n := strings.Count(svg, "<title>"); n != 2*classes {
			t.Errorf("%d classes: %d titles, want %d", classes, n, 2*classes)
		}
	}
	m, names := confused(12)
	m.counts[3][3], m.total[3] = math.MaxInt32, math.MaxInt32
	figure, _ := m.draw(names, "x")
	if strings.Contains(string(figure), ">2147483647</text>") {
		t.Error("a number that has no room in its cell is there")
	}
}

// TestHeatMapTitlesAreBounded: of a matrix in which everything is taken for everything the largest shares are told.
func TestHeatMapTitlesAreBounded(t *testing.T) {
	const classes = 100
	m, names := confused(classes)
	for t, row := range m.counts {
		for p := range row {
			row[p]++
		}
		m.total[t] += classes
	}
	figure, _ := m.draw(names, "x")
	if n := strings.Count(string(figure), "<title>"); n != titledCells || !strings.Contains(string(figure), "99 recognised: 61 of 200") {
		t.Errorf("%d titles, want %d, the diagonal among them", n, titledCells)
	}
}

// TestWideLetters: a name of capitals has as much room as it takes.
func TestWideLetters(t *testing.T) {
	f := frame(axis{}, axis{})
	if wide, narrow := f.width("WWWW"), f.width("iiii"); wide < 1.5*narrow || f.width("ABCD") <= narrow {
		t.Errorf("WWWW is %v, ABCD %v, iiii %v", wide, f.width("ABCD"), narrow)
	}
}
