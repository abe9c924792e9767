package main

import (
	"github.com/spf13/cobra"

	"fc7/heads/neighbours"
	"fc7/heads/protocol"
	"fc7/pipeline/bench"
	"fc7/pipeline/explore"
)

// foreignFlags name files of other programs, and one for what is made of them.
type foreignFlags struct {
	x, y, out string
	force     bool
}

func (j *foreignFlags) add(cmd *cobra.Command, x, y, out string) {
	f := cmd.Flags()
	f.StringVar(&j.x, "x", "", x)
	f.StringVar(&j.y, "y", "", y)
	outFlag(cmd, &j.out, out)
	forceFlag(cmd, &j.force)
}

// target refuses an output that cannot be written, before the work.
func (j *foreignFlags) target() (err error) {
	if j.out != "" {
		j.out, err = (target{name: "--out", path: j.out, force: j.force, from: []string{j.x, j.y}}).file(".npy")
	}
	return err
}

func newBenchNeighbours(c *console) *cobra.Command {
	var j foreignFlags
	o := neighbours.Options{K: explore.DefaultK}
	cmd := &cobra.Command{
		Use: "neighbours", Short: "the search for nearest rows on a .npy file",
		Long: `Neighbours finds the nearest rows of each row of x, [N,D], as fc7 neighbours does, and prints the
time from memory and the rate, as a share of the measured peak of the processor: a multiply and
an add a value of each pair of rows, of which each counts once. --out holds the rows, [N,K] of
int64, from 0, the nearest first. --y names a file with a line a row, whose first field (of
those that tabs divide) is its class: the share of rows is told whose neighbours agree on it.`,
		Example: "  fc7 bench neighbours --x x.npy --y classes.tsv --k 10 --out near.npy",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := j.target(); err != nil {
				return err
			}
			b, err := bench.RunNeighbours(cmd.Context(), j.x, j.y, j.out, j.force, o)
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				c.printf("fc7\t%s of %d x %d\t%.3f s from memory\t%.0f GFLOP/s, %.2f of the peak\n", counted(b.K, "neighbour"), b.Rows, b.Columns, b.Seconds, b.GFLOPs, b.PeakShare)
				if b.Accuracy != nil {
					c.printf("fc7\taccuracy of their majority\t%.4f\n", *b.Accuracy)
				}
				return nil
			})
		},
	}
	j.add(cmd, "descriptors, .npy (required)", "classes of the rows, a line each", "write the rows of the neighbours here, .npy")
	wholeFlag(cmd.Flags(), &o.K, "k", 1, "neighbours of each row")
	threadsFlag(cmd, &o.Threads, "threads")
	require(cmd, "x")
	return cmd
}

func newBenchSuspects(c *console) *cobra.Command {
	var j foreignFlags
	o := protocol.DefaultDoubtOptions()
	cmd := &cobra.Command{
		Use: "suspects", Short: "the search for doubtful labels on a .npy file and classes",
		Long: `Suspects ranks the labels of y, a file with a line a row whose first field (of those that tabs
divide) is its class, by how doubtful they are on the rows of x, [N,D], as fc7 suspects does. --out
holds that, [N,1] of float32: the score of the best other class less that of the row's own, by
heads that did not see the row; the larger, the more doubtful, and above 0 they say another.`,
		Example: "  fc7 bench suspects --x x.npy --y classes.tsv --out doubts.npy",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := j.target(); err != nil {
				return err
			}
			b, err := bench.RunSuspects(cmd.Context(), j.x, j.y, j.out, j.force, o)
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				c.printf("fc7\t%d of %s of %s are doubtful\t%.3f s from memory\t%s kept together with copies\n",
					b.Doubtful, counted(b.Rows, "label"), counted(b.Classes, "class"), b.Seconds, counted(b.Together, "row"))
				return nil
			})
		},
	}
	j.add(cmd, "descriptors, .npy (required)", "classes of the rows, a line each (required)", "write how doubtful each is here, .npy")
	doubtFlags(cmd, &o)
	threadsFlag(cmd, &o.Threads, "threads")
	require(cmd, "x", "y")
	return cmd
}

// doubtFlags are how doubtful labels are looked for.
func doubtFlags(cmd *cobra.Command, o *protocol.DoubtOptions) {
	f := cmd.Flags()
	costFlag(cmd, &o.C)
	wholeFlag(f, &o.Folds, "folds", 2, "parts of the images, each scored by heads of the others")
	wholeFlag(f, &o.K, "k", 1, "neighbours that vote")
	flag(f, &o.Seed, "seed", "uint32", "0", wideSeed, "of the folds")
}
