package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/internal/f32"
	"fc7/internal/origin"
)

// version is what --version tells: what a fault's report needs.
type version struct {
	Program  string `json:"program"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	origin.Source
	Kernels    string   `json:"kernels"` // in use
	Available  []string `json:"kernels_available"`
	Arithmetic string   `json:"arithmetic"` // machines that have it alike give the same bits
}

func thisVersion() version {
	v := version{Source: origin.SourceOf(), Kernels: f32.Kernels(), Available: f32.Available(), Arithmetic: f32.Arithmetic()}
	v.Program, v.Go, v.Platform = origin.Program()
	return v
}

// versionFlag gives the program alone --version.
func versionFlag(root *cobra.Command, c *console) {
	asked := root.Flags().Bool("version", false, "which fc7 this is, what it was built of, by and for, and its kernels")
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if !*asked {
			return help(cmd, args)
		}
		if err := f32.Check(); err != nil {
			return err
		}
		v := thisVersion()
		return c.result(v, func() error { return v.print(c) })
	}
}

// print writes the version, as one line in front and the details below it.
func (v version) print(c *console) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "%s, %s, %s\n", v.Program, v.Go, v.Platform)
	if v.Module != "" {
		fmt.Fprintf(w, "module\t%s\n", v.Module)
	}
	commit := "not known: the build recorded none; make build in a git repository does"
	if v.Commit != "" {
		commit = v.Commit
		if v.Changed {
			commit += ", with changes since"
		}
	}
	fmt.Fprintf(w, "commit\t%s\n", commit)
	if !v.Date.IsZero() {
		fmt.Fprintf(w, "date\t%s, of the commit\n", origin.Date(v.Date))
	}
	fmt.Fprintf(w, "kernels\t%s, of %s here; arithmetic %s\n", v.Kernels, strings.Join(v.Available, ", "), v.Arithmetic)
	return w.Flush()
}
