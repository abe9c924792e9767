package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/internal/usage"
)

func newDataset(c *console) *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "dataset", Short: "kinds of data sets; fetch, inspect, split or draw one",
		Long: "Dataset fetches published data sets, inspects any, writes their splits to files, and draws\nsmall labelled ones. These are the kinds that fc7 opens, as KIND:PATH, with what it\nexpects at PATH. Of kinds from pets to cifar100 the folder may have .tar and .zip files\ninstead of what is in them: they are read in place.\n\n" + treesHelp(),
	})
	cmd.AddCommand(newDatasetFetch(c), newInspectSet(c), newSplits(c), newSynth(c))
	return cmd
}

// treesHelp shows each kind with the folder tree it expects.
func treesHelp() string {
	s := ""
	for _, k := range datasets.Kinds() {
		s += fmt.Sprintf("%s: %s\n%s\n%s", k.Name, k.Summary, indent(k.Tree), published(k))
		for _, o := range k.Options {
			s += indent(optionText(o)) + "\n"
		}
	}
	return s
}

// optionText tells of a choice that a kind has.
func optionText(o datasets.KindOption) string {
	values := "N, 0 or more"
	if o.Values != nil {
		values = usage.OneOf(o.Values)
	}
	return fmt.Sprintf("--kind-option %s=%s: %s (default %s)", o.Name, values, o.Summary, o.Default())
}

// published tells the counts that inspect shows beside those of a set.
func published(k datasets.KindInfo) string {
	var parts []string
	for _, p := range k.Published {
		split, division := datasets.DividedSplit(p.Name)
		switch {
		case division > 1:
			continue
		case division == 1:
			p.Name = "in each of several divisions " + split
		}
		part := fmt.Sprintf("%s %d images", p.Name, p.Images)
		if p.Objects > 0 {
			part += fmt.Sprintf(" with %d boxes", p.Objects)
		}
		parts = append(parts, part)
	}
	if parts == nil {
		return ""
	}
	return indent("published: "+strings.Join(parts, ", ")) + "\n"
}

func newSynth(c *console) *cobra.Command {
	var o synth.Options
	cmd := &cobra.Command{
		Use: "synth OUT", Short: "draw a small labelled data set of JPEG files",
		Long: `Synth draws textured shapes on cluttered ground, several objects an image, as real JPEG
files in the layout of a published data set, with its lists, annotations and difficult flags:
for tests, benchmarks and trying things out. The same options and seed give the same bytes.

  voc2007, voc2012, voc2012-action   as VOC has them; of 2012 the test images have no labels
  vocxml                             images of one's own: train, val and test below images, the
                                     boxes of each as VOC XML below annotations; with --alone
                                     square images of one object each, three quarters to train
  caltech101, caltech256             a folder a class, with the background
  pets, flowers102, dtd …            images with the lists of those sets, some classes of each
  imagenet                           ILSVRC-2012: train in a folder a class, val with the ground
                                     truth of the development kit, test without labels; with
                                     --boxes the annotations of train and val

Numbers of ImageNet's classes (map_clsloc.txt) are drawn too, and not the real ones.`,
		Example: "  fc7 dataset synth --layout voc2007 --images 200 --seed 1 /tmp/voc\n  fc7 dataset synth --layout caltech101 --images 400 /tmp/caltech\n  fc7 dataset synth --layout imagenet --images 400 --classes 20 /tmp/imagenet",
		Args:    exactly("OUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Check(); err != nil {
				return err
			}
			if err := (target{name: "OUT", path: args[0], force: o.Replace}).emptyFolder(); err != nil {
				return err
			}
			s, err := synth.Generate(cmd.Context(), args[0], o)
			if err != nil {
				return err
			}
			return c.result(map[string]any{"data_set": s.Spec, "images": s.Images, "classes": s.Classes}, func() error {
				w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
				fmt.Fprintf(w, "data set\t%s\n", s.Spec)
				fmt.Fprintf(w, "images\t%d\n", s.Images)
				fmt.Fprintf(w, "classes\t%d\n", s.Classes)
				return w.Flush()
			})
		},
	}
	f := cmd.Flags()
	flag(f, &o.Layout, "layout", "string", synth.LayoutVOC2007, oneOf("layout", synth.Layouts()...), usage.OneOf(synth.Layouts()))
	o.Images = 100
	wholeFlag(f, &o.Images, "images", 1, "number of images, "+synth.ImagesHelp())
	f.Uint64Var(&o.Seed, "seed", 1, "seed of the drawing")
	optionalWhole(f, &o.Classes, "classes", "number of classes, of "+usage.OneOf(synth.WithClasses())+"; the other layouts have all of their set", "one for every ten images")
	optionalWhole(f, &o.Size, "size", "longer side in pixels", "that of the published set")
	f.BoolVar(&o.Boxes, "boxes", false, "draw the boxes of imagenet too, which extract --objects box takes")
	f.BoolVar(&o.Alone, "alone", false, "draw one object in each image of vocxml, whole, with sides of 20 to 90 % of the image's, at any place; 8 images or more")
	forceFlag(cmd, &o.Replace)
	return cmd
}
