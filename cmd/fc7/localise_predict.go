package main

import (
	"errors"

	"github.com/spf13/cobra"

	"fc7/heads/localise"
	"fc7/internal/usage"
	"fc7/pipeline/evaluation"
	"fc7/pipeline/localisation"
)

func newLocalisePredict(c *console) *cobra.Command {
	j := localisation.DefaultJob()
	var nets localiseNets
	var to submissionFlags
	var dry dryRun
	cmd := &cobra.Command{
		Use: "predict IMAGE|DATASET…", Short: "where objects are in images, as CSV, JSON and VOC XML",
		Long: `Predict looks for the objects of images by nets that predict boxes: densely, for the classes that
the nets of --weights find most probable. Without these the class is the only one that the nets of
boxes know. Image files and data sets (KIND:PATH) can be mixed.

OUT/boxes.csv has a row a box, in pixels from 1 on, both corners in it, as the data set csv: reads
them: fc7 extract csv:OUT/boxes.csv --objects box describes what is in the boxes. --top says of how
many classes an image has boxes there. OUT/boxes.jsonl has a line an image: the boxes of the
five most probable classes with posterior and rating, or why there are none. With --xml,
OUT/annotations has a VOC annotation an image, which vocxml: and labelImg read.

--submission writes the file that ILSVRC's server takes for the localisation task: a line a test
image in the order of the names, of five times the number of a class (ILSVRC2012_ID) and its box,
left, top, right and bottom in whole pixels counted from 0, the most probable class first. Images,
kit and lines without an answer are as for fc7 classify --submission.

` + mergingHelp + `

OUT/maps has what each net gave at each position. Interrupted at any moment, the same command goes
on from there and ends with the same files. An image that cannot be read is named, and the exit
status is then 3. Images in archives (tar:, parquet:) have paths that csv: cannot read.

` + readingHelp,
		Example: `  fc7 localise predict --boxes-net runs/boxes/weights.safetensors --weights runs/classes/weights.safetensors --out runs/found photo.jpg
  fc7 localise predict --boxes-net boxes.safetensors --xml --out runs/found folder:/data/photos
  fc7 extract csv:runs/found/boxes.csv --objects box --weights vgg16.pth --out runs/objects`,
		Args: atLeastOne("IMAGE or DATASET"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := nets.set(&j); err != nil {
				return err
			}
			if err := j.Check(); err != nil {
				return err
			}
			if err := (target{name: "--out", path: j.Out, dry: dry.asked}).folder(); err != nil {
				return err
			}
			j.Inputs, j.Command = args, c.command
			if dry.asked {
				return c.foretell(localisation.Estimate(cmd.Context(), j, c.events()))
			}
			return to.predict(cmd, c, j)
		},
	}
	nets.add(cmd, &j)
	f := cmd.Flags()
	flag(f, &j.Top, "top", "int", "1", func(s string) (int, error) {
		n, err := whole(1)(s)
		if err != nil || n > localise.MostPredictions {
			return 0, usage.Unfit("", s, "a whole number from 1 to 5")
		}
		return n, nil
	}, "boxes of an image in CSV and XML, of as many classes, 5 at most")
	f.BoolVar(&j.XML, "xml", false, "write OUT/annotations, too")
	to.add(cmd, &j.Choice)
	foldersFlag(cmd, &j.Choice)
	columnFlags(cmd, &j.Choice)
	dry.add(cmd, "images")
	return cmd
}

// predict writes the boxes and, where it is asked for, the submission.
func (s *submissionFlags) predict(cmd *cobra.Command, c *console, j localisation.Job) (err error) {
	var at string
	if s.file == "" {
		err = idle(cmd, "no --submission is written", "devkit", "force")
	} else {
		j.Submission, at, err = s.begin(j.Inputs, true)
	}
	if err != nil {
		return err
	}
	p, err := localisation.Predict(cmd.Context(), j, c.events())
	if p == nil {
		return err
	}
	var r *evaluation.Submitted
	if at != "" {
		var failed error
		if r, failed = j.Submission.Save(at, s.force); failed != nil {
			return errors.Join(err, failed)
		}
		p.Files = append(p.Files, at)
	}
	return errors.Join(err, c.result(p, func() error { return printPredicted(c, p, r) }))
}

func printPredicted(c *console, p *localisation.Predicted, r *evaluation.Submitted) error {
	c.printf("%d boxes in %s", p.Boxes, counted(p.Images-p.Failed, "image"))
	if p.Failed > 0 {
		c.printf(", %d could not be read", p.Failed)
	}
	c.printf("\n")
	for _, f := range p.Files {
		c.printf("%s\n", f)
	}
	if r == nil {
		return nil
	}
	return printSubmitted(c, r)
}
