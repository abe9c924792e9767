package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestFiguresInWords: who does not see a figure reads what it shows.
func TestFiguresInWords(t *testing.T) {
	for classes, want := range map[int][]string{
		3: {
			"Loss over 2 epochs: training from 6.9 to 5.1, validation to –",
			"Validation error over 2 epochs: top-1 from 99.0 to – %",
			"Precision against recall of class_with_a_long_name_001: average precision 33.3 %, precision 80.0 % at half of the recall",
			"Heat map of the confusion matrix of 3 classes. Most common: class_with_a_long_name_002 taken for class_with_a_long_name_000, 33.3 %.",
			"mean class recall against C: from 40.0 to 90.0 %; chosen C = 1",
			"mean class recall against images a class: svm 30.0 % at 1, 50.0 % at 4",
		},
		102: {
			"AP, 11-point in percent, sorted: lowest 0.0, a quarter of the classes up to 24.5, half up to 49.0, three quarters up to 73.5, highest 99.0",
			"Heat map of the confusion matrix of 102 classes. Most common: class_with_a_long_name_002 taken for class_with_a_long_name_018, 33.3 %.",
		},
	} {
		html := written(t, full(t, classes))
		for _, words := range want {
			if !strings.Contains(html, `aria-label="`+words+`"`) {
				t.Errorf("%d classes: no figure says %q", classes, words)
			}
		}
	}
	one := full(t, 3)
	one.LowShot.Curves[0].Points = one.LowShot.Curves[0].Points[:1]
	if html := written(t, one); strings.Contains(html, "against images a class: ") || !strings.Contains(html, ">30.0 ± 2.0<") {
		t.Error("a single number of images a class is a figure, or not in the table")
	}
}

// TestKeysTellLinesApart: under a figure of several lines stand their names, each with its own ink and dash.
func TestKeysTellLinesApart(t *testing.T) {
	r := full(t, 3)
	html := written(t, r)
	key := func(class, dash, name string) string {
		return fmt.Sprintf(`<path class="%s l" stroke-width="2" stroke-dasharray="%s" d="M0 4H24"/></svg>%s</span>`, class, dash, name)
	}
	for _, want := range []string{
		key("s1", "none", "seed 0"), key("s2", "5 3", "seed 2"), key("s3", "1.5 2.5", "seed 1"),
		key("s1", "none", "training"), key("s2", "5 3", "validation"), key("s1", "none", "top-1"), key("s2", "5 3", "top-5"),
	} {
		if strings.Count(html, want) != 1 {
			t.Errorf("not there once: %s", want)
		}
	}
	r.Training, r.Nearest, r.Costs = nil, nil, r.Costs[:1]
	if html := written(t, r); strings.Contains(html, `class="key"`) {
		t.Error("one line alone has a key")
	}
}

// labels are the texts of a figure with their places.
func labels(t *testing.T, svg string) (texts []string, places []point) {
	t.Helper()
	for _, m := range regexp.MustCompile(`<text class="label" x="([0-9.]+)" y="([0-9.]+)"[^>]*>([^<]*)<`).FindAllStringSubmatch(svg, -1) {
		x, errX := strconv.ParseFloat(m[1], 64)
		y, errY := strconv.ParseFloat(m[2], 64)
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		texts, places = append(texts, m[3]), append(places, point{x, y})
	}
	return texts, places
}

// TestEpochsAreCounted: of few epochs each has its number below, of many as many as have room.
func TestEpochsAreCounted(t *testing.T) {
	for n, want := range map[int]string{1: "1", 2: "1 2", 5: "1 2 3 4 5", 74: "20 40 60"} {
		v, err := newTrainingView(make([]Epoch, n))
		if err != nil {
			t.Fatal(err)
		}
		for _, svg := range []string{string(v.Loss), string(v.Error)} {
			texts, places := labels(t, svg)
			bottom := places[len(places)-2].y // that of the last number, before the word below all of them
			var got []string
			for i, s := range texts {
				if places[i].y == bottom {
					got = append(got, s)
				}
			}
			if strings.Join(got, " ") != want || texts[len(texts)-1] != "epoch" {
				t.Errorf("%d epochs: %q below, then %q, want %s", n, got, texts[len(texts)-1], want)
			}
		}
	}
}

// TestHeatMapNames: each name stands at the row and below the column of its class, the first class at the top; of many
// classes one in ten or more has its number.
func TestHeatMapNames(t *testing.T) {
	for _, c := range []struct {
		classes int
		want    string
	}{{3, "0 1 2"}, {25, ""}, {26, "1 11 21"}, {102, "1 11 21 31 41 51 61 71 81 91 101"}, {257, "1 31 61 91 121 151 181 211 241"}} {
		m := heatMap{total: make([]int, c.classes)}
		var names []string
		for k := range c.classes {
			row := make([]int, c.classes)
			row[k], m.total[k] = 1, 1
			m.counts, names = append(m.counts, row), append(names, strconv.Itoa(k))
		}
		figure, _ := m.draw(names, "x")
		svg := string(figure)
		cells := regexp.MustCompile(`M([0-9.]+) ([0-9.]+)H([0-9.]+)V([0-9.]+)H[0-9.]+Z`).FindAllStringSubmatch(svg[strings.Index(svg, `class="h7 f"`):], -1)
		if len(cells) != c.classes {
			t.Fatalf("%d cells for %d classes", len(cells), c.classes)
		}
		texts, places := labels(t, svg)
		if want := strings.Fields(c.want); len(want) > 0 && !slices.Equal(texts, append(want, want...)) {
			t.Errorf("%d classes: %q, want %s at the side and below", c.classes, texts, c.want)
		}
		for i, s := range texts {
			k, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			if c.classes > namedClasses {
				k--
			}
			var side [4]float64 // left, one of top and bottom, right, the other
			for j := range side {
				if side[j], err = strconv.ParseFloat(cells[k][j+1], 64); err != nil {
					t.Fatal(err)
				}
			}
			x, y := (side[0]+side[2])/2, (side[1]+side[3])/2
			if p := places[i]; i < len(texts)/2 && (p.y < y || p.y > y+4) || i >= len(texts)/2 && (p.x < x-0.1 || p.x > x+4) {
				t.Errorf("%d classes: %s is at %v, its cell's middle at %v %v", c.classes, s, p, x, y)
			}
		}
	}
}
