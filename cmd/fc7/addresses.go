package main

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/internal/usage"
)

// urlKind is the kind of the flags that take an address.
const urlKind = "URL"

// noAddresses refuses an address (s3://bucket/run) in every argument and flag but those that take one, or names of the
// data's own: as a path it would be a folder called s3: in the working folder.
func noAddresses(cmd *cobra.Command, args []string) (err error) {
	for _, a := range args {
		if err := usage.Address("argument", a); err != nil {
			return err
		}
	}
	names := []string{"classes", "exclude"} // labels and rows may be called anything
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == urlKind || slices.Contains(names, f.Name) && f.Value.Type() == "stringArray" {
			return
		}
		given := []string{f.Value.String()}
		if several, ok := f.Value.(pflag.SliceValue); ok {
			given = several.GetSlice()
		}
		for _, text := range given {
			if err == nil {
				err = usage.Address("--"+f.Name, text)
			}
		}
	})
	return err
}
