package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fc7/pipeline/reproduction"
)

func newDemo(c *console) *cobra.Command {
	out, threads := "fc7-demo", 0
	cmd := &cobra.Command{
		Use: "demo", Short: "the whole job, offline, in a minute",
		Long: `Demo shows the main job from end to end without any download: it draws a small data set in
the layout of PASCAL VOC 2007, extracts descriptors at two scales, trains linear heads, scores
them by VOC's protocol, and writes a report. It does so with the small net that ships, which
fc7 trained on photographs of Caltech-101, and with a random net of the same shape, and shows
what the training is worth on drawings that the net has never seen the like of. Killed or
interrupted, the same command goes on.`,
		Example: "  fc7 demo\n  fc7 demo --out /tmp/fc7-demo",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := (target{name: "--out", path: out}).folder(); err != nil {
				return err
			}
			r, err := reproduction.Demo(cmd.Context(), out, threads, c.command, c.events())
			if err != nil {
				return err
			}
			return c.result(demoJSON(r), func() error {
				printDemo(c, out, r)
				return nil
			})
		},
	}
	outFlag(cmd, &out, "new folder for everything")
	threadsFlag(cmd, &threads, netThreads)
	memoryFlag(cmd)
	return cmd
}

func demoJSON(r *reproduction.DemoResult) any {
	return map[string]any{
		"data_set": r.Data.Spec, "images": r.Data.Images, "net": r.Small.Net, "report": r.Report, "seconds": seconds(r.Took),
		"heads": r.Small.Heads.Out, "heads_of_random_net": r.Random.Heads.Out,
	}
}

func printDemo(c *console, out string, r *reproduction.DemoResult) {
	printGain(c, r)
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "images\t%s\t%d drawn, opened as %s\n", r.Data.Root, r.Data.Images, r.Data.Spec)
	fmt.Fprintf(w, "descriptors\t%s/small/features\tParquet: pandas, polars, DuckDB and Arrow read it\n", out)
	fmt.Fprintf(w, "heads, scores\t%s\t\n", r.Small.Heads.Out)
	fmt.Fprintf(w, "report\t%s\topen it in a browser\n", r.Report)
	fmt.Fprintf(w, "random net\t%s/random\tthe same of the net with random weights\n", out)
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

// printGain sets the figures of the two nets side by side.
func printGain(c *console, r *reproduction.DemoResult) {
	random, trained := r.Random.Heads, r.Small.Heads
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "class\ttrain +\t%s +\tignored\tAP, random net\tAP, small net\t\n", trained.Scored)
	for i, k := range trained.Classes {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\t\n", k.Name, k.Counts.Get("train"), k.Counts.Get("test"), k.Counts.Get("ignored"), percent(random.Classes[i].Figures.Get("ap_11")), percent(k.Figures.Get("ap_11")))
	}
	before, _ := random.Figure()
	after, _ := trained.Figure()
	fmt.Fprintf(w, "mean\t\t\t\t%s\t%s\t\n", percent(before), percent(after))
	w.Flush()
	c.printf("%s of %s trained, %d of %s scored; average precision over 11 points, as VOC-2007 has it\n", counted(trained.Splits[0].Images.Train, "image"), trained.Trained, trained.Splits[0].Images.Test, trained.Scored)
	c.printf("net: %s; what its training on photographs gains here: %+.1f points\n\n", r.Small.Net, 100*float64(after-before))
}
