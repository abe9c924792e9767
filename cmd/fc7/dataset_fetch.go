package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/internal/catalogue"
	"fc7/internal/fetch"
	"fc7/pipeline/download"
)

func newDatasetFetch(c *console) *cobra.Command {
	var j download.DataSetJob
	cmd := &cobra.Command{
		Use: "fetch NAME", Short: "download and unpack a published data set",
		Long: `Fetch downloads the archives of a data set, verifies their digests, unpacks them into a
folder below --out, and prints the name by which the other verbs open it. A broken download
goes on where it was cut; the data set's folder appears when it is complete and can be
opened. A set that is there already is only opened and counted.

` + dataSetsHelp(),
		Example: "  fc7 dataset fetch caltech101 --out /data\n  fc7 dataset fetch voc2007 --out /data --accept-licence",
		Args:    exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Name = args[0]
			if err := j.Check(); err != nil {
				return err
			}
			if err := (target{name: "--out", path: j.Out}).folder(); err != nil {
				return err
			}
			r, err := download.FetchDataSet(cmd.Context(), j, c.downloads())
			if err != nil {
				return err
			}
			return c.result(fetchedSetJSON(r), func() error { return printFetchedSet(c, r) })
		},
	}
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "folder that the data set's folder is put into (required)")
	urlFlag(f, &j.Mirror, "mirror", "ask for MIRROR/ARCHIVE first, then the publisher")
	f.StringVar(&j.Archives, "archives", "", "keep the archives in this folder, and use those that are there")
	f.BoolVar(&j.Accept, "accept-licence", false, "you accept the data set's terms of use")
	require(cmd, "out")
	return cmd
}

func dataSetsHelp() string {
	var b strings.Builder
	b.WriteString("NAME is\n")
	for _, s := range catalogue.AllDataSets() {
		fmt.Fprintf(&b, "  %-11s %s\n              licence: %s\n", s.Name, s.Title, s.Licence)
	}
	return strings.TrimRight(b.String(), "\n")
}

func fetchedSetJSON(r *download.DataSetResult) any {
	return map[string]any{
		"name": r.Name, "data_set": r.Spec, "images": r.Images, "classes": r.Classes, "bytes": r.Bytes, "already_there": r.Already,
		"licence": r.Licence, "notes": r.Notes,
	}
}

func printFetchedSet(c *console, r *download.DataSetResult) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	if r.Already {
		fmt.Fprintln(w, "nothing to do\tit was there already")
	} else {
		fmt.Fprintf(w, "unpacked\t%s\n", fetch.Bytes(r.Bytes))
	}
	fmt.Fprintf(w, "images\t%d\nclasses\t%d\nlicence\t%s\n", r.Images, r.Classes, r.Licence)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note\t%s\n", n)
	}
	fmt.Fprintf(w, "data set\t%s\n", r.Spec)
	return w.Flush()
}
