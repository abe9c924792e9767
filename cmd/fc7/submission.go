package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/evaluation"
)

const submissionHelp = `--submission writes the answers on the test images of ILSVRC-2012 as its evaluation server takes
them, instead of printing them: a line an image in the order of the names, of five numbers of
classes, the most probable first. The numbers are the development kit's (ILSVRC2012_ID), which
--devkit reads from its folder, its .tar.gz, meta.mat or map_clsloc.txt; of imagenet:PATH it is
looked for in PATH. Test images are imagenet:PATH with --split test, or folder:PATH or tar:PATH
with their own names. One that cannot be read, or that is not there between others, has a line
too, lest all others move: of the single number 1. How many these are is told, and whether all
100,000 are there. The file appears when it is complete: an interrupted call begins anew.`

// submissionFlags say where a submission goes.
type submissionFlags struct {
	file, kit string
	force     bool
}

func (s *submissionFlags) add(cmd *cobra.Command, o *datasets.Options) {
	f := cmd.Flags()
	splitFlag(cmd, &o.Split, "of data sets with official splits only this one: "+usage.OneOf(datasets.Splits()))
	f.StringVar(&s.file, "submission", "", "write the answers as a file for ILSVRC's server, .txt")
	f.StringVar(&s.kit, "devkit", "", "ILSVRC-2012's development kit, whose numbers of classes --submission has; default: looked for in PATH of imagenet:PATH")
	forceFlag(cmd, &s.force)
}

// begin checks the file and reads the development kit; at is where the submission goes.
func (s *submissionFlags) begin(inputs []string, boxes bool) (to *evaluation.Submission, at string, err error) {
	if path, ok := strings.CutPrefix(inputs[0], "imagenet:"); ok && s.kit == "" {
		s.kit = path
	}
	if s.kit == "" {
		return nil, "", usage.Errorf("missing --devkit: ILSVRC-2012's development kit, which numbers the classes for --submission")
	}
	if at, err = (target{name: "--submission", path: s.file, force: s.force, from: append([]string{s.kit}, inputs...)}).file(".txt"); err != nil {
		return nil, "", err
	}
	to, err = evaluation.NewSubmission(s.kit, boxes)
	return to, at, err
}

// classify writes the submission.
func (s *submissionFlags) classify(cmd *cobra.Command, c *console, j evaluation.ClassifyJob) (err error) {
	if err := idle(cmd, "a submission has five classes an image", "top"); err != nil {
		return err
	}
	var at string
	if j.Submission, at, err = s.begin(j.Inputs, false); err != nil {
		return err
	}
	add := func(a evaluation.Classified) error {
		var classes []evaluation.Submitting
		for _, k := range a.Top {
			classes = append(classes, evaluation.Submitting{Label: k.Label})
		}
		j.Submission.Add(a.Image, a.Error != "", classes)
		return nil
	}
	failed := evaluation.Classify(cmd.Context(), j, add, c.events())
	if failed != nil && !errors.Is(failed, conveyor.ErrSomeFailed) {
		return failed
	}
	r, err := j.Submission.Save(at, s.force)
	if err != nil {
		return err
	}
	return errors.Join(failed, c.result(r, func() error { return printSubmitted(c, r) }))
}

func printSubmitted(c *console, r *evaluation.Submitted) error {
	c.printf("%s: %s, %d of them answered\n", r.File, counted(r.Lines, "line"), r.Answered)
	if r.Failed+r.Absent > 0 {
		c.printf("without an answer, with a line that has one number: %d that could not be read, %d that were not there\n", r.Failed, r.Absent)
	}
	if !r.Complete {
		c.printf("the published test set has %d images, and the server wants a line for each\n", datasets.ILSVRCTestImages)
	}
	return nil
}
