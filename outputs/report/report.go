// Package report turns the figures of a run into one HTML page: self-contained (no script, no font, no file beside it), light
// and dark, readable on a phone and in print.
//
// report.go says what a report holds; view.go turns it into what the template shows; page.html and style.css are the page.
// A part that is left out of a Report is left out of the page.
package report

// Report is the content of the page. All text is plain: the page escapes it.
type Report struct {
	Title    string // required
	Subtitle string // one line below it: data set, net, protocol
	Notes    []string
	Summary  []Figure    // the headline figures
	Scores   *ScoreTable // by class
	Failures []Failure   // inputs without a descriptor
	Inputs   int         // all inputs, for the share that failed; 0: not known
	Settings []Setting   // how the figures came about: options, and the table's identity
}

// Figure is one headline number, already formatted.
type Figure struct {
	Name  string // "mean average precision"
	Value string // "89.3 %"
	Note  string // such as "paper: 89.3 %"; may be empty
}

// ScoreTable gives the scores of each class, in the order in which they are to stand.
type ScoreTable struct {
	Title   string   // "Average precision by class"
	Columns []string // name of each score: "AP, 11-point", "AP, all points"; the first is drawn as bars
	Rows    []ClassScores
	Mean    []float64 // of each column; nil: no such row
}

// ClassScores is one class. Scores are between 0 and 1; NaN where the score is not defined, as for a class without positives.
type ClassScores struct {
	Class     string
	Positives int
	Scores    []float64
}

// Failure is an input that has no descriptor, and why.
type Failure struct {
	Image  string
	Reason string
}

// Setting is one line of the settings.
type Setting struct {
	Name  string
	Value string
}
