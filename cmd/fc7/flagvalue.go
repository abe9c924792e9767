package main

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/internal/usage"
)

// value is a flag that a function reads.
type value[T any] struct {
	to    *T
	text  string
	kind  string // what help calls it
	parse func(string) (T, error)
}

func (v *value[T]) choices() []string { return choicesOf(v.parse) }
func (v *value[T]) String() string    { return v.text }
func (v *value[T]) Type() string      { return v.kind }

func (v *value[T]) Set(s string) error {
	x, err := v.parse(s)
	if err == nil {
		*v.to, v.text = x, s
	}
	return err
}

// means tells whether another text says the same.
func (v *value[T]) means(text string) bool {
	x, err := v.parse(text)
	return err == nil && reflect.DeepEqual(x, *v.to)
}

// flag adds a flag that parse reads. def is its default as text; empty: what is at to.
func flag[T any](f *pflag.FlagSet, to *T, name, kind, def string, parse func(string) (T, error), help string) {
	v := &value[T]{to: to, kind: kind, parse: parse}
	if def != "" {
		if err := v.Set(def); err != nil {
			panic(fmt.Sprintf("the default of --%s: %v", name, err))
		}
	}
	f.Var(v, name, help)
}

// list is a flag of several values with commas between them; given again, it adds to them.
type list[T comparable] struct {
	to      *[]T
	kind    string
	parse   func(string) (T, error)
	repeats bool // a value may stand there twice
	given   bool
}

func (l *list[T]) choices() []string { return choicesOf(l.parse) }
func (l *list[T]) Type() string      { return l.kind }

func (l *list[T]) String() string {
	if l.to == nil || len(*l.to) == 0 {
		return ""
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(*l.to), "[]"), " ", ",")
}

func (l *list[T]) Set(s string) error {
	var all []T
	for part := range strings.SplitSeq(s, ",") {
		x, err := l.parse(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		all = append(all, x)
	}
	if l.given {
		all = append(slices.Clone(*l.to), all...)
	}
	for i, x := range all {
		if !l.repeats && slices.Contains(all[:i], x) {
			return fmt.Errorf("%v is given twice", x)
		}
	}
	*l.to, l.given = all, true
	return nil
}

// listFlag adds a flag of several different values, each read by parse. Its default is what is at to.
func listFlag[T comparable](f *pflag.FlagSet, to *[]T, name, kind string, parse func(string) (T, error), help string) {
	f.Var(&list[T]{to: to, kind: kind, parse: parse}, name, help)
}

// values is a flag that can be given several times, each time with one value.
type values[T any] struct {
	to    *[]T
	text  []string
	kind  string
	parse func(string) (T, error)
}

func (v *values[T]) choices() []string { return choicesOf(v.parse) }
func (v *values[T]) String() string    { return strings.Join(v.text, " ") }
func (v *values[T]) words() []string   { return v.text }
func (v *values[T]) Type() string      { return v.kind }

func (v *values[T]) Set(s string) error {
	x, err := v.parse(s)
	if err == nil {
		*v.to, v.text = append(*v.to, x), append(v.text, s)
	}
	return err
}

// oneOf reads a word that is one of several; what says what it stands for.
func oneOf[T ~string](what string, words ...T) func(string) (T, error) {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return func(s string) (T, error) {
		for i, w := range all {
			if s == w {
				return words[i], nil
			}
		}
		return "", usage.Unknown(what, s, all...)
	}
}

// word reads any text but none.
func word(s string) (string, error) {
	if s == "" {
		return "", usage.Unfit("", s, "words, with commas between them")
	}
	return s, nil
}

// optional adds a flag that parse reads and without which what is at to stays; without tells in help what then holds.
func optional[T any](f *pflag.FlagSet, to *T, name, kind string, parse func(string) (T, error), help string, without any) {
	flag(f, to, name, kind, "", parse, help)
	f.Lookup(name).DefValue = fmt.Sprint(without)
}

// maybe reads what parse reads, for an option that is nil where nothing was asked for.
func maybe[T any](parse func(string) (T, error)) func(string) (*T, error) {
	return func(s string) (*T, error) {
		x, err := parse(s)
		return &x, err
	}
}

// whole reads a whole number of least or more.
func whole(least int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < least {
			return 0, usage.Unfit("", s, fmt.Sprintf("a whole number of %d or more", least))
		}
		return n, nil
	}
}

// wholeFlag adds a flag of a whole number of least or more. Its default is what is at to.
func wholeFlag(f *pflag.FlagSet, to *int, name string, least int, help string) {
	flag(f, to, name, "int", strconv.Itoa(*to), whole(least), help)
}

// optionalWhole is optional for a whole number of 1 or more.
func optionalWhole(f *pflag.FlagSet, to *int, name, help string, without any) {
	optional(f, to, name, "int", whole(1), help, without)
}

// number reads a finite number of least or more.
func number(least float64) func(string) (float64, error) {
	return func(s string) (float64, error) {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsInf(x, 0) || !(x >= least) {
			return 0, usage.Unfit("", s, fmt.Sprintf("a number of %g or more", least))
		}
		return x, nil
	}
}

// positive reads a finite number above 0.
func positive(s string) (float64, error) {
	x, err := number(0)(s)
	if err != nil || x == 0 {
		return 0, usage.Unfit("", s, "a number above 0")
	}
	return x, nil
}

// share reads a number of 0 or more and less than 1.
func share(s string) (float64, error) {
	x, err := number(0)(s)
	if err != nil || x >= 1 {
		return 0, usage.Unfit("", s, "a number of 0 or more, and less than 1")
	}
	return x, nil
}

// numberFlag adds a flag of a number that parse reads. Its default is what is at to.
func numberFlag(f *pflag.FlagSet, to *float64, name string, parse func(string) (float64, error), help string) {
	flag(f, to, name, "float", strconv.FormatFloat(*to, 'g', -1, 64), parse, help)
}

// showZeros makes help tell a default of 0 too, which pflag leaves out.
func showZeros(f *pflag.FlagSet) {
	f.VisitAll(func(f *pflag.Flag) {
		if f.DefValue == "0" || f.DefValue == "0s" {
			f.Usage += " (default 0)"
		}
	})
}

// wanted says, by the type of a flag, what its value must be.
var wanted = map[string]string{
	"bool": "true or false", "duration": "a time, such as 90s or 5m", "int": "a whole number", "int64": "a whole number",
	"uint": "a whole number of 0 or more", "uint32": "a whole number from 0 to 4294967295", "uint64": "a whole number of 0 or more",
	"float64": "a number", "uintSlice": "whole numbers of 0 or more, with commas between them",
	"float64Slice": "numbers, with commas between them",
}

// flagError says what is wrong with a flag in words of the command line.
func flagError(cmd *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	var missing *pflag.NotExistError
	switch {
	case errors.As(err, &bad):
		return badValue("--"+bad.GetFlag().Name, bad)
	case errors.As(err, &missing):
		name := missing.GetSpecifiedName()
		if missing.GetSpecifiedShortnames() != "" {
			return usage.Errorf("unknown flag: -%s", name)
		}
		var all []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				all = append(all, f.Name)
			}
		})
		if near := usage.Nearest(name, all); near != "" {
			return usage.Errorf("unknown flag: --%s; did you mean --%s?", name, near)
		}
		return usage.Errorf("unknown flag: --%s", name)
	}
	return usage.Wrap(err)
}

func badValue(name string, bad *pflag.InvalidValueError) error {
	var word *usage.Error
	if !errors.As(bad.Unwrap(), &word) {
		if want, ok := wanted[bad.GetFlag().Value.Type()]; ok {
			return usage.Unfit(name, bad.GetValue(), want)
		}
		return usage.Errorf("%s %s: %w", name, bad.GetValue(), bad.Unwrap())
	}
	return within(name, bad.GetValue(), word)
}

// within says of an error about a value where that stands.
func within(name, value string, err error) error {
	var word *usage.Error
	if errors.As(err, &word) && word.Words == nil && word.What == "" {
		return usage.Unfit(name, value, word.Want)
	}
	return fmt.Errorf("%s: %w", name, err)
}
