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
	var names []string
	for _, o := range k.Options {
		values[o.Name] = o.Default()
		names = append(names, o.Name)
	}
	seen := map[string]bool{}
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		at := slices.Index(names, name)
		switch {
		case !ok:
			return nil, usage.Unfit("the kind's option", escape.Short(g), "NAME=VALUE")
		case names == nil:
			return nil, fmt.Errorf("--kind-option %s would do nothing: the kind %s has no options of its own", escape.Short(g), k.Name)
		case at < 0:
			return nil, usage.Unknown("option of the kind "+k.Name, name, names...)
		case seen[name]:
			return nil, fmt.Errorf("the option %s is given twice", name)
		}
		if err := k.Options[at].check(value); err != nil {
			return nil, err
		}
		seen[name], values[name] = true, value
	}
	return values, nil
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
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return "", usage.Unfit("", text, "NAME=VALUE")
	}
	var names []string
	for _, k := range Kinds() {
		for _, o := range k.Options {
			if o.Name == name {
				return text, o.check(value)
			}
			names = append(names, o.Name)
		}
	}
	return "", usage.Unknown("option of a kind", name, names...)
}
