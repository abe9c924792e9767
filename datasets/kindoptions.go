package datasets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/usage"
)

// KindOption is a choice that one kind leaves to its user: see Options.Own.
type KindOption struct {
	Name    string
	Values  []string // the first is what holds where nothing is said; nil: a whole number from 0, which is 0 then
	Summary string
}

// Default is what holds where nothing is said.
func (o KindOption) Default() string {
	if o.Values == nil {
		return "0"
	}
	return o.Values[0]
}

// OwnHelp explains Options.Own.
const OwnHelp = "NAME=VALUE, a choice that the kind has: see fc7 dataset --help"

// checkOwn refuses options that the kind does not have, and values that are none of theirs.
func (o Options) checkOwn(spec string, k kind) error {
	_, err := k.own(o.Own)
	if err != nil {
		return &SpecError{spec, err.Error()}
	}
	return nil
}

// own are the values of all options of a kind: those that are given, and else what holds without.
func (k KindInfo) own(given []string) (map[string]string, error) {
	values := make(map[string]string, len(k.Options))
	for _, o := range k.Options {
		values[o.Name] = o.Default()
	}
	seen := map[string]bool{}
	for _, g := range given {
		if len(k.Options) == 0 {
			return nil, fmt.Errorf("--kind-option %s would do nothing: the kind %s has no options of its own", escape.Short(g), k.Name)
		}
		name, value, err := chosen(k.Options, "option of the kind "+k.Name, g)
		switch {
		case err != nil:
			return nil, err
		case seen[name]:
			return nil, fmt.Errorf("the option %s is given twice", name)
		}
		seen[name], values[name] = true, value
	}
	return values, nil
}

// chosen reads NAME=VALUE, which is to be one of the options; what says what they are.
func chosen(options []KindOption, what, text string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return "", "", usage.Unfit("", escape.Short(text), "NAME=VALUE")
	}
	var names []string
	for _, o := range options {
		if o.Name == name {
			return name, value, o.check(value)
		}
		names = append(names, o.Name)
	}
	return "", "", usage.Unknown(what, name, names...)
}

func (o KindOption) check(value string) error {
	if o.Values == nil {
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			return usage.Unfit("the option "+o.Name, escape.Short(value), "a whole number from 0")
		}
		return nil
	}
	if !slices.Contains(o.Values, value) {
		return usage.Unknown("value of the option "+o.Name, value, o.Values...)
	}
	return nil
}

// OwnOptions tells whether a data set KIND:PATH is of a kind that has options of its own.
func OwnOptions(spec string) bool {
	k, _, err := parseSpec(spec)
	return err == nil && len(k.Options) > 0
}

// ParseOwn reads one of Options.Own, which is to be an option of some kind, by itself.
func ParseOwn(text string) (string, error) {
	var all []KindOption
	for _, k := range Kinds() {
		all = append(all, k.Options...)
	}
	_, _, err := chosen(all, "option of a kind", text)
	return text, err
}
