package main

import (
	"cmp"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/extraction"
)

func newAggregate(c *console) *cobra.Command {
	var j extraction.AggregateJob
	how := string(protocol.Mean)
	var dry dryRun
	cmd := &cobra.Command{
		Use: "aggregate FEATURES", Short: "write one descriptor a row, for other programs",
		Long: `Aggregate joins the descriptors of several scales into one column, descriptor, as svm does
before it trains (mean, max or stack; L2-normalised), and writes the table as one file:
Parquet, which pandas, polars and DuckDB read, or Arrow's IPC format (Feather), which maps
into memory. With --aggregate none all columns stay as they are.

--format hf writes a folder that Hugging Face's datasets.load_dataset reads and its hub shows:
data/train-00000-of-000NN.parquet, of about 500 MB each, whose column embedding is a fixed-size
list of float32, beside image, path, labels and splits; and README.md, the card of the data set,
which says what the descriptors are. --format npy writes a folder with embeddings.npy, a matrix
[N,D] of float32 for NumPy and FAISS; rows.jsonl, which names its rows in their order; and
README.md. Both leave failed rows out, list them in failed.jsonl and on standard error, and then
end with status 3. The folder appears when it is complete.

Rows keep their order, keys, labels, splits and status. A failed row has no descriptor
(null) in one file; --drop-failed leaves such rows out. Without nulls the column is a fixed-size list,
which numpy takes as a matrix without copying.

` + runsHelp,
		Example: `  fc7 aggregate runs/voc -o voc.parquet
  fc7 aggregate runs/c101 --aggregate stack --scales 256,384 --l2 none -o c101.parquet
  fc7 aggregate runs/voc --drop-failed -o voc.arrow
  fc7 aggregate runs/voc --format hf -o voc-vgg16
  fc7 aggregate runs/voc --format npy -o voc-npy
  python -c "import pandas; print(pandas.read_feather('voc.arrow').descriptor[0])"`,
		Args: exactly("FEATURES"), Annotations: map[string]string{readsRuns: runsAll},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Features, j.Keep = args[0], how == "none"
			if !j.Keep {
				j.Choice.Aggregate = protocol.How(how)
			} else if err := idle(cmd, "--aggregate none keeps all columns as they are", "scales", "layer", "l2"); err != nil {
				return err
			}
			if j.Format == extraction.FormatHub || j.Format == extraction.FormatNumPy {
				return aggregateFolder(cmd, c, j, dry.asked)
			}
			return aggregateFile(cmd, c, j, dry.asked)
		},
	}
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "file to write, .parquet, .arrow or .feather; folder with --format hf or npy (required)")
	forceFlag(cmd, &j.Replace)
	hows := []string{"none"}
	for _, h := range protocol.Hows() {
		hows = append(hows, string(h))
	}
	flag(f, &how, "aggregate", "string", how, oneOf("aggregation", hows...), "how scales are joined: mean, max or stack; none: all columns as they are")
	tableChoice(cmd, &j.Choice)
	flag(f, &j.Choice.L2, "l2", "string", string(protocol.L2After), oneOf("place of L2 normalisation", protocol.L2s()...), "what is L2-normalised: after or before joining the scales, both, none")
	flag(f, &j.Format, "format", "string", "", oneOf("format", extraction.FormatParquet, extraction.FormatArrow, extraction.FormatHub, extraction.FormatNumPy),
		"parquet or arrow, a file; hf or npy, a folder; default: as the name of --out ends")
	dtypeFlag(cmd, &j.Dtype, outputs.Float32+" or "+outputs.Float16+"; default: that of the table")
	f.BoolVar(&j.DropFailed, "drop-failed", false, "leave failed rows out")
	require(cmd, "out")
	dry.add(cmd, "rows")
	return cmd
}

func aggregateFile(cmd *cobra.Command, c *console, j extraction.AggregateJob, dry bool) error {
	to := target{name: "--out", path: j.Out, force: j.Replace, from: []string{j.Features}, dry: dry}
	end, err := to.ending(slices.Sorted(maps.Keys(aggregateFormats))...)
	if err != nil {
		return err
	}
	if j.Format != "" && j.Format != aggregateFormats[end] {
		return usage.Errorf("--format %s does not fit --out %s: the name of the file decides", j.Format, j.Out)
	}
	j.Format = aggregateFormats[end]
	if j.Out, err = to.file(); err != nil {
		return err
	}
	if dry {
		return c.foretell(extraction.EstimateAggregate(cmd.Context(), j))
	}
	r, err := extraction.Aggregate(cmd.Context(), j)
	if err != nil {
		return err
	}
	return c.result(r, func() error { return printAggregate(c, r) })
}

func aggregateFolder(cmd *cobra.Command, c *console, j extraction.AggregateJob, dry bool) error {
	if j.Keep {
		return usage.Errorf("--aggregate none does not fit --format %s, which has one vector a row", j.Format)
	}
	if j.Dtype != "" && j.Dtype != outputs.Float32 {
		return usage.Errorf("--dtype %s does not fit --format %s, which is %s", j.Dtype, j.Format, outputs.Float32)
	}
	if err := idle(cmd, "--format "+j.Format+" always leaves failed rows out", "drop-failed"); err != nil {
		return err
	}
	to := target{name: "--out", path: j.Out, force: j.Replace, from: []string{j.Features}, dry: dry}
	if err := to.apart(); err != nil {
		return err
	}
	if err := to.emptyFolder(); err != nil {
		return err
	}
	if dry {
		return c.foretell(extraction.EstimateAggregate(cmd.Context(), j))
	}
	r, err := extraction.AggregateFolder(cmd.Context(), j, c.events())
	if r == nil {
		return err
	}
	return cmp.Or(c.result(r, func() error { return printAggregate(c, r) }), err)
}

// aggregateFormats are the formats by the ending of the file.
var aggregateFormats = map[string]string{
	".parquet": extraction.FormatParquet, ".arrow": extraction.FormatArrow, ".feather": extraction.FormatArrow,
}

// tableChoice are the flags that choose columns of a table.
func tableChoice(cmd *cobra.Command, o *extraction.FeatureChoice) {
	scalesFlag(cmd, &o.Scales, "scales to use; default: all of the table")
	flag(cmd.Flags(), &o.Layer, "layer", "string", "", layerName, "layer to use; default: the table's only one")
}

// joinedChoice is tableChoice where scales are joined, as heads have them.
func joinedChoice(cmd *cobra.Command, o *extraction.FeatureChoice) {
	flag(cmd.Flags(), &o.Aggregate, "aggregate", "string", string(protocol.Mean), oneOf("aggregation", protocol.Hows()...), "how scales are joined: mean, max or stack")
	tableChoice(cmd, o)
}

func printAggregate(c *console, r *extraction.AggregateResult) error {
	c.printf("%s: %s", r.Out, counted(r.Rows, "row"))
	if r.Failed > 0 {
		c.printf(", %d of them failed and without descriptor", r.Failed)
	}
	if r.Dropped > 0 {
		c.printf(", %d failed ones left out", r.Dropped)
		if r.List != "" {
			c.printf(" (%s)", r.List)
		}
	}
	if r.Files > 0 {
		c.printf(", in %s", counted(r.Files, "file"))
	}
	c.printf("\n")
	for _, k := range r.Columns {
		c.printf("  %s: %d %s values\n", k.Name, k.Width, k.Dtype)
	}
	return nil
}
