package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/extract/likeness"
	"fc7/heads/protocol"
	"fc7/internal/escape"
	"fc7/pipeline/explore"
)

func newAudit(c *console) *cobra.Command {
	j := explore.AuditJob{Job: explore.Job{K: explore.DefaultK}}
	top := 10
	var dry dryRun
	cmd := &cobra.Command{
		Use: "audit RUN", Short: "images that a table has twice, and those that test and training share",
		Long: `Audit looks for images that a table has more than once, as they are or mirrored, compressed again
or at another size. Candidates are the nearest rows of each row, as fc7 neighbours finds them, and
up to 100,000 rows also the images that look most alike at 12 x 12 pixels, plain and mirrored.
They are then compared place by place, in colours:

  certain      a copy: the same everywhere
  likely       the same but for brightness, colours or small changes; or a part
               of the other
  look-alike   the same layout, mostly another photograph of such a thing
  unconfirmed  descriptors as near as those of copies (1 - cos of at most
               0.0001), but an image is not there to be compared

Images are groups, not pairs. Told first are, of the surest, those with different labels, then those
that a split tests and learns from: the set's own, those of --splits (as fc7 dataset splits writes
them; rows that it does not list are an error unless --unlisted says otherwise, as in fc7 svm), or
those that the protocol draws, of each seed.

Kept in RUN/explore, with the digest of the table: the pairs, which the same call reads again
(twins.parquet), the groups (audit.parquet), and, where something certainly leaks,

  splits-seedN.tsv  the split of seed N without the test images that certainly
                    leak, as svm takes it: --splits FILE --protocol set
                    --unlisted drop; splits.tsv of a set's own
  exclude.txt       of images that are certainly copies, all but one, for fc7
                    svm --exclude
  heads             heads of the protocol, and what they score with the images
                    that certainly leak and without; after fc7 svm RUN, fc7
                    table RUN RUN/explore shows both

Lists of an earlier audit, of what leaks no more, are removed, and so are its heads, of other splits
or other leaks. The exit status is 3 where something certainly leaks. Images are read where the run's manifest says that they are, or where --data says;
one that is gone is told, and its pairs are unconfirmed.

` + keptHelp + `
Lists that are kept there are copied to a disk for svm.`,
		Example: `  fc7 audit runs/c101
  fc7 audit runs/c101 --data caltech101:/mnt/caltech-101 --seeds 0,1,2,3,4
  fc7 audit runs/c101 --splits mine.tsv --unlisted drop
  fc7 table runs/c101 runs/c101/explore
  fc7 svm runs/c101 --exclude runs/c101/explore/exclude.txt --out runs/c101/heads-distinct`,
		Args: exactly("RUN"), Annotations: map[string]string{readsRuns: runsAll, flagsOfLists: "splits"},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			if c.json != nil {
				if err := idle(cmd, "with --json all groups are told", "top"); err != nil {
					return err
				}
			}
			j.Comparing = func() { c.another("pairs") }
			if dry.asked {
				return c.foretell(explore.EstimateAudit(cmd.Context(), j, c.events()))
			}
			a, err := explore.FindAudit(cmd.Context(), j, c.events())
			if err != nil {
				return err
			}
			if err := c.result(a, func() error { return printAudit(c, a, top) }); err != nil {
				return err
			}
			if a.Leaks() {
				return found("a split tests images that certainly have a copy to learn from")
			}
			return nil
		},
	}
	memoryFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&j.Data, "data", "", "KIND:PATH where the images are now; default: as the run named it")
	wholeFlag(f, &j.K, "k", 1, "neighbours of each image that are candidates")
	f.BoolVar(&j.Exact, "exact", false, "compare all descriptors also above 100,000 rows, which takes as long as their number squared")
	wholeFlag(f, &top, "top", 1, "groups of each grade to print")
	f.BoolVar(&j.NoScores, "no-scores", false, "train no heads to score what leaks")
	flag(f, &j.Protocol, "protocol", "string", "", oneOf("protocol", protocol.Names()...), "whose splits are looked at: "+strings.Join(protocol.Names(), ", ")+"; default: that of the data set, or set with --splits")
	f.StringVar(&j.Splits, "splits", "", "file of splits in place of the table's, or its address; see fc7 dataset splits")
	listedFlags(cmd, &j.Unlisted, &j.AllowUnused, "--splits")
	drawnFlags(cmd, &j.Options)
	joinedChoice(cmd, &j.Choice)
	dry.add(cmd, "rows and images")
	threadsFlag(cmd, &j.Threads, "threads")
	return cmd
}

func printAudit(c *console, a *explore.Audit, top int) error {
	printSought(c, a)
	for _, g := range explore.Grades {
		printGroups(c, a, g, top)
	}
	printLeaks(c, a)
	c.printf("%s\n", a.File)
	return nil
}

// printSought tells what was looked for, and what was not.
func printSought(c *console, a *explore.Audit) {
	why := escape.Short(a.AwayWhy)
	if a.Unseen() {
		c.printf("no pair of %s was compared: of no two that may be copies both images could be read (%s); --data KIND:PATH says where images are\n", counted(a.Rows, "row"), why)
		c.printf("looked for were only rows with descriptors as near as those of copies; not confirmed, and no other mirror twins, changed copies or parts\n")
		return
	}
	how := "compared"
	if a.Kept {
		how = "compared before, and read"
	}
	c.printf("%s of %s %s in %.1f s\n", counted(a.Compared, "pair"), counted(a.Rows, "row"), how, a.Seconds)
	if a.Away > 0 {
		open := ""
		if n := a.Candidates - a.Compared; n > 0 {
			open = ", and " + are(n, "pair") + " not confirmed"
		}
		c.printf("%s could not be read (%s): no copies of them were looked for by pixels%s; --data KIND:PATH says where images are\n", counted(a.Away, "image"), why, open)
	}
	if a.NoMirrors {
		c.printf("mirror twins were not looked for by pixels: only those are found whose descriptors are near\n")
	}
}

// printGroups prints the groups of a grade, those that matter first.
func printGroups(c *console, a *explore.Audit, grade likeness.Grade, top int) {
	groups, images := 0, 0
	for _, g := range a.Groups {
		if g.Grade == grade {
			groups, images = groups+1, images+len(g.Images)
		}
	}
	if groups == 0 {
		return
	}
	c.printf("\n%s: %s of %s\n", grade, counted(groups, "group"), counted(images, "image"))
	shown := 0
	for _, g := range a.Groups {
		if g.Grade != grade {
			continue
		}
		if shown++; shown > top {
			c.printf("  … and %d more (--top, or --json, shows them)\n", groups-top)
			return
		}
		c.printf("  %s\n", groupLine(g))
	}
}

// membersShown is how many images of a group are named in its line.
const membersShown = 4

func groupLine(g explore.Group) string {
	var names []string
	splits := map[string]bool{}
	mirrored, part := false, false
	for _, m := range g.Images {
		names = append(names, escape.Line(m.Image))
		mirrored, part = mirrored || m.Mirrored, part || m.Part
		for _, l := range m.Leaks {
			splits[l.Split] = true
		}
	}
	line := strings.Join(names[:min(membersShown, len(names))], " = ")
	if more := len(names) - membersShown; more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	var notes []string
	for _, n := range []struct {
		is   bool
		text string
	}{
		{g.LabelsDiffer, "labelled differently"},
		{g.Leaks, "across " + counted(len(splits), "split")},
		{mirrored, "mirrored"},
		{part, "a part"},
	} {
		if n.is {
			notes = append(notes, n.text)
		}
	}
	if len(notes) > 0 {
		line += " (" + strings.Join(notes, ", ") + ")"
	}
	return line
}

func printLeaks(c *console, a *explore.Audit) {
	if a.NoSplits != "" {
		c.printf("\nno splits to look across: %s\n", escape.Short(a.NoSplits))
		return
	}
	from := ""
	if a.From != nil {
		from = ", splits of " + escape.Name(a.From.File)
	}
	c.printf("\nimages to test with another of their group to train, by protocol %s%s:\n", a.Protocol, from)
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "split\ttrain\ttest\tcertain\tlikely\tlook-alike\tunconfirmed\t\n")
	for _, s := range a.Splits {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", s.Name, s.Train, s.Test, s.Leaked.Certain, s.Leaked.Likely, s.Leaked.LookAlike, s.Leaked.Unconfirmed)
	}
	_ = w.Flush() // the next one meets the same error
	if s := a.Scores; s != nil {
		name := s.Headline.Figure
		c.printf("\n%s in %%: %s with the certain ones, %s without; %s\n", s.Headline.Name,
			plusMinus(s.With.Get(name), s.WithDeviation.Get(name)), plusMinus(s.Without.Get(name), s.WithoutDeviation.Get(name)), s.Out)
	}
	if a.Unscored != "" {
		c.printf("\nnot scored without the certain ones: %s\n", escape.Line(a.Unscored))
	}
	written := map[string]bool{}
	for _, s := range a.Splits {
		if s.File != "" && !written[s.File] {
			written[s.File] = true
			c.printf("%s\n", s.File)
		}
	}
	if a.Exclude != "" {
		c.printf("%s: %s\n", a.Exclude, counted(a.Excluded, "row"))
	}
}
