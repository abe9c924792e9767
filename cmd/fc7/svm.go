package main

import (
	"fmt"
	"strings"

	"fc7/internal/usage"

	"github.com/spf13/cobra"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/pipeline/heads"
)

func newSVM(c *console) *cobra.Command {
	var j heads.Job
	var f svmFlags
	cmd := &cobra.Command{
		Use: "svm FEATURES…", Short: "train linear heads on descriptors and score them by a protocol",
		Long: `Svm joins the descriptors of several scales (mean, max or stack), divides them by their L2
norm, trains one linear classifier a class against the rest (LIBLINEAR's problems: squared
hinge, hinge or logistic loss, L2-regularised), chooses C on images that no score counts, and
scores by the data set's own protocol:

` + protocol.Help() + `

Several tables of the same images (nets D and E, whole images and boxes) are stacked by key
and normalised as --normalise says. A row that is missing or failed in one of them is an error
unless it is excluded by name; what is excluded is recorded. Of tables with boxed objects each
object is a row: --regions says whether its descriptor is its box's, its image's, or both.

OUT holds head.safetensors, scores.json and, for VOC, the devkit's result files.`,
		Example: `  fc7 svm runs/voc --protocol voc2007 --aggregate mean
  fc7 svm runs/voc-d runs/voc-e --protocol voc2007 --exclude-failed
  fc7 svm runs/action --protocol voc2012-action --regions both
  fc7 svm runs/c101 --protocol caltech101 --aggregate stack --scales 256,384,512 --folds 5
  fc7 svm runs/mine --protocol set --loss logistic --train-per-class 20 --low-shot 1,2,4,8`,
		Args: atLeastOne("FEATURES"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Features, j.Also = args[0], args[1:]
			if j.Options.C != 0 && cmd.Flags().Changed("grid") {
				return usage.Errorf("--c and --grid exclude each other: a fixed C is not chosen")
			}
			if err := f.apply(&j); err != nil {
				return usage.Wrap(err)
			}
			r, err := heads.Train(cmd.Context(), j, c.events())
			if err != nil {
				return err
			}
			printHeads(c, r)
			return nil
		},
	}
	f.tableFlags(cmd, &j)
	f.solverFlags(cmd, &j)
	f.protocolFlags(cmd, &j)
	fs := cmd.Flags()
	fs.StringVarP(&j.Out, "out", "o", "", "folder for the heads; default: heads in the first run's folder")
	fs.BoolVar(&j.Replace, "replace", false, "replace heads that stand there already")
	fs.IntVar(&j.Options.Threads, "threads", 0, "threads; default: all cores")
	require(cmd)
	return cmd
}

// svmFlags are those whose text is turned into the job's values.
type svmFlags struct {
	aggregate, l2, normalise, regions, loss, difficult string
	exclude                                            []string
	seeds                                              []uint
}

func (f *svmFlags) tableFlags(cmd *cobra.Command, j *heads.Job) {
	fs := cmd.Flags()
	fs.StringVar(&f.aggregate, "aggregate", string(protocol.Mean), "how scales are joined: mean, max or stack")
	fs.IntSliceVar(&j.Choice.Scales, "scales", nil, "scales to use; default: all of the table")
	fs.StringVar(&j.Choice.Layer, "layer", "", "layer to use; default: the table's only one")
	fs.StringVar(&f.l2, "l2", "", "what of the scales is L2-normalised: after or before joining them, both, none; default: after, and none of several tables, which --normalise normalises")
	fs.StringVar(&f.normalise, "normalise", "", "what is L2-normalised in stacking tables: before (each table), after (the stack), both, none; default: both, so that tables count alike and the result has norm 1")
	fs.StringVar(&f.regions, "regions", "", "of tables with boxed objects: image, box or both; default: all that the tables have")
	fs.StringArrayVar(&f.exclude, "exclude", nil, "rows to leave out: a file with a name a line, or names with commas; objects are IMAGE#NUMBER; repeatable")
	fs.BoolVar(&j.ExcludeFailed, "exclude-failed", false, "leave out the rows that failed in extraction")
}

func (f *svmFlags) solverFlags(cmd *cobra.Command, j *heads.Job) {
	fs := cmd.Flags()
	fs.Float64Var(&j.Options.C, "c", 0, "fixed C; default: chosen from the grid")
	fs.Float64SliceVar(&j.Options.Grid, "grid", protocol.DefaultGrid(), "values of C to choose from")
	fs.IntVar(&j.Options.Folds, "folds", 0, "choose C by this many stratified folds of the training images; default: on the protocol's held-out part")
	fs.BoolVar(&j.Options.PerClass, "c-per-class", false, "choose C for each class by itself")
	fs.StringVar(&f.loss, "loss", "squared-hinge", "squared-hinge, hinge or logistic")
	fs.Float64Var(&j.Options.Bias, "bias", 0, "constant feature appended to each row, regularised as LIBLINEAR's -B; 0: none")
	fs.Float64Var(&j.Options.PositiveWeight, "positive-weight", 0, "factor of C for positive images; default: 1")
	fs.Float64Var(&j.Options.NegativeWeight, "negative-weight", 0, "factor of C for negative images; default: 1")
	fs.Float64Var(&j.Options.Epsilon, "eps", 0, "tolerance of the solver; default: 0.01")
	fs.Uint64Var(&j.Options.Seed, "seed", 0, "of the solver, and of folds and held-out parts that no list gives")
}

func (f *svmFlags) protocolFlags(cmd *cobra.Command, j *heads.Job) {
	fs := cmd.Flags()
	fs.StringVar(&j.Protocol, "protocol", "", strings.Join(protocol.Names(), ", ")+"; default: that of the data set")
	fs.StringVar(&f.difficult, "difficult", "", "VOC, in training: difficult-only images are out (default), positive or negative")
	fs.IntVar(&j.Options.Competition, "competition", 0, "VOC: number in the names of result files; default: "+protocol.DefaultsText(func(o protocol.Options) int { return o.Competition })+"; for nets pre-trained on other data the server wants 2 and 10")
	fs.IntVar(&j.Options.TrainPerClass, "train-per-class", 0, "random splits: images a class to train; default: "+protocol.DefaultsText(func(o protocol.Options) int { return o.TrainPerClass }))
	fs.Float64Var(&j.Options.TrainFraction, "train-fraction", 0, "random splits of other sets: share of each class to train; default: "+protocol.DefaultsText(func(o protocol.Options) float64 { return o.TrainFraction }))
	fs.IntVar(&j.Options.TestPerClass, "test-per-class", 0, "random splits: images a class to test, at most; default: "+protocol.DefaultsText(func(o protocol.Options) int { return o.TestPerClass }))
	fs.UintSliceVar(&f.seeds, "seeds", nil, "random splits: one for each seed; default: 0,1,2")
	fs.IntSliceVar(&j.LowShot, "low-shot", nil, "also a curve of figures for these numbers of training images a class")
	fs.IntVar(&j.Draws, "draws", 0, "random draws for each point of the curve; default: "+fmt.Sprint(protocol.DefaultDraws))
}

// apply turns texts into the job's values.
func (f *svmFlags) apply(j *heads.Job) (err error) {
	j.Choice.Aggregate, j.Choice.L2 = protocol.How(f.aggregate), protocol.L2(f.l2)
	j.Normalise, j.Regions = protocol.L2(f.normalise), heads.Region(f.regions)
	j.Options.Difficult = protocol.Difficult(f.difficult)
	j.Options.Seeds = nil
	for _, s := range f.seeds {
		j.Options.Seeds = append(j.Options.Seeds, uint32(s))
	}
	if j.Options.Loss, err = svm.ParseLoss(f.loss); err != nil {
		return err
	}
	j.Exclude, err = heads.ReadExclude(f.exclude)
	return err
}
