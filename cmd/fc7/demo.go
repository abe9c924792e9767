package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fc7/pipeline"
)

func newDemo(c *console) *cobra.Command {
	var out string
	var threads int
	cmd := &cobra.Command{
		Use: "demo", Short: "the whole job, offline, in a minute",
		Long: `Demo shows the main job from end to end without any download: it draws a small data set in
the layout of PASCAL VOC 2007, extracts descriptors at three scales, trains linear heads,
scores them by VOC's protocol, and writes a report. The net is a narrow VGG-16 with seeded
random weights, so the figures show that the machinery works, not what a trained net can do.`,
		Example: "  fc7 demo\n  fc7 demo --out /tmp/fc7-demo",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := pipeline.Demo(cmd.Context(), out, threads, c.events())
			if err != nil {
				return err
			}
			c.clear()
			printDemo(c, out, r)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "fc7-demo", "new folder for everything")
	threadsFlag(cmd, &threads)
	return cmd
}

func printDemo(c *console, out string, r *pipeline.DemoResult) {
	printVOC(c, r.Heads.VOC)
	c.printf("net: %s with random weights: untrained filters, so read the figures as a test of the machinery\n\n", r.Extract.Manifest.Identity.Net)
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "images\t%s\t%d drawn, opened as %s\n", r.Data.Root, r.Data.Images, r.Data.Spec)
	fmt.Fprintf(w, "weights\t%s\t\n", r.Weights)
	fmt.Fprintf(w, "descriptors\t%s/run/features\tParquet: pandas, polars, DuckDB and Arrow read it\n", out)
	fmt.Fprintf(w, "heads, scores\t%s\t\n", r.Heads.Out)
	fmt.Fprintf(w, "report\t%s\topen it in a browser\n", r.Report)
	w.Flush()
	for i, s := range r.Took {
		sep := ", "
		if i == 0 {
			sep = "\n"
		}
		c.printf("%s%s %s", sep, s.Name, s.Took.Round(10*time.Millisecond))
	}
	c.printf("\n")
}
