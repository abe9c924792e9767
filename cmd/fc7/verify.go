package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"fc7/internal/few"
	"fc7/pipeline/extraction"
)

// defaultSample is how many descriptors are computed again where the weights are given.
const defaultSample = 8

func newVerify(c *console) *cobra.Command {
	var j extraction.VerifyJob
	var as readingFlags
	cmd := &cobra.Command{
		Use: "verify RUN", Short: "check a table of descriptors to the last byte",
		Long: `Verify reads every file of a table and checks that it is what was written, whole and in
order: the digest that each file carries of itself, so that any changed byte is found; its
pages and rows; no value that is not a number; the same identity and columns everywhere; no
file missing, none besides; each key once; keys, labels and splits equal to the list of inputs
that was extracted; inputs = ok + failed; and the manifest with its list of files.

With --weights or --sample, it computes descriptors of some rows again from their images and
compares them: to the last bit where this machine has the arithmetic of the table, else
within a tolerance. The data set is that of the manifest, or --data.

RUN is a run's folder, the folder of its files, or one file. Each problem is named with its
file; the exit status is then 1.

` + runsHelp,
		Example: "  fc7 verify runs/voc\n  fc7 verify runs/voc --sample 20 --weights vgg16.pth\n  fc7 verify runs/voc --json | jq .problems",
		Args:    exactly("RUN"), Annotations: map[string]string{readsRuns: runsAll},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			if (j.Weights != "" || j.DataSet != "") && !cmd.Flags().Changed("sample") {
				j.Sample = defaultSample
			}
			if j.Sample == 0 {
				const why = "no descriptors are computed again without --sample, --weights or --data"
				if err := idle(cmd, why, append(readingFlagNames, "weights", "data", "classes", "objects", "box-context", "splits", "seed", "threads")...); err != nil {
					return err
				}
			}
			var err error
			if j.As, err = as.reading(); err != nil {
				return err
			}
			c.unit = "files"
			r, err := extraction.Verify(cmd.Context(), j, c.events())
			if err != nil {
				return err
			}
			err = c.result(r, func() error {
				printVerify(c, r)
				return nil
			})
			if n := len(r.Problems); n > 0 && err == nil {
				return fmt.Errorf("%s: %s found", j.Run, counted(n, "problem"))
			}
			return err
		},
	}
	f := cmd.Flags()
	optional(f, &j.Sample, "sample", "int", whole(0), "rows whose descriptors are computed again; 0: none", fmt.Sprintf("%d with --weights or --data, else none", defaultSample))
	f.StringVar(&j.Weights, "weights", "", "weights file; default: that of the manifest")
	as.add(cmd)
	f.StringVar(&j.DataSet, "data", "", "data set, KIND:PATH; default: that of the manifest")
	rowFlags(cmd, &j.Choice)
	f.Uint64Var(&j.Seed, "seed", 0, "seed of the choice of rows")
	threadsFlag(cmd, &j.Threads, netThreads)
	memoryFlag(cmd)
	return cmd
}

func printVerify(c *console, r *extraction.VerifyResult) {
	for _, n := range r.Notes {
		c.note(n)
	}
	for _, p := range r.Problems {
		c.printf("%s: %s\n", p.File, p.Problem)
	}
	c.printf("%s: %s in %s: %d ok, %d failed; %s\n", r.Run, counted(r.Counts.Inputs, "row"), counted(r.Shards, "file"),
		r.Counts.OK, r.Counts.Failed, counted(len(r.Problems), "problem"))
	if s := r.Sampled; s != nil {
		c.printf("%s computed again from the images: ", counted(s.Rows, "row"))
		if s.Exact {
			c.printf("compared to the last bit")
		} else {
			c.printf("compared within %.0e", s.Tolerance)
		}
		c.printf(", largest difference %.2g\n", s.Largest)
	}
}

// are is few.Are, counted few.Count and plural few.Plural.
var are, counted, plural = few.Are, few.Count, few.Plural
