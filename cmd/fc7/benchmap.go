package main

import (
	"github.com/spf13/cobra"

	"fc7/heads/tsne"
	"fc7/pipeline/bench"
)

func newBenchMap(c *console) *cobra.Command {
	var j foreignFlags
	o := tsne.Defaults()
	cmd := &cobra.Command{
		Use: "map", Short: "a map of given features, how true it is, and its time",
		Long: `Map makes the map that fc7 map makes, of features in an .npy file, [N,D], which it compares by
cosine, and writes it to --out, [N,2]. It prints the time from memory, neighbours included, and how
true the map is, as fc7 map does; the classes are the first fields, up to a tab, of the lines of --y.`,
		Example: "  fc7 bench map --x features.npy --y index.tsv --out map.npy",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := j.target(); err != nil {
				return err
			}
			mapProgress(c, &o)
			b, err := bench.RunMap(cmd.Context(), j.x, j.y, j.out, j.force, o)
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				c.printf("fc7\t%s\t%.1f s from memory: neighbours %.1f, start %.1f, descent %.1f; judging %.1f s more\n",
					counted(b.Rows, "row"), b.Seconds, b.Neighbours, b.Start, b.Descent, b.Judging)
				printQuality(c, b.Quality)
				return nil
			})
		},
	}
	j.add(cmd, "features, .npy (required)", "classes, a text file with a line a row; default: none are known", "write the map here, .npy (required)")
	mapFlags(cmd, &o)
	require(cmd, "x", "out")
	return cmd
}
