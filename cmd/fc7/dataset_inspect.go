package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/internal/few"
	"fc7/pipeline/inspection"
)

func newInspectSet(c *console) *cobra.Command {
	var j inspection.SetJob
	cmd := &cobra.Command{
		Use: "inspect DATASET", Short: "what a data set holds, and what is wrong with it",
		Long: `Inspect counts a data set by split and class, beside the counts that were published, and looks
at every image: size, shape, format and colours, files that are missing, empty or no images,
names of another format, tiny or extreme images, boxes beyond their image. Only the beginning
of each file is read, unless --hash finds the images with the same bytes, and whether some are
learned and tested at once, or --pixels decodes them all.

The exit status is 3 where images are missing, empty or cannot be decoded, or where the same
image, or the same bytes, are in splits to learn from and to test on.

` + kindsHelp(),
		Example: "  fc7 dataset inspect caltech101:/data/caltech-101 --hash --pixels\n  fc7 dataset inspect voc2007:/data/VOCdevkit --json > voc2007.json",
		Args:    exactly("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.DataSet = args[0]
			in, err := inspection.OfSet(cmd.Context(), j, c.events())
			c.clear()
			if err != nil {
				return err
			}
			err = c.result(in, func() error { return printSet(c, in) })
			if err == nil && in.Unusable() {
				err = found("images are missing, empty or damaged, or stand on both sides of a split")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.BoolVar(&j.Hash, "hash", false, "read every file, and find the images with the same bytes")
	f.BoolVar(&j.Pixels, "pixels", false, "decode every image, which finds cut and damaged ones")
	maxPixelsFlag(cmd, &j.Decode, "larger images cannot be decoded")
	memoryFlag(cmd)
	threadsFlag(cmd, &j.Workers, "images looked at at once")
	rowFlags(cmd, &j.Choice)
	return cmd
}

func printSet(c *console, in *inspection.Set) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "data set\t%s\nfolder\t%s\n", in.DataSet, in.Root)
	fmt.Fprintf(w, "rows\t%d: %d %s, %d %s, %d without labels", in.Rows, in.Images, plural(in.Images, "image"), in.Objects, plural(in.Objects, "box"), in.Unlabelled)
	if in.None > 0 {
		fmt.Fprintf(w, ", %d of none of the classes", in.None)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "readable\t%d of %s (%s)\n", in.Readable, counted(in.Images, "image"), depth(in))
	if in.Hashed {
		fmt.Fprintf(w, "bytes\t%.1f MB\n", float64(in.Bytes)/1e6)
	}
	if len(in.Formats) > 0 {
		fmt.Fprintf(w, "formats\t%s\ncolours\t%s\n", names(in.Formats), names(in.Colors))
	}
	for _, s := range in.Skipped {
		fmt.Fprintf(w, "passed over\t%d, %s: %s\n", s.Count, s.Reason, few.Begin(s.Names, s.Count, 3))
	}
	for _, n := range in.Notes {
		fmt.Fprintf(w, "note\t%s\n", n)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if in.Width != nil {
		c.printf("\n")
		w = tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
		fmt.Fprint(w, "\tleast\tmedian\tgreatest\t\n")
		fmt.Fprintf(w, "width\t%.0f\t%.0f\t%.0f\t\n", in.Width.Min, in.Width.Median, in.Width.Max)
		fmt.Fprintf(w, "height\t%.0f\t%.0f\t%.0f\t\n", in.Height.Min, in.Height.Median, in.Height.Max)
		fmt.Fprintf(w, "width/height\t%.2f\t%.2f\t%.2f\t\n", in.Aspect.Min, in.Aspect.Median, in.Aspect.Max)
		_ = w.Flush() // the next one meets the same error
	}
	printSplits(c, in)
	printClasses(c, in)
	return printSuspicious(c, in)
}

// depth is how far images were looked into.
func depth(in *inspection.Set) string {
	if in.Decoded {
		return "decoded"
	}
	return "by their headers; --pixels decodes them"
}

func names(counts []inspection.NameCount) string {
	var s []string
	for _, n := range counts {
		s = append(s, fmt.Sprintf("%s %d", n.Name, n.Count))
	}
	return strings.Join(s, ", ")
}

func printSplits(c *console, in *inspection.Set) {
	if len(in.Splits) == 0 {
		return
	}
	c.printf("\n")
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "split\timages\tboxes\tpublished images\tboxes\t\n")
	known := func(n int) string {
		if n == 0 {
			return "-"
		}
		return fmt.Sprint(n)
	}
	for _, s := range in.Splits {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t\n", s.Split, s.Images, known(s.Objects), known(s.PublishedImages), known(s.PublishedObjects))
	}
	_ = w.Flush()
}

// maxClassLines is how many classes are shown; of more, the smallest and the largest.
const maxClassLines = 120

func printClasses(c *console, in *inspection.Set) {
	if len(in.Classes) == 0 {
		return
	}
	shown := in.Classes
	if len(shown) > maxClassLines {
		shown = slices.Clone(shown)
		slices.SortStableFunc(shown, func(a, b inspection.ClassCount) int { return a.Rows - b.Rows })
		shown = slices.Concat(shown[:10], shown[len(shown)-10:])
		c.printf("\n%d classes, of which the 10 smallest and the 10 largest (--json shows all):\n", len(in.Classes))
	} else {
		c.printf("\n")
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	ignored := slices.ContainsFunc(in.Classes, func(k inspection.ClassCount) bool { return k.Ignored > 0 })
	fmt.Fprint(w, "class\trows\t")
	if ignored {
		fmt.Fprint(w, "ignored\t")
	}
	splits := slices.DeleteFunc(slices.Clone(in.Splits), func(s inspection.SplitCount) bool {
		_, division := datasets.DividedSplit(s.Split)
		return division > 1 // ten divisions fit no screen
	})
	for _, s := range splits {
		fmt.Fprintf(w, "%s\t", s.Split)
	}
	fmt.Fprintln(w)
	for _, k := range shown {
		name := k.Class
		if k.Unscored {
			name += " (not scored)"
		}
		fmt.Fprintf(w, "%s\t%d\t", name, k.Rows)
		if ignored {
			fmt.Fprintf(w, "%d\t", k.Ignored)
		}
		for _, s := range splits {
			fmt.Fprintf(w, "%d\t", k.Splits[s.Split])
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}

// maxSuspects is how many of each suspicion, and how many duplicates, are shown.
const maxSuspects = 10

func printSuspicious(c *console, in *inspection.Set) error {
	kinds := []string{
		inspection.SuspectMissing, inspection.SuspectEmpty, inspection.SuspectUnreadable, inspection.SuspectName,
		inspection.SuspectTiny, inspection.SuspectAspect, inspection.SuspectBox, inspection.SuspectScaled, inspection.SuspectLeak,
	}
	for _, kind := range kinds {
		all := in.Suspicious[kind]
		if len(all) == 0 {
			continue
		}
		c.printf("\n%d %s:\n", len(all), kind)
		printSome(c, all)
	}
	var leaks, others []string
	for _, d := range in.Duplicates {
		line := strings.Join(d.Images, " = ")
		if d.OtherLabels {
			line += " (labelled differently)"
		}
		if d.Leak {
			leaks = append(leaks, line+" ("+strings.Join(d.Splits, ", ")+")")
		} else {
			others = append(others, line)
		}
	}
	if len(leaks) > 0 {
		c.printf("\n%s, images with the same bytes to learn from and to test on:\n", counted(len(leaks), "leak"))
		printSome(c, leaks)
	}
	if len(others) > 0 {
		c.printf("\n%s of images with the same bytes:\n", counted(len(others), "group"))
		printSome(c, others)
	}
	if len(in.Suspicious) == 0 && len(in.Duplicates) == 0 {
		c.printf("\nnothing suspicious\n")
	}
	return nil
}

func printSome(c *console, lines []string) {
	for _, l := range lines[:min(maxSuspects, len(lines))] {
		c.printf("  %s\n", l)
	}
	if more := len(lines) - maxSuspects; more > 0 {
		c.printf("  … and %d more (--json shows all)\n", more)
	}
}
