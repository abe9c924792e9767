package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/heads/protocol"
	"fc7/internal/escape"
	"fc7/pipeline/explore"
	"fc7/pipeline/heads"
)

func newSuspects(c *console) *cobra.Command {
	j := explore.SuspectJob{Options: protocol.DefaultDoubtOptions()}
	var accept []string
	var out string
	var force bool
	var dry dryRun
	top := 20
	cmd := &cobra.Command{
		Use: "suspects RUN", Short: "labels that are worth a second look",
		Long: `Suspects ranks the labels of a table by how doubtful they are: the score of an image's label less
that of the best other class, by linear heads that did not see the image (each fold is scored by
heads of the others; copies of an image share a fold). Below 0 the heads say another class. Beside
it stand the votes of the nearest images: how many say as the label does, and how many as the
heads. Where images have several labels, each class of each image is a label of its own.

They are suspects, not errors: of such a list about half may be right as they are. Look at them
before you change any. Images that are far from all others, for their class, are told too.

They are kept in RUN/explore/suspects.parquet, the most doubtful first, with the digest of the
table: the same call reads what is kept, and makes it again when the table is another.

--accept names the rows, after a look, whose labels become what the heads say; --out then holds
all labels as the file that fc7 svm takes as --labels. So does suspects: with --labels it looks at
the labels of a file in place of the table's, such as corrected ones. Those are kept beside, in
RUN/explore/suspects-of-labels.parquet; rows that the file does not list are an error unless
--unlisted says otherwise, as in fc7 svm.

The neighbours that vote are those that fc7 neighbours keeps, if they are of the table and at
least as many; else they are searched for.

` + keptHelp,
		Example: `  fc7 suspects runs/c101
  fc7 suspects runs/c101 --accept looked-at.txt --out corrected.csv
  fc7 suspects runs/c101 --labels corrected.csv
  fc7 svm runs/c101 --labels corrected.csv`,
		Args: exactly("RUN"), Annotations: map[string]string{readsRuns: runsAll, flagsOfLists: "labels"},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			if out == "" {
				if err := idle(cmd, "no --out is written", "force", "accept"); err != nil {
					return err
				}
			} else {
				if err := idle(cmd, "with --out no suspects are told", "top"); err != nil {
					return err
				}
				var err error
				if out, err = (target{name: "--out", path: out, force: force, from: append(args, j.Labels), dry: dry.asked}).file(".csv"); err != nil {
					return err
				}
			}
			if c.json != nil {
				if err := idle(cmd, "with --json all suspects are told", "top"); err != nil {
					return err
				}
			}
			accepted, err := heads.ReadNames(cmd.Context(), accept)
			if err != nil {
				return err
			}
			if dry.asked {
				return c.foretell(explore.EstimateSuspects(cmd.Context(), j, c.events()))
			}
			s, err := explore.FindSuspects(cmd.Context(), j, c.events())
			if err != nil {
				return err
			}
			if out != "" {
				return correct(c, s, out, accepted, force)
			}
			return c.result(s, func() error { return printSuspects(c, s, top) })
		},
	}
	f := cmd.Flags()
	doubtFlags(cmd, &j.Options)
	joinedChoice(cmd, &j.Choice)
	dry.add(cmd, "rows")
	wholeFlag(f, &top, "top", 1, "suspects to print")
	f.StringVar(&j.Labels, "labels", "", "file of labels in place of the table's, .csv or .tsv, or its address")
	listedFlags(cmd, &j.Unlisted, &j.AllowUnused, "--labels")
	f.StringArrayVar(&accept, "accept", nil, "rows whose labels become what the heads say: a file, or its address, with a name a line, or names with commas; repeatable")
	outFlag(cmd, &out, "write the labels, with those of --accept changed, to this file, .csv")
	forceFlag(cmd, &force)
	threadsFlag(cmd, &j.Options.Threads, "threads")
	return cmd
}

func correct(c *console, s *explore.Suspects, out string, accepted []string, force bool) error {
	r, err := s.Correct(out, accepted, force)
	if err != nil {
		return err
	}
	return c.result(r, func() error {
		c.printf("%s: labels of %s, %d of them changed\n", r.File, counted(r.Rows, "row"), r.Changed)
		if r.Unknown > 0 {
			c.printf("%s of which nothing is known are left out: give fc7 svm --unlisted keep beside it\n", counted(r.Unknown, "row"))
		}
		return nil
	})
}

func printSuspects(c *console, s *explore.Suspects, top int) error {
	how := "looked at"
	if s.Kept {
		how = "kept from before, read"
	}
	c.printf("%d of %s are suspects, %s in %.1f s\n", s.Doubtful, counted(s.Labels, "label"), how, s.Seconds)
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	if len(s.List) > 0 {
		fmt.Fprintf(w, "margin\timage\tlabel\theads say\tof %s\n", counted(s.K, "neighbour"))
	}
	for _, d := range s.List[:min(top, len(s.List))] {
		label, instead := escape.Short(d.Label), escape.Short(d.Instead)
		switch {
		case d.Label == "":
			label = "none"
		case d.Instead == d.Label && d.Has:
			instead = "not it"
		case d.Instead == d.Label:
			label, instead = "not "+label, "it"
		}
		fmt.Fprintf(w, "%.3f\t%s\t%s\t%s\t%d as the label, %d as the heads\n", d.Margin, escape.Line(d.Image), label, instead, d.For, d.Against)
	}
	w.Flush()
	if len(s.Outliers) > 0 {
		fmt.Fprintf(w, "far from others\timage\tlabel\ttimes the median of its class\n")
	}
	for _, o := range s.Outliers[:min(top, len(s.Outliers))] {
		fmt.Fprintf(w, "%.3f\t%s\t%s\t%.1f\n", o.Distance, escape.Line(o.Image), escape.Short(o.Label), o.Times)
	}
	w.Flush()
	c.printf("%s\n", s.File)
	return nil
}
