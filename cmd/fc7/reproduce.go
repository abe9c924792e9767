package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fc7/internal/usage"
	"fc7/pipeline/reproduction"
)

func newReproduce(c *console) *cobra.Command {
	var j reproduction.Job
	var as readingFlags
	var dry dryRun
	cmd := &cobra.Command{
		Use: "reproduce " + strings.Join(reproduction.Tasks(), "|"), Short: "figures of the paper's tables 11 and 12, beside the paper's",
		Long: `Reproduce computes a column of table 11 or 12 of arXiv 1409.1556 again: it extracts dense,
multi-scale descriptors, trains heads on those of VGG-16 (net D), of VGG-19 (E) and of both
stacked, scores them by the data set's protocol, prints the figures beside the paper's, and
writes a report. The settings are the paper's:

  voc2007, voc2012  mean over scales 256, 384, 512, 640, 768; C chosen on val, heads of
                    trainval, AP on test. VOC 2012's test labels are secret: OUT holds the
                    result files for the evaluation server
  action            VOC 2012 actions; descriptors of the image, and of image and box stacked
  caltech101        scales 256, 384, 512 stacked; 3 seeded splits, 30 images a class to train,
  caltech256        up to 50 to test (256: 60, all others); mean class recall

Below OUT stand d/ and e/, the tables of the two nets, extracted in one pass over the images;
heads in d/, e/ and de/; reproduce.json and report.html. Everything that stands there and fits
is kept, so that the same command goes on after an interruption, and --weights-e can follow
later. Images that failed are misses; those of stacked descriptors are left out, and named.

Narrow nets (vgg16/8, say from 'fc7 weights init') are for trying the job out: the report says
that their figures are not to be compared.`,
		Example: `  fc7 reproduce voc2007 --data /data/VOCdevkit --weights-d vgg16.pth --weights-e vgg19.pth --out runs/voc2007
  fc7 reproduce voc2007 --data /data/VOCdevkit --weights-d vgg16.pth --scales 256,384,512 --out runs/voc2007-3
  fc7 reproduce caltech101 --data /data/caltech-101 --weights-d vgg16.pth --per-class 10 --out runs/try`,
		Args: taskArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd, "per-class", "limit"); err != nil {
				return err
			}
			if err := (target{name: "--out", path: j.Out, dry: dry.asked}).folder(); err != nil {
				return err
			}
			n := 1
			if j.WeightsE != "" {
				n = 2
			}
			var err error
			if j.As, err = as.readings(n); err != nil {
				return err
			}
			j.Task = args[0]
			j.Command = c.command
			if dry.asked {
				return c.foretell(reproduction.Estimate(cmd.Context(), j, c.events()))
			}
			r, err := reproduction.Reproduce(cmd.Context(), j, c.events())
			if r != nil {
				err = errors.Join(err, c.result(reproductionJSON(r), func() error {
					printReproduction(c, r)
					return nil
				}))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.Data, "data", "", "folder of the data set (required)")
	f.StringVar(&j.WeightsD, "weights-d", "", "weights of VGG-16, as 'fc7 extract' takes them (required)")
	f.StringVar(&j.WeightsE, "weights-e", "", "weights of VGG-19; default: none, so that D stands alone")
	as.add(cmd)
	outFlag(cmd, &j.Out, "folder of the run (required)")
	scalesFlag(cmd, &j.Scales, "smallest image sides Q; default: the paper's. VOC with 256,384,512 takes a third of the time and is 0.3 % lower, says the paper")
	flag(f, &j.Until, "until", "string", "", oneOf("step", reproduction.Steps()...), "end after this step: "+usage.OneOf(reproduction.Steps()))
	countFlags(cmd, &j.Choice)
	f.BoolVar(&j.Update.Do, "update", false, "where the data set changed, make the tables those of it as it is now, as fc7 extract --update does")
	threadsFlag(cmd, &j.Threads, netThreads)
	memoryFlag(cmd)
	require(cmd, "data", "weights-d", "out")
	dry.add(cmd, "images")
	return cmd
}

// taskArg asks for one of the tasks.
func taskArg(cmd *cobra.Command, args []string) error {
	if err := exactly("the task, one of "+strings.Join(reproduction.Tasks(), ", "))(cmd, args); err != nil {
		return err
	}
	_, err := oneOf("task", reproduction.Tasks()...)(args[0])
	return err
}

// reproductionJSON is what a machine needs of a reproduction: the figures, and where everything lies.
func reproductionJSON(r *reproduction.Result) any {
	var tables []tableLine
	for _, e := range r.Extracted {
		tables = append(tables, tableLineOf(e))
	}
	var trained []string
	for _, h := range r.Heads {
		trained = append(trained, h.Out)
	}
	return map[string]any{
		"task": r.Task, "lines": r.Lines, "main": r.Main, "tables": tables, "heads": trained, "report": r.Report, "seconds": seconds(r.Took),
	}
}

// seconds is how long each step took.
func seconds(steps []reproduction.Step) map[string]float64 {
	took := map[string]float64{}
	for _, s := range steps {
		took[s.Name] = s.Took.Seconds()
	}
	return took
}

func printReproduction(c *console, r *reproduction.Result) {
	for _, e := range r.Extracted {
		n := e.Manifest.Counts
		c.printf("%s: %s, %d failed: %s\n", e.Manifest.Identity.Net, counted(n.Inputs, "image"), n.Failed, e.Out)
	}
	if t := r.Comparison(); len(r.Lines) > 0 && t != nil {
		c.printf("\n%s\n", t.Title)
		w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
		fmt.Fprint(w, "net\there\tpaper\tdifference\t\n")
		for _, row := range t.Rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", row.Name, orDash(row.Ours), orDash(row.Paper), orDash(row.Difference))
		}
		w.Flush()
		for _, n := range t.Notes {
			c.printf("%s\n", n)
		}
	}
	for _, h := range r.Heads {
		if value, _ := h.Figure(); h.HasFiles() && !value.Defined() {
			c.printf("%s is unlabelled: result files for the evaluation server are in %s/results\n", h.Scored, h.Out)
		}
	}
	if r.Report != "" {
		c.printf("\nreport: %s\n", r.Report)
	}
	for i, s := range r.Took {
		sep := ", "
		if i == 0 {
			sep = ""
		}
		c.printf("%s%s %s", sep, s.Name, s.Took.Round(10*time.Millisecond))
	}
	c.printf("\n")
}
