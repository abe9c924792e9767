package main

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/internal/usage"
	"fc7/pipeline/bench"
)

func newBenchExtract(c *console) *cobra.Command {
	w := bench.ExtractWanted{Images: bench.ExtractImages(), Runs: 5}
	var as readingFlags
	cmd := &cobra.Command{
		Use: "extract DATASET", Short: "whole extractions of real images",
		Long: `Extract times whole jobs, as fc7 extract does them: images of a data set read, decoded, scaled,
through the net, and their table written to a temporary folder, which is removed. Three jobs:
the centre crop of 224 pixels, dense at Q = 256 with flips, dense at Q = 256, 384, 512 with flips,
each on images that are spread evenly over the data set, several times. The weights are read
before. It prints the median, the least and the most of images a second, how many went through
the net at once on average, the peak memory of each job, and what other programs took of the
processors meanwhile: figures of a machine that is not idle are worth little.

With --json, tensors tells what the net saw: so many pictures of that size of so many images.

` + kindsHelp(),
		Example: "  fc7 bench extract caltech101:/data/caltech-101 --weights vgg16.pth\n  fc7 bench extract folder:/data/photos --weights vgg16.pth --images 200,50,20 --runs 3 --json",
		Args:    exactly("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			w.DataSet = args[0]
			if n := len(w.Images); n != 1 && n != len(bench.ExtractImages()) {
				return usage.Errorf("--images: want one number, or one for each of the %d jobs, found %d", len(bench.ExtractImages()), n)
			}
			if err := datasets.Check(w.DataSet, w.Choice); err != nil {
				return err
			}
			var err error
			if w.Net.As, err = as.reading(); err != nil {
				return err
			}
			b, err := bench.RunExtract(cmd.Context(), w, c.events(), func(j bench.ExtractJob) {
				if c.json == nil {
					c.clear()
					printExtractJob(c, j)
				}
			})
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				c.printf("%s, %s, %s kernels, %s each", b.Net, counted(b.Threads, "thread"), b.Kernels, counted(b.Runs, "run"))
				if b.Load != nil {
					c.printf("; load %.2f of %d before", *b.Load, runtime.NumCPU())
				}
				c.printf("\n")
				return nil
			})
		},
	}
	f := cmd.Flags()
	netFlag(cmd, &w.Net.Net, "net that the weights must hold")
	f.StringVar(&w.Net.Weights, "weights", "", requiredWeights)
	as.add(cmd)
	f.Var(&list[int]{to: &w.Images, kind: "ints", parse: whole(1), repeats: true}, "images", "images of each job, or of all")
	wholeFlag(f, &w.Runs, "runs", 1, "runs of each job")
	limitFlags(cmd, &w.Job.Decode, &w.Job.ImageTime, "are failed rows")
	rowFlags(cmd, &w.Choice)
	splitFlag(cmd, &w.Choice.Split, "only the images of an official split: "+usage.OneOf(datasets.Splits()))
	threadsFlag(cmd, &w.Job.Threads, netThreads)
	require(cmd, "weights")
	return cmd
}

func printExtractJob(c *console, j bench.ExtractJob) {
	failed, others := "", ""
	if j.Failed > 0 {
		failed = fmt.Sprintf(", %d failed", j.Failed)
	}
	if n := j.Busiest(); n == n {
		others = fmt.Sprintf("; others took up to %.2f processors", n)
	}
	c.printf("fc7\t%s\t%.2f images/s\n", j.Name, j.Rate)
	c.printf("    %s%s; %.2f to %.2f images/s, %.1f at once; peak memory %.0f MB%s\n", counted(j.Images, "image"), failed,
		slices.Min(j.Rates), slices.Max(j.Rates), j.Together, float64(j.MemoryBytes)/1e6, others)
}
