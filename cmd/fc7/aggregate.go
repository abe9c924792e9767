package main

import (
	"github.com/spf13/cobra"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/extraction"
)

func newAggregate(c *console) *cobra.Command {
	var j extraction.AggregateJob
	var how, l2 string
	cmd := &cobra.Command{
		Use: "aggregate FEATURES", Short: "write one descriptor column, for other programs",
		Long: `Aggregate joins the descriptors of several scales into one column, descriptor, as svm does
before it trains (mean, max or stack; L2-normalised), and writes the table as one file:
Parquet, which pandas, polars and DuckDB read, or Arrow's IPC format (Feather), which maps
into memory. With --aggregate none all columns stay as they are.

Rows keep their order, keys, labels, splits and status. A failed row has no descriptor
(null); --drop-failed leaves such rows out. Without nulls the column is a fixed-size list,
which numpy takes as a matrix without copying.`,
		Example: `  fc7 aggregate runs/voc -o voc.parquet
  fc7 aggregate runs/c101 --aggregate stack --scales 256,384 --l2 none -o c101.parquet
  fc7 aggregate runs/voc --format arrow --drop-failed -o voc.arrow
  python -c "import pandas; print(pandas.read_feather('voc.arrow').descriptor[0])"`,
		Args: exactly("FEATURES"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Features, j.Keep = args[0], how == "none"
			if !j.Keep {
				j.Choice.Aggregate = protocol.How(how)
			}
			j.Choice.L2 = protocol.L2(l2)
			r, err := extraction.Aggregate(cmd.Context(), j)
			if err != nil {
				return err
			}
			c.printf("%s: %d rows", r.Out, r.Rows)
			if r.Failed > 0 {
				c.printf(", %d of them failed and without descriptor", r.Failed)
			}
			if r.Dropped > 0 {
				c.printf(", %d failed ones left out", r.Dropped)
			}
			c.printf("\n")
			for _, k := range r.Columns {
				c.printf("  %s: %d %s values\n", k.Name, k.Width, k.Dtype)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&j.Out, "out", "o", "", "file to write (required); it must not be there yet")
	f.StringVar(&how, "aggregate", string(protocol.Mean), "how scales are joined: mean, max or stack; none: all columns as they are")
	f.IntSliceVar(&j.Choice.Scales, "scales", nil, "scales to use; default: all of the table")
	f.StringVar(&j.Choice.Layer, "layer", "", "layer to use; default: the table's only one")
	f.StringVar(&l2, "l2", string(protocol.L2After), "what is L2-normalised: after or before joining the scales, both, none")
	f.StringVar(&j.Format, "format", extraction.FormatParquet, "parquet or arrow")
	f.StringVar(&j.Dtype, "dtype", "", outputs.Float32+" or "+outputs.Float16+"; default: that of the table")
	f.BoolVar(&j.DropFailed, "drop-failed", false, "leave failed rows out")
	require(cmd, "out")
	return cmd
}
