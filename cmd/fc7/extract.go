package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/origin"
	"fc7/internal/place"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/extraction"
	"fc7/pipeline/table"
)

const extractExample = `  fc7 extract voc2007:/data/VOCdevkit --weights vgg16.pth --out runs/voc
  fc7 extract caltech101:/data/caltech-101 --net vgg19 --weights vgg19.safetensors --scales 256,384,512 --out runs/c101
  fc7 extract folder:/data/photos --weights vgg16.pth --scales 256 --limit 100 --out runs/try
  fc7 extract voc2007:/data/VOCdevkit --weights vgg16.pth --weights vgg19.pth --layer fc7,pool5 --out runs/voc
  fc7 extract folder:/data/photos --weights vgg16.pth --layer prob --views crops --scales 256 --out runs/classes`

func newExtract(c *console) *cobra.Command {
	var j extraction.Job
	var nets netFlags
	var of taskFlags
	var dry dryRun
	cmd := &cobra.Command{
		Use: "extract DATASET | --plan RUN", Short: "images of a data set to a table of descriptors",
		Long: `Extract runs the net densely over every image of a data set, at each scale and with its
mirror image, and writes one row an image to OUT/features/*.parquet: key, labels, splits,
and one descriptor a layer and scale (mean over positions and over the flip, after ReLU, not
normalised; arXiv 1409.1556, appendix B). OUT/manifest.json tells how it came about.

` + viewsHelp + `
` + netsHelp + `
` + readingHelp + `

An image that cannot be read is a row with status "failed" and the reason; the exit status
is then 3; --retry-failed tries such rows again, say with a higher --max-pixels, which else is
to be that of the table. A disk or server that fails or does not answer makes no rows: the run
waits and tells so, and then stops with status 1. Stopped, killed or interrupted at any moment,
the same command goes on behind the rows that it has, of the file that it was in too: these are
kept in OUT/tmp every minute (--keep-every) and when it is stopped, and removed with the end. A
folder that holds a table of other settings is refused, or with --force-new left alone for a new
one.

A data set that grew, lost files or changed is refused like other settings; --update makes OUT
its table, byte for byte that of a fresh run. Rows whose image has the same bytes (by SHA-256,
kept in OUT/digests) and the same box are kept, whatever the image is called now; labels and
splits are written anew; new and changed images, and rows that failed, are computed. The old
table stands until the new one, made beside it, takes its place, so there must be room for both;
killed anywhere, the same command goes on with the file it was in. All images are read, unless --trust-times takes those
whose file has its old size and time as unchanged. Without --update too, an image that was
replaced under its name since its row was computed is noticed, by another size or time of its
file and then by its bytes; of one that failed and whose file is another now, a note tells.

Several machines share the work by --shard 1/4 to --shard 4/4, each a range of whole files of
the one table: into one folder that all of them see, or into folders of their own, which
fc7 merge joins. The bytes are those of one machine. Where another process is still at a share,
as one that a scheduler lost, the status is 75, as of a task, and the same command goes on later.

` + taskHelp + `
` + kindsHelp(),
		Example: extractExample, Args: of.args, Annotations: map[string]string{ownStart: "table", flagsOfRuns: "out plan"},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Command = c.command
			if of.run != "" {
				if err := idle(cmd, "fc7 plan DATASET --dry-run tells what tasks would take", "dry-run"); err != nil {
					return err
				}
				return extractPlanned(cmd, c, &j, &nets, &of)
			}
			j.DataSet = args[0]
			if err := of.idle(cmd); err != nil {
				return err
			}
			if err := errors.Join(updateFlags(cmd, j.Update.Do), unplanned(cmd.Context(), &j)); err != nil {
				return err
			}
			files, err := asked(cmd, c, &j, &nets, dry.asked)
			if err != nil {
				return err
			}
			if dry.asked {
				return c.foretell(extraction.Estimate(cmd.Context(), j, files, c.events()))
			}
			if store.Is(j.Out) {
				return extractAway(cmd, c, &j, files)
			}
			return extractNets(cmd.Context(), c, j, files)
		},
	}
	settingFlags(cmd, &j, &nets)
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "folder of the run, or its address, where it is planned first (required without --plan)")
	memoryFlag(cmd)
	imageTimeFlag(cmd, &j.ImageTime)
	flag(f, &j.Part, "shard", "share", "", table.ParsePart, "I/N: this is machine I, from 1, of N, and computes its share of the table alone")
	of.add(cmd, &j)
	f.BoolVar(&j.RetryFailed, "retry-failed", false, "compute the failed rows of finished files again")
	f.BoolVar(&j.Update.Do, "update", false, "make OUT the table of the data set as it is now; only what is new or changed is computed")
	f.BoolVar(&j.Update.TrustTimes, "trust-times", false, "with --update: do not read images whose file has the size and time that were recorded")
	f.BoolVar(&j.Update.TrustNames, "trust-names", false, "with --update: keep rows without a recorded digest, of an earlier fc7, whose image is still called so")
	f.BoolVar(&j.ForceNew, "force-new", false, "where OUT holds a table of other settings, write to OUT-2, OUT-3, …")
	threadsFlag(cmd, &j.Threads, netThreads)
	metricsFlag(cmd, c)
	dry.add(cmd, "images")
	return cmd
}

// asked checks what a call of extract or plan asks for, and tells the nets. Where it is only told what it would take,
// nothing tries whether OUT can be written to.
func asked(cmd *cobra.Command, c *console, j *extraction.Job, nets *netFlags, dry bool) ([]extraction.NetFile, error) {
	if err := exclusive(cmd, "per-class", "limit"); err != nil {
		return nil, err
	}
	if err := j.Describe.Check(); err != nil {
		return nil, usage.Wrap(err)
	}
	if err := datasets.Check(j.DataSet, j.Choice); err != nil {
		return nil, err
	}
	nets.weights = orSmall(c, nets.weights)
	files, err := nets.pairs()
	if err != nil {
		return nil, err
	}
	if store.Is(j.Out) {
		if dry {
			return files, nil
		}
		return files, place.Try(cmd.Context(), j.Out)
	}
	return files, (target{name: "--out", path: j.Out, dry: dry}).folder()
}

// settingFlags say which table is made of a data set.
func settingFlags(cmd *cobra.Command, j *extraction.Job, nets *netFlags) {
	nets.add(cmd)
	j.Describe.Scales = extract.DefaultScales()
	scalesFlag(cmd, &j.Describe.Scales, "smallest image sides Q")
	howFlags(cmd, &j.Describe)
	j.Dtype = outputs.Float32
	dtypeFlag(cmd, &j.Dtype, "type of the descriptors: float32 or float16")
	splitFlag(cmd, &j.Choice.Split, "only the images of an official split: "+usage.OneOf(datasets.Splits())+", or of one of several divisions, such as test3")
	countFlags(cmd, &j.Choice)
	maxPixelsFlag(cmd, &j.Decode, "larger images are failed rows")
	shardRowsFlag(cmd, &j.ShardRows)
	rowFlags(cmd, &j.Choice)
}

// updatedText tells what an update did.
func updatedText(u table.Updated) string {
	n := u.Kept + u.Relabelled + u.Renamed
	text := fmt.Sprintf("update: %d %s kept", n, plural(n, "row"))
	for _, n := range []struct {
		count int
		what  string
	}{
		{u.Relabelled, "of them with other labels or splits"},
		{u.Renamed, "of them under another name"},
		{u.New, "new"},
		{u.Changed, "changed"},
		{u.Retried, "failed before and tried again"},
		{u.Unproven, "without a digest of their image computed again"},
		{u.Gone, "gone"},
	} {
		if n.count > 0 {
			text += fmt.Sprintf(", %d %s", n.count, n.what)
		}
	}
	return text
}

// updateFlags refuses what does not go with an update, and what would do nothing without one.
func updateFlags(cmd *cobra.Command, update bool) error {
	if !update {
		return idle(cmd, "it is for --update", "trust-times", "trust-names")
	}
	for _, n := range []string{"shard", "force-new"} {
		if err := exclusive(cmd, "update", n); err != nil && !cmd.Flags().Changed(planFlag) {
			return err
		}
	}
	return idle(cmd, "--update computes failed rows again by itself", "retry-failed")
}

func kindsHelp() string {
	var b strings.Builder
	b.WriteString("DATASET is KIND:PATH, where KIND is\n")
	for _, k := range datasets.Kinds() {
		fmt.Fprintf(&b, "  %-14s %s (%s)\n", k.Name, k.Summary, k.Example)
	}
	return strings.TrimRight(b.String(), "\n")
}

// countsText are the rows of a table, or of a part, by what became of them.
func countsText(n outputs.Counts) string {
	return fmt.Sprintf("%d ok, %d failed", n.OK, n.Failed) + changedText(n.Changed)
}

// changedText says behind a number of failed rows of how many the image changed.
func changedText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d whose image changed since the plan)", n)
}

func printExtract(c *console, r *extraction.Result) {
	m, p, n := r.Manifest, r.Progress, r.Counts
	fresh := p.Done - p.Earlier
	c.printf("%d %s: %s", n.Inputs, plural(n.Inputs, "image"), countsText(n))
	if p.Earlier > 0 && r.Updated == nil {
		c.printf("; %d were there already", p.Earlier)
	}
	if t := r.Retried; t.Tried > 0 {
		c.printf("; %d tried again, %d of them now ok", t.Tried, t.Recovered)
	}
	c.printf("\n")
	if n.Failed > 0 && r.Retried.Tried == 0 && r.Plan == nil {
		c.printf("the same command with --retry-failed tries the failed rows again\n")
	}
	if r.Updated != nil {
		c.printf("%s\n", updatedText(*r.Updated))
	}
	if fresh > 0 {
		c.printf("%d computed in %s: %.2f images/s, %s\n", fresh, p.Times.Elapsed.Round(100*time.Millisecond), p.Rate(), split(p.Times))
	}
	if !r.Trained {
		c.printf("the weights are random: the descriptors are of untrained filters\n")
	}
	var cols []string
	for _, col := range m.Columns {
		cols = append(cols, columnText(col))
	}
	c.printf("columns: %s\ntable: %s, %s\n", strings.Join(cols, ", "), r.Out+"/"+outputs.FeaturesDir, counted(m.Shards-r.Missing, "file"))
	if p := r.Plan; p != nil {
		c.printf("this is a share of a planned table; %s left to other tasks, and fc7 merge %s ends it\n", are(r.Missing, "file"), origin.Text(p.Run()))
	} else if r.Missing > 0 {
		c.printf("this is the share %s of the table; %s left to other machines, and fc7 merge joins folders\n", m.Part, are(r.Missing, "file"))
	} else if m.Counts != n {
		c.printf("with this share the table is complete: %d %s: %s\n", m.Counts.Inputs, plural(m.Counts.Inputs, "image"), countsText(m.Counts))
	}
}
