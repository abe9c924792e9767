// Package report turns the figures of a run into one HTML page: self-contained (no script, no font, no file beside it),
// light and dark, readable on a phone and in print.
//
// report.go says what a report holds; view.go and its like turn that into what the template shows; plots.go and
// confusion.go draw on figure.go, whose SVG follows the page's style; page.html and style.css are the page. A part that
// is left out of a Report is left out of the page.
package report

// Report is the content of the page. All text is plain: the page escapes it.
type Report struct {
	Title      string // required
	Subtitle   string // one line below it: data set, net, protocol
	Notes      []string
	Made       []Setting    // when, by what and on what machine
	Links      []Link       // to other pages of the run
	Commands   []Command    // by which it was made, the last first
	Summary    []Figure     // the headline figures
	Paper      *Comparison  // ours beside the paper's
	Tables     []Table      // of other figures
	Scores     *ScoreTable  // by class
	CurvesNote string       // what the curves are of
	Curves     []Curve      // precision-recall, by class
	Confusion  *Confusion   // of classes with one label an image
	Costs      []CostCurve  // how C was chosen, one a split
	LowShot    *LowShot     // figures against images a class
	Nearest    *Nearest     // figures of the nearest images, in the place of a head
	Training   []Epoch      // of a training run
	Galleries  []Gallery    // images that say more than figures
	Failures   []Failure    // inputs without a descriptor
	Inputs     int          // all inputs, for the share that failed; 0: not known
	Settings   []SettingSet // how the figures came about: options, identities, timings
}

// Link leads to a page beside this one.
type Link struct {
	Text   string
	Target string // a relative path, with / between folders
}

// Command is one to be copied.
type Command struct {
	Text string // as a shell reads it
	Note string // where and when it was given
}

// Figure is one headline number, already formatted.
type Figure struct {
	Name  string // "mean average precision"
	Value string // "89.3 %"
	Note  string // such as "on test"; may be empty
}

// Comparison is a table of our figures beside published ones, already formatted.
type Comparison struct {
	Title string // "Beside the paper, table 11"
	Notes []string
	Rows  []ComparisonRow
}

// ComparisonRow is a line of a comparison; what is not known is empty.
type ComparisonRow struct {
	Name, Ours, Paper, Difference string
}

// Table is a section of figures that are already formatted. The first Words columns are text, the first of all names
// the row.
type Table struct {
	Title, Note string
	Words       int
	Head        []string
	Rows        [][]string // as wide as Head
}

// ScoreTable gives the scores of each class, in the order in which they are to stand.
type ScoreTable struct {
	Title   string   // "Average precision by class"
	Columns []string // name of each score: "AP, 11-point", "AP, all points"; the first is drawn as bars
	Rows    []ClassScores
	Mean    []float64 // of each column; nil: no such row
}

// ClassScores is one class. Scores are between 0 and 1; NaN where the score is not defined, as for a class without
// positives.
type ClassScores struct {
	Class     string
	Positives int
	Scores    []float64
}

// Curve is precision against recall of one class, both between 0 and 1, recall ascending. Low and High, where there are
// any, bound the band that the curves of several splits fill, whose mean it is.
type Curve struct {
	Class             string
	AP                float64 // in the caption; NaN: not defined
	Recall, Precision []float64
	Low, High         []float64
}

// Confusion counts predictions: Counts[t][p] images of class t were taken for class p, Missing[t] had no descriptor.
type Confusion struct {
	Note    string // which images
	Classes []string
	Counts  [][]int
	Missing []int // nil: none
}

// CostCurve is how good each C was on images that no score counts.
type CostCurve struct {
	Name     string // of the split; empty where there is one
	C, Score []float64
	Chosen   float64
	Measure  string // "mean class recall"
	On       string // "a fifth of the training images"
}

// LowShot is how a figure grows with the number of training images, by several heads.
type LowShot struct {
	Measure string
	Note    string
	Curves  []LowShotCurve
}

// LowShotCurve is that of one head; all have the same numbers of images.
type LowShotCurve struct {
	Head   string
	Points []LowShotPoint
}

// LowShotPoint is a mean over draws of some images a class, between 0 and 1; Deviation is NaN for a single draw.
type LowShotPoint struct {
	Shots           int     // images a class, as asked for
	Used            string  // as there were: Shots, or "3–9"
	Images          float64 // their mean, where the point is drawn
	Mean, Deviation float64
}

// Nearest is how well the nearest images tell the class, beside heads: shares between 0 and 1, NaN where there is none.
type Nearest struct {
	Note    string
	Columns []string // name of each figure: "mean class recall"; the first is drawn
	Points  []NearestPoint
	Heads   []float64 // of each column, what heads score
}

// NearestPoint is figures of K neighbours; deviations are NaN of a single split.
type NearestPoint struct {
	K               int
	Mean, Deviation []float64 // of each column
}

// Epoch is one epoch of training; NaN where a figure is not known. Errors are between 0 and 1.
type Epoch struct {
	Stage         string // of the recipe
	Loss, ValLoss float64
	Top1, Top5    float64 // validation errors, where an image has one class
	Rate          float64
	Best          bool
	MultiLabel    bool // of all epochs or none
	MeanAP        float64
	Boxes         bool // of all epochs or none: Top1 is the share of wrong boxes
	MeanIoU       float64
}

// Gallery is a section of thumbnails.
type Gallery struct {
	Title  string
	Note   string
	Terms  []Term // what its strips are
	Groups []Group
}

// Term is a word of the page, and what it means here.
type Term struct{ Name, Meaning string }

// Group is a class's strips of images; the page shows it closed where Name is not empty.
type Group struct {
	Name, Detail string
	Strips       []Strip
}

// Strip is a row of thumbnails with a title.
type Strip struct {
	Title  string
	Images []Thumb
}

// Thumb is a thumbnail, or a place for one.
type Thumb struct {
	Image   string // its name
	Caption string // "taken for leopard"
	Score   string // "1.27"
	Right   bool   // the image is a positive, or was recognised
	Wrong   bool   // it is not; neither: nothing is known
	JPEG    []byte // empty: there is none, and Missing says why
	W, H    int    // of the JPEG, pixels
	Missing string
}

// Failure is an input that has no descriptor, and why.
type Failure struct {
	Image  string
	Reason string
}

// SettingSet is a titled table of settings.
type SettingSet struct {
	Title string
	Items []Setting
}

// Setting is one line of the settings.
type Setting struct {
	Name  string
	Value string
}
