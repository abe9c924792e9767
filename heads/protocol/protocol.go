package protocol

import (
	"fmt"
	"strings"

	"fc7/internal/usage"
)

// Protocol is the rule by which a data set's heads are trained and scored. A new one is a file with such a value and a
// line of [Protocols]: help, checks, defaults, printing and pages read it here.
type Protocol struct {
	Name    string   // as it is asked for
	Kind    string   // of the data sets whose own protocol it is; "": none
	Objects bool     // its rows are boxed objects
	splits  Splits   // where its divisions into images to train and to test come from
	takes   []string // the options that it has a use for beside [Settings] and those of random splits
	help    string   // what it does, in lines of at most 72 characters

	// figures are those of a split and, as means, of all of them; see [MeasureOf]. Those that need one label an image
	// are left out of a result where images have several.
	figures  []string
	Headline []string // the figure that counts: the first of these that a result has
	summary  []string // the figures that a reader sees first, of those that a result has
	columns  []string // what is told of each class: "train" and "test" are counts, "c" is its cost, others are figures; none: splits instead

	// file names the result file of a class for the evaluation server; nil: there are none.
	file  func(competition int, split, class string) string
	Paper *Paper // nil: the paper has no such figures

	defaults Options
	data     func(Data) (Data, error) // what of the data it looks at; nil: all
	prepare  func(d Data, o Options) (*task, error)
}

// Splits says where divisions into images to train and to test come from.
type Splits int

// The sources of splits.
const (
	ownSplits         Splits = iota // the set's lists
	randomSplits                    // one for each seed, whatever lists the set has
	ownOrRandomSplits               // the set's lists, random ones where it has none
)

// Protocols are all there are, in the order of the help.
func Protocols() []Protocol {
	return append([]Protocol{voc2007, voc2012, action, caltech101, caltech256}, append(transfer(), set)...)
}

// Names are those of all protocols.
func Names() []string {
	var names []string
	for _, p := range Protocols() {
		names = append(names, p.Name)
	}
	return names
}

// Find returns the protocol of a name.
func Find(name string) (Protocol, error) {
	for _, p := range Protocols() {
		if p.Name == name {
			return p, nil
		}
	}
	return Protocol{}, usage.Unknown("protocol", name, Names()...)
}

// For returns the protocol of a kind of data set: its own, or the one for any labelled set.
func For(kind string) Protocol {
	for _, p := range Protocols() {
		if p.Kind != "" && p.Kind == kind {
			return p
		}
	}
	return set
}

// Help describes all protocols: a name or more, and beside it what they do.
func Help() string {
	const width = 18
	var b strings.Builder
	all := Protocols()
	for len(all) > 0 {
		names := all[0].Name
		same := 1
		for ; same < len(all) && all[same].help == all[0].help; same++ {
			names += ", " + all[same].Name
		}
		if len(names) >= width {
			fmt.Fprintf(&b, "  %s\n", names)
			names = ""
		}
		for i, line := range strings.Split(all[0].help, "\n") {
			if i > 0 {
				names = ""
			}
			fmt.Fprintf(&b, "  %-*s%s\n", width, names, line)
		}
		all = all[same:]
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// ReadsSplits tells whether the protocol looks at the splits that a set has.
func (p Protocol) ReadsSplits() bool { return p.splits != randomSplits }

// random tells whether the protocol divides the data at random, by seeds.
func (p Protocol) random(d Data) bool {
	return p.splits == randomSplits || p.splits == ownOrRandomSplits && !d.hasSplits()
}

// headline is the measure that counts among those of a result.
func (p Protocol) headline(figures Figures) Measure {
	for _, name := range p.Headline {
		if figures.Has(name) {
			return MeasureOf(name)
		}
	}
	return Measure{}
}
