package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/internal/machine"
	"fc7/internal/usage"
)

// Settings are the flags that decide what a table is. A plan keeps their words, and a task that works on it takes them
// from there.

// notSettings are the flags of fc7 plan, and of an extract that plans, that decide nothing about the table.
var notSettings = []string{
	"out", "tasks", "file-size", "pin", "threads", "json", "quiet", "help",
	"memory", "image-time", "metrics", "retry-failed", "update", "trust-times", "force-new",
}

// pathSettings are those whose words may be files.
var pathSettings = []string{"weights", "splits", "preprocess"}

// settingsOf are the words of a call of fc7 plan. Files are named by absolute paths, as tasks may start elsewhere.
func settingsOf(cmd *cobra.Command) map[string][]string {
	all := map[string][]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(notSettings, f.Name) {
			return
		}
		all[f.Name] = wordsOf(f)
	})
	return all
}

// wordsOf are the values of a flag.
func wordsOf(f *pflag.Flag) []string {
	words := []string{f.Value.String()}
	switch v := f.Value.(type) {
	case pflag.SliceValue:
		words = v.GetSlice()
	case interface{ words() []string }:
		words = v.words()
	}
	if !slices.Contains(pathSettings, f.Name) {
		return words
	}
	words = slices.Clone(words)
	for i, w := range words {
		_, found := os.Stat(w)
		if abs, err := filepath.Abs(w); err == nil && isThere(found) {
			words[i] = abs
		}
	}
	return words
}

// isThere tells by the error of looking at a file whether it is there: also where a disk does not say so just now, or
// its path would be another word than the plan's, and the call a wrong one.
func isThere(err error) bool { return err == nil || machine.Withholds(err) }

// applySettings gives a task the settings of its plan; one that the call gives too must say the same.
func applySettings(cmd *cobra.Command, settings map[string][]string) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && isSetting(f.Name) {
			err = sameSetting(f, settings[f.Name])
		}
	})
	if err != nil {
		return err
	}
	for name, words := range settings {
		f := cmd.Flags().Lookup(name)
		if f == nil {
			return usage.Errorf("the plan has a setting that this fc7 does not know, %s: use the fc7 that planned", name)
		}
		if f.Changed {
			continue
		}
		for _, w := range words {
			if err := cmd.Flags().Set(name, w); err != nil {
				return usage.InFile(err)
			}
		}
	}
	return nil
}

// sameSettings tells whether a call asks by itself for the table that settings of a plan say.
func sameSettings(cmd *cobra.Command, settings map[string][]string) bool {
	same := true
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		plan, said := settings[f.Name]
		if same && (said || f.Changed && isSetting(f.Name)) {
			same = sameSetting(f, plan) == nil
		}
	})
	return same
}

// isSetting tells whether a flag of extract is a setting.
func isSetting(name string) bool {
	return newPlan(new(console)).Flags().Lookup(name) != nil && !slices.Contains(notSettings, name)
}

// sameSetting is the error of a flag that says otherwise than the plan.
func sameSetting(f *pflag.Flag, plan []string) error {
	words, has := wordsOf(f), "says "+strings.Join(plan, " ")
	if plan == nil {
		plan, has = []string{f.DefValue}, "was made without that flag"
	}
	same := slices.Equal(words, plan)
	if v, ok := f.Value.(interface{ means(text string) bool }); ok && len(plan) == 1 {
		same = v.means(plan[0])
	}
	if same {
		return nil
	}
	return usage.Errorf("--%s %s: the plan %s: leave the flag out, or plan another table in another folder", f.Name, strings.Join(words, " "), has)
}
