package main

import (
	"github.com/spf13/cobra"

	"fc7/heads/tsne"
	"fc7/pipeline/bench"
)

func newBenchMap(c *console) *cobra.Command {
	var x, y, out string
	var force bool
	o := tsne.Defaults()
	cmd := &cobra.Command{
		Use: "map", Short: "a map of given features, how true it is, and its time",
		Long: `Map makes the map that fc7 map makes, of features in an .npy file, [N,D], which it compares by
cosine, and writes it to --out, [N,2]. It prints the time from memory, neighbours included, and how
true the map is, as fc7 map does; the classes are the first fields, up to a tab, of the lines of --y.`,
		Example: "  fc7 bench map --x features.npy --y index.tsv --out map.npy",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if out, err = (target{name: "--out", path: out, force: force, from: []string{x, y}}).file(".npy"); err != nil {
				return err
			}
			mapProgress(c, &o)
			b, err := bench.RunMap(cmd.Context(), x, y, out, force, o)
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				c.printf("fc7\t%d rows\t%.1f s from memory: neighbours %.1f, start %.1f, descent %.1f; judging %.1f s more\n",
					b.Rows, b.Seconds, b.Neighbours, b.Start, b.Descent, b.Judging)
				printQuality(c, b.Quality)
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&x, "x", "", "features, .npy (required)")
	f.StringVar(&y, "y", "", "classes, a text file with a line a row; default: none are known")
	outFlag(cmd, &out, "write the map here, .npy (required)")
	forceFlag(cmd, &force)
	mapFlags(cmd, &o)
	require(cmd, "x", "out")
	return cmd
}
