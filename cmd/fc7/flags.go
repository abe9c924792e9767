package main

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/datasets"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/internal/budget"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/vgg"
)

// The flags that several verbs share: each is defined here, once.

// require marks flags that have no default.
func require(cmd *cobra.Command, names ...string) {
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		for _, n := range names {
			if f := cmd.Flags().Lookup(n); f.Value.String() == "" || f.Value.String() == "[]" {
				return usage.Errorf("missing --%s: %s", n, strings.TrimSuffix(f.Usage, " (required)"))
			}
		}
		return nil
	}
}

// renamed lets flags go by the names that they had before, beside those that were told earlier: they work, and no help
// shows them.
func renamed(cmd *cobra.Command, now map[string]string) {
	earlier := cmd.Flags().GetNormalizeFunc()
	cmd.Flags().SetNormalizeFunc(func(f *pflag.FlagSet, name string) pflag.NormalizedName {
		if n, ok := now[name]; ok {
			name = n
		}
		return earlier(f, name)
	})
}

// exclusive refuses two flags at once.
func exclusive(cmd *cobra.Command, a, b string) error {
	if cmd.Flags().Changed(a) && cmd.Flags().Changed(b) {
		return usage.Errorf("--%s and --%s exclude each other", a, b)
	}
	return nil
}

// idle refuses flags that a call gives and that would do nothing in it; why says so.
func idle(cmd *cobra.Command, why string, names ...string) error {
	for _, n := range names {
		if cmd.Flags().Changed(n) {
			return usage.Errorf("--%s would do nothing: %s", n, why)
		}
	}
	return nil
}

func outFlag(cmd *cobra.Command, path *string, help string) {
	cmd.Flags().StringVarP(path, "out", "o", *path, help)
}

// forceFlag is the one flag that lets an output take the place of one that is there; old is a name that it had.
func forceFlag(cmd *cobra.Command, force *bool, old ...string) {
	cmd.Flags().BoolVar(force, "force", false, "replace what stands there already")
	now := map[string]string{}
	for _, name := range old {
		now[name] = "force"
	}
	renamed(cmd, now)
}

// costFlag is the SVM's C where it is fixed, by the name that it has where it may be chosen.
func costFlag(cmd *cobra.Command, c *float64) {
	numberFlag(cmd.Flags(), c, "c", positive, "cost of a margin violation")
	renamed(cmd, map[string]string{"C": "c"})
}

// netThreads are what most threads are of.
const netThreads = "threads of the net"

// threadsFlag is how much is done at once; 0 is as much as the machine has.
func threadsFlag(cmd *cobra.Command, n *int, help string) {
	wholeFlag(cmd.Flags(), n, "threads", 0, help+"; 0: all cores, or $GOMAXPROCS, or Slurm's --cpus-per-task")
}

// netName reads the name of a net, which stays as it is written.
func netName(s string) (string, error) {
	_, err := vgg.Lookup(s)
	return s, err
}

func netFlag(cmd *cobra.Command, net *string, help string) {
	flag(cmd.Flags(), net, "net", "string", *net, netName, help)
}

// layerName reads the name of a layer that some net has.
func layerName(s string) (string, error) {
	all := []string{extract.LayerProb}
	for _, name := range vgg.Names() {
		c, err := vgg.Lookup(name)
		if err != nil {
			return "", err
		}
		for _, l := range c.Layers() {
			if !slices.Contains(all, l.Name) {
				all = append(all, l.Name)
			}
		}
	}
	slices.Sort(all)
	return oneOf("layer", all...)(s)
}

// scalesFlag are smallest image sides Q.
func scalesFlag(cmd *cobra.Command, scales *[]int, help string) {
	listFlag(cmd.Flags(), scales, "scales", "ints", whole(1), help)
}

// dtypeFlag is the type of descriptors.
func dtypeFlag(cmd *cobra.Command, dtype *string, help string) {
	flag(cmd.Flags(), dtype, "dtype", "string", *dtype, oneOf("type of descriptors", outputs.Float32, outputs.Float16), help)
}

func splitFlag(cmd *cobra.Command, split *string, help string) {
	flag(cmd.Flags(), split, "split", "string", "", datasets.ParseSplit, help)
}

// countFlags take a part of a data set, for a try.
func countFlags(cmd *cobra.Command, o *datasets.Options) {
	perClassFlag(cmd, o)
	optionalWhole(cmd.Flags(), &o.Limit, "limit", "only the first N images", "all")
}

func perClassFlag(cmd *cobra.Command, o *datasets.Options) {
	optionalWhole(cmd.Flags(), &o.PerClass, "per-class", "only the first N images of each class", "all")
}

// rowFlags are the choices of what the rows of a data set are.
func rowFlags(cmd *cobra.Command, o *datasets.Options) {
	f := cmd.Flags()
	classesFlag(cmd, o)
	splitsFlag(cmd, o)
	foldersFlag(cmd, o)
	columnFlags(cmd, o)
	emptyLabelsFlag(cmd, o)
	flag(f, &o.Objects, "objects", "string", "", oneOf("rows for objects", datasets.Objects()...),
		"rows where the set has boxes: "+usage.OneOf(datasets.Objects())+"; default: as the set has it")
	optional(f, &o.BoxContext, "box-context", "float", number(1), "enlarge boxes by this factor of their sides, clipped to the image", "as they are")
}

// classesFlag chooses classes of a data set.
func classesFlag(cmd *cobra.Command, o *datasets.Options) {
	cmd.Flags().StringArrayVar(&o.Classes, "classes", nil, datasets.ClassesHelp+"; repeatable")
}

// emptyLabelsFlag says what images without labels are of.
func emptyLabelsFlag(cmd *cobra.Command, o *datasets.Options) {
	flag(cmd.Flags(), &o.EmptyLabels, "empty-labels", "string", "", oneOf("meaning of empty labels", datasets.EmptyMeanings()...),
		datasets.EmptyLabelsHelp+"; default: as the kind has it")
}

func splitsFlag(cmd *cobra.Command, o *datasets.Options) {
	cmd.Flags().StringVar(&o.SplitFile, "splits", "", "file of splits to use instead of the set's own; see fc7 dataset splits")
}

// columnFlags name columns of tables that cannot be told, and what other kinds have to choose.
func columnFlags(cmd *cobra.Command, o *datasets.Options) {
	f := cmd.Flags()
	f.StringVar(&o.LabelColumn, "label-column", "", datasets.LabelColumnHelp)
	f.StringVar(&o.ImageColumn, "image-column", "", datasets.ImageColumnHelp)
	f.StringVar(&o.SplitColumn, "split-column", "", datasets.SplitColumnHelp)
	f.Var(&values[string]{to: &o.Own, kind: "name=value", parse: datasets.ParseOwn}, "kind-option", datasets.OwnHelp+"; repeatable")
}

// foldersFlag says what the guess of a folder's layout would be wrong about.
func foldersFlag(cmd *cobra.Command, o *datasets.Options) {
	flag(cmd.Flags(), &o.Folders, "folders", "string", "", oneOf("meaning of folders", datasets.Folders()...),
		"the sub-folders of folder:PATH are classes or splits; default: splits if all are named so (train, val …) and hold class folders")
}

// limitFlags are those that bound what one image may cost; fate is that of an image that has more pixels.
func limitFlags(cmd *cobra.Command, o *picture.DecodeOptions, t *time.Duration, fate string) {
	maxPixelsFlag(cmd, o, "larger images "+fate)
	memoryFlag(cmd)
	imageTimeFlag(cmd, t)
}

func imageTimeFlag(cmd *cobra.Command, t *time.Duration) {
	flag(cmd.Flags(), t, "image-timeout", "duration", conveyor.DefaultImageTime.String(), someTime,
		"stop, to go on by the same command, where the bytes of an image do not come for so long")
}

// span reads a time that is not negative.
func span(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, usage.Unfit("", s, wanted["duration"])
	}
	return d, nil
}

// mostTime is the longest time that a flag takes, a hundred years: what is above it is mistyped, or does not fit.
const mostTime = 876000 * time.Hour

// someTime reads a time above 0.
func someTime(s string) (time.Duration, error) {
	d, err := span(s)
	if err != nil || d == 0 || d > mostTime {
		return 0, usage.Unfit("", s, "a time above 0, such as 90s or 5m, of at most "+strings.TrimSuffix(mostTime.String(), "0m0s"))
	}
	return d, nil
}

// memoryFlag is what the images share that a verb decodes at once.
func memoryFlag(cmd *cobra.Command) {
	optional(cmd.Flags(), new(int64), "memory", "size", func(s string) (int64, error) {
		n, err := budget.ParseSize(s)
		if err == nil {
			budget.Shared().SetLimit(n)
		}
		return n, err
	}, "memory that images share while they are decoded, such as 4GB; more of them wait, a larger one goes alone; no row depends on it",
		"a quarter of what the machine, or its control group, has")
}

func maxPixelsFlag(cmd *cobra.Command, o *picture.DecodeOptions, help string) {
	flag(cmd.Flags(), &o.MaxPixels, "max-pixels", "megapixels", megapixels(picture.DefaultMaxPixels), parsePixels, help)
}

// megapixels writes a number of pixels as parsePixels reads it.
func megapixels(n int) string { return strconv.FormatFloat(float64(n)/1e6, 'g', 3, 64) + "MP" }

// parsePixels reads a number of pixels: 179MP, 0.5MP, or all the digits.
func parsePixels(s string) (int, error) {
	digits, unit := strings.TrimSuffix(strings.ToUpper(s), "MP"), 1.0
	if len(digits) < len(s) {
		unit = 1e6
	}
	v, err := strconv.ParseFloat(digits, 64)
	if v = math.Round(v * unit); err != nil || !(v >= 1 && v <= 1<<40) {
		return 0, usage.Unfit("", s, "megapixels, such as 50MP, or a number of pixels")
	}
	return int(v), nil
}

func shardRowsFlag(cmd *cobra.Command, n *int) {
	optionalWhole(cmd.Flags(), n, "shard-rows", "rows a Parquet file", fmt.Sprint(extraction.DefaultShardRows, ", or a thousandth of the images"))
}

// urlFlag is a place to download from.
func urlFlag(f *pflag.FlagSet, to *string, name, help string) {
	flag(f, to, name, urlKind, "", func(s string) (string, error) {
		if u, err := url.Parse(s); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", usage.Unfit("", s, "a URL, such as https://example.org/weights")
		}
		return s, nil
	}, help)
}

// imageCacheFlag is how much of the decoded images training keeps.
func imageCacheFlag(cmd *cobra.Command, bytes *int64) {
	flag(cmd.Flags(), bytes, "image-cache", "bytes", strconv.FormatInt(*bytes, 10), func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			return 0, usage.Unfit("", s, "a whole number of 0 or more")
		}
		return n, nil
	}, "bytes of decoded images that are kept; 0: none")
}
