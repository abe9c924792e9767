package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fc7/internal/escape"
	"fc7/pipeline/explore"
	"fc7/pipeline/heads"
)

func newNeighbours(c *console) *cobra.Command {
	j := explore.Job{K: explore.DefaultK}
	var in heads.PredictJob
	var of, weights []string
	var as readingFlags
	var dry dryRun
	cmd := &cobra.Command{
		Use: "neighbours RUN", Short: "the images whose descriptors are nearest to each",
		Long: `Neighbours finds the nearest rows of each row of a table, by the cosine of their descriptors,
joined as heads have them. They are exact, not approximate, and the same bytes for any number of
threads; distances are 1 - cos, from 0, of differences in double precision, so that near-duplicates
can be told from duplicates; equally near rows are in the table's order. Above 100,000 rows of
more than 256 values only candidates are compared in full, the nearest in 256 principal components,
and the share of true neighbours among those found is measured on a sample and told; --exact
compares all.

They are kept in RUN/explore/neighbours.parquet: image, and lists of neighbours (names), rows
(of the table, from 0) and distances; a failed row has none. A note beside it has the digest of
the table: the same call reads what is kept, and makes it again when the table is another.

--of tells the neighbours of some images alone: rows of the table by name, or image files and
data sets (KIND:PATH), which --weights describes exactly as the table's images were; other
weights are refused, and an image that cannot be read is told, with exit status 3.

` + keptHelp,
		Example: `  fc7 neighbours runs/c101
  fc7 neighbours runs/c101 --of Leopards/image_0001.jpg --k 3
  fc7 neighbours runs/voc --of new.jpg --of folder:/data/new --weights vgg16.pth --json`,
		Args: exactly("RUN"), Annotations: map[string]string{readsRuns: runsAll},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			if len(of) == 0 {
				if err := idle(cmd, "without --of no image is described", append(readingFlagNames, "weights")...); err != nil {
					return err
				}
				if dry.asked {
					return c.foretell(explore.EstimateNeighbours(cmd.Context(), j))
				}
				n, err := explore.FindNeighbours(cmd.Context(), j, c.events())
				if err != nil {
					return err
				}
				return c.result(n, func() error { return printNeighbours(c, n) })
			}
			tell := func(a explore.Answer) error { return c.answer(a, neighboursLine(a)+"\n") }
			if err := idle(cmd, "with --of all rows are compared", "exact", "dry-run"); err != nil {
				return err
			}
			others, err := explore.NearRows(cmd.Context(), j, of, tell)
			if err != nil || len(others) == 0 {
				return err
			}
			weights = orSmall(c, weights)
			in.Inputs, in.Weights, in.AlsoWeights = others, weights[0], weights[1:]
			if in.As, err = as.readings(len(weights)); err != nil {
				return err
			}
			return explore.NearImages(cmd.Context(), j, in, tell, c.events())
		},
	}
	f := cmd.Flags()
	wholeFlag(f, &j.K, "k", 1, "neighbours of each image")
	f.BoolVar(&j.Exact, "exact", false, "compare all rows also above 100,000, which takes as long as their number squared")
	f.StringArrayVar(&of, "of", nil, "tell those of this row of the table, image file or data set alone; repeatable")
	f.StringArrayVar(&weights, "weights", nil, "weights the table was made with, to describe images of --of"+smallHelp)
	as.add(cmd)
	joinedChoice(cmd, &j.Choice)
	dry.add(cmd, "rows")
	threadsFlag(cmd, &j.Threads, "threads")
	return cmd
}

func printNeighbours(c *console, n *explore.Neighbours) error {
	c.printf("%s of each of %s", counted(n.K, "neighbour"), counted(n.Rows-n.Failed, "row"))
	if n.Failed > 0 {
		c.printf("; %s failed, without any", counted(n.Failed, "row"))
	}
	how := "found"
	if n.Kept {
		how = "kept from before, read"
	}
	c.printf("; %s in %.1f s\n", how, n.Seconds)
	if n.Sampled {
		c.printf("%s\n", n.Share())
	}
	if len(n.Closest) > 0 {
		c.printf("the nearest pairs, by 1 - cos:\n")
	}
	for _, p := range n.Closest {
		c.printf("  %.3g  %s  %s\n", p.Distance, escape.Line(p.A), escape.Line(p.B))
	}
	c.printf("%s\n", n.File)
	return nil
}

// neighboursLine is an answer in a line.
func neighboursLine(a explore.Answer) string {
	if a.Error != "" {
		return a.Name() + "\tfailed: " + a.Error
	}
	var parts []string
	for _, n := range a.Neighbours {
		parts = append(parts, fmt.Sprintf("%s %.4f", n.Image, n.Distance))
	}
	return a.Name() + "\t" + strings.Join(parts, "  ")
}
