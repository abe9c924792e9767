package explorer

import "fmt"

// Page is what a page shows. A row is a point of the map; all columns have a value a row, or are nil: not known. Text
// is plain: the page shows it as text, whatever it holds.
type Page struct {
	Title    string
	Subtitle string
	Command  string   // by which the page was made
	Notes    []string // what whoever looks should know
	Figures  []Figure // how true the map is

	Names []string // of the rows, each once: keys that fc7 takes back
	Paths []string // of their files; nil: they are not to be told
	XY    []float64
	Own   int // rows of the run itself; those behind them were added

	Classes []string
	Labels  [][]int32 // classes of each row
	Splits  []string
	Split   []uint8   // of each row
	Margin  []float32 // of a label by heads that did not see it, the lowest of the row's; NaN: not known

	K    int       // neighbours of a row
	Near []int32   // [rows][K] rows, the nearest first; -1: none
	Far  []float32 // [rows][K] 1 - cos

	Suspects *Suspects
	Outliers []Outlier // nil: not known
	Leaks    *Leaks    // nil: not known
	Heads    *Heads    // nil: there are none
	Evidence *Evidence // nil: there is none
	Without  Without

	Failed   []Failure // rows without a place; the first of them
	Failures int       // all of them

	Sheets Sheets
}

// Figure is a number with its name, formatted.
type Figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Note  string `json:"note"`
}

// Suspects are labels that heads and neighbours doubt, the most doubtful first.
type Suspects struct {
	Note string
	List []Suspect
}

// Suspect is a label of a row. Classes are numbers, -1 is none of them.
type Suspect struct {
	Row, Label, Instead int
	Has                 bool
	Margin              float64
	For, Against        int // neighbours
}

// Outlier is a row that is far from others, for its class.
type Outlier struct {
	Row, Class int
	Times      float64 // the median of the class
}

// Without says, of each tab that has nothing, why, and how to get it.
type Without struct {
	Suspects string `json:"suspects"`
	Outliers string `json:"outliers"`
	Leaks    string `json:"leaks"`
	Heads    string `json:"heads"`
	Evidence string `json:"evidence"`
}

// Failure is a row without a place, and why.
type Failure struct{ Name, Reason string }

// Sheets are thumbnails, many to an image: each square of Side pixels, Row a line and as many lines.
type Sheets struct {
	Side, Row int
	Of        []int32  // cell of each row; -1: it has none
	JPEG      [][]byte // the sheets
}

// check makes sure that columns are as long as there are rows and name what there is.
func (p *Page) check() error {
	n := len(p.Names)
	if n == 0 || len(p.XY) != 2*n || p.Own < 0 || p.Own > n {
		return fmt.Errorf("a page of %d names, %d coordinates and %d rows of its own", n, len(p.XY), p.Own)
	}
	for _, c := range []struct {
		name     string
		got, per int
	}{
		{"paths", len(p.Paths), 1},
		{"labels", len(p.Labels), 1},
		{"splits", len(p.Split), 1},
		{"margins", len(p.Margin), 1},
		{"thumbnails", len(p.Sheets.Of), 1},
		{"neighbours", len(p.Near), p.K},
		{"distances", len(p.Far), p.K},
	} {
		if c.got != 0 && c.got != n*c.per {
			return fmt.Errorf("a page of %d rows with %d %s, %d a row", n, c.got, c.name, c.per)
		}
	}
	return p.Heads.check(p)
}
