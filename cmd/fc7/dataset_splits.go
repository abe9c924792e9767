package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/internal/usage"
	"fc7/pipeline/inputs"
)

func newSplits(c *console) *cobra.Command {
	var j inputs.SplitsJob
	cmd := &cobra.Command{
		Use: "splits DATASET", Short: "write the splits of a data set to a file",
		Long: `Splits writes which image is in which split as a file of text, with the columns image,
object (where there are boxes) and split, separated by tabs. It writes the set's own splits,
or those of --splits, which checks them, or, with --seed, the split that the protocols of
Caltech draw for that seed: numpy's RandomState(seed).permutation of each class's images.

Of a set whose authors divided it several times splits have numbers (train1, test2);
--division writes those of one, without them.

fc7 extract and fc7 dataset inspect take the file as --splits. A file is refused that names
images which the set lacks, or one image to learn from and to test on.

` + kindsHelp(),
		Example: "  fc7 dataset splits caltech101:/data/caltech-101 --seed 0 --out seed0.tsv\n  fc7 dataset splits voc2007:/data/VOCdevkit --out voc2007.tsv",
		Args:    exactly("DATASET"),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		j.DataSet = args[0]
		j.Seeded = cmd.Flags().Changed("seed")
		if !j.Seeded && (j.TrainPerClass != 0 || j.TestPerClass != 0) {
			return usage.Errorf("--train and --test need a --seed")
		}
		if err := exclusive(cmd, "seed", "splits"); err != nil {
			return err
		}
		if err := exclusive(cmd, "seed", "division"); err != nil {
			return err
		}
		if err := datasets.Check(args[0], j.Choice); err != nil {
			return err
		}
		var err error
		if j.Out, err = (target{name: "--out", path: j.Out, force: j.Overwrite, from: []string{args[0], j.Choice.SplitFile}}).file(".tsv", ".txt"); err != nil {
			return err
		}
		r, err := inputs.WriteSplits(cmd.Context(), j, c.events())
		if err != nil {
			return err
		}
		return c.result(map[string]any{"file": j.Out, "lines": r.Lines, "splits": r.Counts}, func() error {
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			fmt.Fprintf(w, "%s\t%s\n", j.Out, counted(r.Lines, "line"))
			for _, s := range r.Names {
				n := r.Counts[s]
				fmt.Fprintf(w, "%s\t%s, %s\n", s, counted(n.Images, "image"), counted(n.Rows, "row"))
			}
			return w.Flush()
		})
	}
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "file to write, .tsv or .txt (required)")
	forceFlag(cmd, &j.Overwrite, "overwrite")
	f.Uint32Var(&j.Seed, "seed", 0, "draw the split of this seed")
	f.Lookup("seed").DefValue = "the set's own splits"
	def := inputs.DrawnSplits()
	optionalWhole(f, &j.TrainPerClass, "train", "with --seed: images to train a class", def.TrainPerClass)
	optionalWhole(f, &j.TestPerClass, "test", "with --seed: images to test a class, at most", def.TestPerClass)
	optionalWhole(f, &j.Division, "division", "of a set that is divided several times (dtd, sun397) the splits of this division, which training takes as --splits", 0)
	rowFlags(cmd, &j.Choice)
	require(cmd, "out")
	return cmd
}
