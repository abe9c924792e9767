package protocol

import (
	"fmt"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/internal/usage"
)

// Options of a protocol, as [Protocol.Defaults] fills them: a zero value means itself, so that a comment says where one
// is a choice.
type Options struct {
	Settings
	Difficult   Difficult    `json:"difficult,omitempty"`   // what difficult-only images are in training; "": the protocol knows none
	ChooseBy    metrics.Rule `json:"choose_by,omitempty"`   // the average precision that C is chosen by; "": by recall, or all-point
	Competition int          `json:"competition,omitempty"` // the number in the names of result files; 0: there are none

	// Random splits; a class's images are those with one label.
	TrainPerClass int      `json:"train_per_class,omitempty"` // images to train; 0: TrainFraction of them
	TrainFraction float64  `json:"train_fraction,omitempty"`
	TestPerClass  int      `json:"test_per_class,omitempty"` // images to test, at most; allOthers: no limit
	Seeds         []uint32 `json:"seeds,omitempty"`          // one split each
}

// allOthers as Options.TestPerClass tests on all images that are not trained on.
const allOthers = 1 << 30

// Difficult is the part of images all of whose objects of a class are difficult, in training that class. In scoring
// they are always ignored, as in the devkit.
type Difficult string

// The choices. The devkit's lists have label 0 there, and its example classifier leaves them out.
const (
	DifficultOut      Difficult = "out"
	DifficultPositive Difficult = "positive"
	DifficultNegative Difficult = "negative"
)

// Difficults lists the treatments.
func Difficults() []Difficult { return []Difficult{DifficultOut, DifficultPositive, DifficultNegative} }

// option is one that not every protocol has a use for.
type option struct {
	name   string // in words
	random bool   // for random splits of any protocol; else of those that take it
	given  func(o Options) bool
	set    func(to *Options, from Options)
}

// The names of the options that only some protocols take.
const (
	takesDifficult   = "difficult images in training"
	takesCompetition = "a competition's number"
	takesShare       = "a share to train"
)

func options() []option {
	return []option{
		{takesDifficult, false, func(o Options) bool { return o.Difficult != "" }, func(to *Options, from Options) { to.Difficult = from.Difficult }},
		{takesCompetition, false, func(o Options) bool { return o.Competition != 0 }, func(to *Options, from Options) { to.Competition = from.Competition }},
		{"seeds of splits", true, func(o Options) bool { return o.Seeds != nil }, func(to *Options, from Options) { to.Seeds = from.Seeds }},
		{"images a class to train", true, func(o Options) bool { return o.TrainPerClass != 0 }, func(to *Options, from Options) { to.TrainPerClass = from.TrainPerClass }},
		{"images a class to test", true, func(o Options) bool { return o.TestPerClass != 0 }, func(to *Options, from Options) { to.TestPerClass = from.TestPerClass }},
		{takesShare, true, func(o Options) bool { return o.TrainFraction != 0 }, func(to *Options, from Options) { to.TrainFraction = from.TrainFraction }},
	}
}

// Defaults are the options of the protocol with nothing asked for.
func (p Protocol) Defaults() Options {
	o := p.defaults
	o.Grid = DefaultGrid()
	o.Seeds = slices.Clone(o.Seeds)
	return o
}

// DefaultsText lists a default of the protocols that have one, such as "caltech101 30, caltech256 60"; 0 is none.
func DefaultsText[T int | float64](of func(Options) T) string {
	var parts []string
	for _, p := range Protocols() {
		switch v := of(p.Defaults()); v {
		case 0:
		case allOthers:
			parts = append(parts, p.Name+" all others")
		default:
			parts = append(parts, fmt.Sprintf("%s %v", p.Name, v))
		}
	}
	return strings.Join(parts, ", ")
}

// Options are the defaults with what was asked for, whose zero values ask for nothing. Something asked for that would
// do nothing on the data is an error.
func (p Protocol) Options(asked Options, d Data) (Options, error) {
	o := p.Defaults()
	o.Settings = asked.Settings
	if err := p.refuse(asked, p.random(d)); err != nil {
		return o, err
	}
	for _, opt := range options() {
		if opt.given(asked) {
			opt.set(&o, asked)
		}
	}
	return o, nil
}

// Check tells what is wrong with options that are asked for, whatever the data.
func (p Protocol) Check(asked Options) error { return p.refuse(asked, true) }

// Check tells what is wrong with options that are asked for, whatever the protocol and the data.
func (o Options) Check() error {
	if _, err := o.check(); err != nil {
		return err
	}
	if o.TrainFraction != 0 {
		return checkShare(o.TrainFraction)
	}
	return nil
}

// refuse tells what is wrong with options that are asked for, with random splits or without.
func (p Protocol) refuse(asked Options, random bool) error {
	if err := asked.Check(); err != nil {
		return err
	}
	for _, opt := range options() {
		if !opt.given(asked) {
			continue
		}
		if needs := p.lacks(opt, asked, random); needs != "" {
			return usage.Errorf("%s would do nothing with protocol %s: it is for %s", opt.name, p.Name, needs)
		}
	}
	for _, c := range []struct {
		given bool
		name  string
	}{{asked.Folds != 0, "folds"}, {asked.PerClass, "C for each class"}} {
		if c.given && asked.C != 0 {
			return usage.Errorf("%s would do nothing with protocol %s: it is for a C that is not fixed", c.name, p.Name)
		}
	}
	return nil
}

// lacks says what an option that was asked for is for, where that is something else than the protocol on data with
// random splits or without; "" otherwise.
func (p Protocol) lacks(opt option, asked Options, random bool) string {
	takes := slices.Contains(p.takes, opt.name)
	switch {
	case opt.name == takesShare && !(takes && random && asked.TrainPerClass == 0):
		return "random splits of protocol " + whoTakes(opt.name) + ", without images a class to train"
	case opt.random && !random:
		return "random splits, which the set's own leave no room for"
	case !opt.random && !takes:
		return "protocol " + whoTakes(opt.name)
	}
	return ""
}

// whoTakes names the protocols that take an option.
func whoTakes(option string) string {
	var names []string
	for _, p := range Protocols() {
		if slices.Contains(p.takes, option) {
			names = append(names, p.Name)
		}
	}
	return usage.OneOf(names)
}

// check refuses what no protocol can work with, and puts the grid in order.
func (o Options) check() (Options, error) {
	var err error
	if o.Settings, err = o.withDefaults(); err != nil {
		return o, err
	}
	if seed, twice := repeated(o.Seeds); twice {
		return o, usage.Errorf("the seed %d is given twice: its split would count double", seed)
	}
	if o.Difficult != "" && !slices.Contains(Difficults(), o.Difficult) {
		return o, usage.Unknown("treatment of difficult images", string(o.Difficult), texts(Difficults())...)
	}
	if !slices.Contains([]metrics.Rule{"", metrics.AllPoint, metrics.ElevenPoint}, o.ChooseBy) {
		return o, usage.Unknown("rule to choose C by", string(o.ChooseBy), string(metrics.ElevenPoint), string(metrics.AllPoint))
	}
	return o, nil
}

// repeated returns a value that is in a list twice.
func repeated[T comparable](list []T) (value T, twice bool) {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			return v, true
		}
	}
	return value, false
}

// checkRandom refuses random splits that cannot be drawn.
func (o Options) checkRandom() error {
	switch {
	case o.TrainPerClass < 0 || o.TestPerClass < 1 || len(o.Seeds) == 0:
		return usage.Errorf("%d images to train and %d to test a class in %d splits; expected at least one of each", o.TrainPerClass, o.TestPerClass, len(o.Seeds))
	case o.TrainPerClass == 0:
		return checkShare(o.TrainFraction)
	}
	return nil
}

func checkShare(share float64) error {
	if !(share > 0 && share < 1) {
		return usage.Errorf("a share of %v of a class to train; expected one between 0 and 1", share)
	}
	return nil
}
