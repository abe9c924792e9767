package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/usage"
	"fc7/pipeline/heads"
	"fc7/pipeline/table"
)

func newSVM(c *console) *cobra.Command {
	var j heads.Job
	var dry dryRun
	cmd := &cobra.Command{
		Use: "svm FEATURES…", Short: "train linear heads on descriptors and score them by a protocol",
		Long: `Svm joins the descriptors of several scales (mean, max or stack), divides them by their L2
norm, trains one linear classifier a class against the rest (LIBLINEAR's problems: squared
hinge, hinge or logistic loss, L2-regularised) or all classes together (--loss softmax:
multinomial logistic regression with intercepts, the linear probe of papers on self-supervised
nets), chooses C on images that no score counts, and scores by the data set's own protocol:

` + protocol.Help() + `

Several tables of the same images (nets D and E, whole images and boxes) are stacked by key
and normalised as --normalise says. A row that is missing or failed in one of them is an error
unless it is excluded by name (--exclude, or --only the others); what is excluded is recorded: how
many rows, the digest of their names, and these or those of the others, whichever are fewer, up to
10,000. Of tables with boxed objects each object is a row: --regions says whether its descriptor is
its box's, its image's, or both.

Labels and splits are those that the data set had when it was extracted, or of --labels and
--splits: a corrected label costs no extraction. Rows are found by key and object. A row that is
not listed, and a line of no row, are errors unless --unlisted and --allow-unused say otherwise.

  --labels FILE   CSV or TSV; its header names the columns: id (or path), labels (separated by
                  ; or |; empty: none of the classes) or label, class … (one a row; empty: not
                  known), and object, ignored and split where there are any, as in csv: lists
  --splits FILE   as fc7 dataset splits writes it; it comes before a column split of --labels

--knn asks the nearest training images instead of a head: each of the k votes for its classes
with weight exp(cos / 0.07), by the same splits; its figures stand beside those of the heads.

--low-shot draws a few images a class of those to train, several times, and scores on the images
of the protocol what heads make of them: the nearest class mean (by the cosine, nothing is
trained), an SVM and logistic regression (softmax, or a class against the rest where images have
several labels or none). C is chosen by folds of the drawn images; of one image a class it is 1.
Means and deviations over the draws stand in scores.json, in fc7 report as curves with bands, and
in fc7 table. Stopped, the same command goes on behind the draws that are made.

OUT holds head.safetensors, scores.json and, for VOC, the devkit's result files.

` + runsHelp + ` Without --out its heads go to it.`,
		Example: `  fc7 svm runs/voc --protocol voc2007 --aggregate mean
  fc7 svm runs/voc-d runs/voc-e --protocol voc2007 --exclude-failed
  fc7 svm runs/action --protocol voc2012-action --regions both
  fc7 svm runs/c101 --protocol caltech101 --aggregate stack --scales 256,384,512 --folds 5
  fc7 svm runs/c101 --loss softmax --grid 1,10,100
  fc7 svm runs/c101 --knn 10,20,100,200
  fc7 svm runs/mine --labels corrected.csv --unlisted keep --splits mine.tsv
  fc7 svm runs/dtd --low-shot 1,2,4,8,16 --draws 10
  fc7 svm runs/mine --protocol set --loss logistic --train-per-class 20 --low-shot 1,2,4,8`,
		Args: atLeastOne("FEATURES"), Annotations: map[string]string{readsRuns: runsAll, flagsOfLists: "labels splits"},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Features, j.Also, j.Command = args[0], args[1:], c.command
			to := target{name: "--out", path: j.Out, force: j.Replace, dry: dry.asked}
			if j.Out == "" {
				to.path = filepath.Join(table.RunFolder(j.Features), heads.Folder)
			}
			if j.Options.C != 0 && cmd.Flags().Changed("grid") {
				return usage.Errorf("--c and --grid exclude each other: a fixed C is not chosen")
			}
			if err := j.Check(); err != nil {
				return err
			}
			free := to.newFolder()
			var err error
			if j.Exclude, err = heads.ReadNames(cmd.Context(), j.Exclude); err != nil {
				return errors.Join(free, err)
			}
			if j.Only, err = heads.ReadNames(cmd.Context(), j.Only); err != nil {
				return errors.Join(free, err)
			}
			if cmd.Flags().Changed("only") && len(j.Only) == 0 {
				return usage.Errorf("--only names no row: nothing would be left to train on")
			}
			if free != nil {
				return fmt.Errorf("%w%s", free, j.Standing(cmd.Context(), to.path))
			}
			if dry.asked {
				return c.foretell(heads.Estimate(cmd.Context(), j, c.events()))
			}
			r, err := heads.Train(cmd.Context(), j, c.events())
			if err != nil {
				return err
			}
			return c.result(headsJSON{r.Out, r}, func() error {
				printHeads(c, r)
				return nil
			})
		},
	}
	svmTableFlags(cmd, &j)
	svmSolverFlags(cmd, &j.Options.Settings)
	svmProtocolFlags(cmd, &j)
	outFlag(cmd, &j.Out, "folder for the heads; default: heads in the first run's folder")
	forceFlag(cmd, &j.Replace, "replace")
	threadsFlag(cmd, &j.Options.Threads, "threads of the solver")
	require(cmd)
	dry.add(cmd, "classes")
	return cmd
}

// headsJSON is what scores.json holds, and where it is.
type headsJSON struct {
	Out string `json:"out"`
	*heads.Result
}

func svmTableFlags(cmd *cobra.Command, j *heads.Job) {
	f := cmd.Flags()
	joinedChoice(cmd, &j.Choice)
	place := oneOf("place of L2 normalisation", protocol.L2s()...)
	flag(f, &j.Choice.L2, "l2", "string", "", place, "what of the scales is L2-normalised: after or before joining them, both, none; default: after, and none of several tables, which --normalise normalises")
	flag(f, &j.Normalise, "normalise", "string", "", place, "what is L2-normalised in stacking tables: before (each table), after (the stack), both, none; default: both, so that tables count alike and the result has norm 1")
	flag(f, &j.Regions, "regions", "string", "", oneOf("region", heads.Regions()...), "of tables with boxed objects: image, box or both; default: all that the tables have")
	f.StringArrayVar(&j.Exclude, "exclude", nil, "rows to leave out: a file, or its address, with a name a line, or names with commas; objects are IMAGE#NUMBER; repeatable")
	f.StringArrayVar(&j.Only, "only", nil, "rows to take alone, named as those of --exclude, which then leaves out of these; repeatable")
	f.StringVar(&j.Labels, "labels", "", "file of labels in place of the tables', .csv or .tsv, or its address")
	f.StringVar(&j.Splits, "splits", "", "file of splits in place of the tables', or its address; see fc7 dataset splits")
	listedFlags(cmd, &j.Unlisted, &j.AllowUnused, "--labels or --splits")
	f.BoolVar(&j.ExcludeFailed, "exclude-failed", false, "leave out the rows that failed in extraction")
}

// listedFlags are what becomes of what a file of labels or splits and the tables do not both have.
func listedFlags(cmd *cobra.Command, unlisted *heads.Unlisted, unused *bool, files string) {
	optional(cmd.Flags(), unlisted, "unlisted", "string", oneOf("treatment of rows that are not listed", heads.UnlistedWords()...),
		"rows that "+files+" does not list: error, keep (what the table says) or drop (left out)", heads.UnlistedError)
	cmd.Flags().BoolVar(unused, "allow-unused", false, "pass over lines of "+files+" about rows that no table has")
}

func svmSolverFlags(cmd *cobra.Command, o *protocol.Settings) {
	f := cmd.Flags()
	optional(f, &o.C, "c", "float", positive, "fixed C", "chosen from --grid")
	o.Grid = protocol.DefaultGrid()
	listFlag(f, &o.Grid, "grid", "floats", positive, "values of C to choose from")
	optional(f, &o.Folds, "folds", "int", whole(2), "choose C by this many stratified folds of the training images", "on the protocol's held-out part")
	f.BoolVar(&o.PerClass, "c-per-class", false, "choose C for each class by itself")
	lossFlag(cmd, &o.Loss)
	f.BoolVar(&o.Standardise, "standardise", false, "softmax: divide each value by its deviation over the training images, less its mean")
	numberFlag(f, &o.Bias, "bias", number(0), "constant feature appended to each row, regularised as LIBLINEAR's -B; 0: none")
	optional(f, &o.PositiveWeight, "positive-weight", "float", positive, "factor of C for positive images", svm.DefaultWeight)
	optional(f, &o.NegativeWeight, "negative-weight", "float", positive, "factor of C for negative images", svm.DefaultWeight)
	optional(f, &o.Epsilon, "eps", "float", positive, "tolerance of the solver", svm.DefaultEpsilon)
	flag(f, &o.Seed, "seed", "uint32", "0", wideSeed, "of the solver, and of folds and held-out parts that no list gives")
}

func svmProtocolFlags(cmd *cobra.Command, j *heads.Job) {
	f := cmd.Flags()
	flag(f, &j.Protocol, "protocol", "string", "", oneOf("protocol", protocol.Names()...), strings.Join(protocol.Names(), ", ")+"; default: that of the data set")
	flag(f, &j.Options.Difficult, "difficult", "string", "", oneOf("treatment of difficult images", protocol.Difficults()...), "VOC, in training: difficult-only images are out (default), positive or negative")
	optionalWhole(f, &j.Options.Competition, "competition", "VOC: number in the names of result files; for nets pre-trained on other data the server wants 2 and 10",
		protocol.DefaultsText(func(o protocol.Options) int { return o.Competition }))
	drawnFlags(cmd, &j.Options)
	listFlag(f, &j.LowShot, "low-shot", "ints", whole(1), "also curves of figures for these numbers of training images a class, or as many as a class has")
	listFlag(f, &j.KNN, "knn", "ints", whole(1), "also figures of these numbers of nearest training images, without training, such as "+commas(protocol.ProbeKs()))
	optionalWhole(f, &j.Draws, "draws", "random draws for each point of the curves", protocol.DefaultDraws)
	listFlag(f, &j.DrawSeeds, "draw-seeds", "ints", seed, "seeds of these draws, one each; default: 0, 1 and so on")
}

// drawnFlags are the options of splits that a protocol draws.
func drawnFlags(cmd *cobra.Command, o *protocol.Options) {
	f := cmd.Flags()
	optionalWhole(f, &o.TrainPerClass, "train-per-class", "random splits: images a class to train",
		protocol.DefaultsText(func(o protocol.Options) int { return o.TrainPerClass }))
	optional(f, &o.TrainFraction, "train-fraction", "float", positive, "random splits of other sets: share of each class to train",
		protocol.DefaultsText(func(o protocol.Options) float64 { return o.TrainFraction }))
	optionalWhole(f, &o.TestPerClass, "test-per-class", "random splits: images a class to test, at most",
		protocol.DefaultsText(func(o protocol.Options) int { return o.TestPerClass }))
	listFlag(f, &o.Seeds, "seeds", "ints", seed, "random splits: one for each seed")
	for _, p := range protocol.Protocols() {
		if seeds := p.Defaults().Seeds; seeds != nil {
			f.Lookup("seeds").DefValue = commas(seeds)
		}
	}
}

// lossFlag is the loss of a linear classifier.
func lossFlag(cmd *cobra.Command, l *svm.Loss) {
	flag(cmd.Flags(), l, "loss", "string", "squared-hinge", svm.ParseLoss, "squared-hinge, hinge, logistic, or softmax: of all classes together")
}

// wideSeed is seed for where more would fit.
func wideSeed(s string) (uint64, error) {
	n, err := seed(s)
	return uint64(n), err
}

// seed reads the seed of a random split.
func seed(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, usage.Unfit("", s, wanted["uint32"])
	}
	return uint32(n), nil
}
