package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/internal/place"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/pipeline/download"
)

// urlKind is the kind of the flags that take an address.
const urlKind = "URL"

// noAddresses refuses an address (s3://bucket/run) in every argument and flag but those that take one, or names of the
// data's own: as a path it would be a folder called s3: in the working folder. Data sets say themselves which may be on
// a store. An argument that is empty is refused, too.
func noAddresses(cmd *cobra.Command, args []string) (err error) {
	for i, a := range args {
		if a == "" { // as a path it would be the working folder
			return usage.Errorf("argument %d is empty: is it a variable that is not set?", i+1)
		}
		if cmd.Annotations[takesRuns] != "" && store.Is(a) {
			if err := usage.Wrap(place.Check(a)); err != nil {
				return err
			}
			continue
		}
		if _, at := asRun(cmd, i, a); at != "" {
			if err := checkRun(at); err != nil {
				return err
			}
			continue
		}
		if cmd.Annotations[takesAddresses] != "" && store.Is(a) {
			if err := download.CheckAddress(a); err != nil {
				return err
			}
			continue
		}
		if err := usage.Address("argument", a); err != nil {
			return err
		}
	}
	names := []string{"classes", "exclude", "only", "accept", "evidence-of"} // labels and rows may be called anything
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == urlKind || slices.Contains(names, f.Name) && f.Value.Type() == "stringArray" {
			return
		}
		for _, text := range given(f) {
			switch {
			case err != nil:
			case store.Is(text) && slices.Contains(strings.Fields(cmd.Annotations[flagsOfRuns]), f.Name):
				err = usage.Wrap(place.Check(text))
			case f.Name == weightsFlag && store.Is(text):
				err = download.CheckAddress(text)
			case slices.Contains(strings.Fields(cmd.Annotations[flagsOfLists]), f.Name) && store.Is(text):
				err = usage.Wrap(store.Check(text))
			case slices.Contains(runsBy(cmd), f.Name) && store.Is(text):
				err = checkRun(text)
			default:
				err = usage.Address("--"+f.Name, text)
			}
		}
	})
	return err
}

// takesAddresses is the annotation of verbs whose arguments may be addresses of weights.
const takesAddresses = "addresses"

// takesRuns is the annotation of verbs whose arguments may be addresses of runs that have a plan, flagsOfRuns that
// which names the flags that may.
const (
	takesRuns   = "runs"
	flagsOfRuns = "run-flags"
)

// flagsOfLists is the annotation of verbs that names their flags, as words, which may name a file of labels or splits
// at an address.
const flagsOfLists = "lists"

// weightsFlag is the name of the flags that take weights, which may be at an address.
const weightsFlag = "weights"

// weightsHelp says what such a flag may be given, beside a file.
const weightsHelp = ", of any format that 'fc7 weights --help' lists, or the name of a fetched one, or an address (s3://, gs://, azblob://, https://, hf://)"

// given are what a flag was given.
func given(f *pflag.Flag) []string {
	if several, ok := f.Value.(pflag.SliceValue); ok {
		return several.GetSlice()
	}
	return []string{f.Value.String()}
}

// bringWeights brings those that are given by addresses into the cache, where the verb finds them.
func bringWeights(cmd *cobra.Command, c *console) error {
	f := cmd.Flags().Lookup(weightsFlag)
	if f == nil {
		return nil
	}
	for _, text := range given(f) {
		if !store.Is(text) {
			continue
		}
		if err := cmd.ValidateRequiredFlags(); err != nil { // before the work, not after it
			return err
		}
		if err := download.Bring(cmd.Context(), text, c.downloads()); err != nil {
			return err
		}
	}
	return nil
}
