package main

import (
	"github.com/spf13/cobra"

	"fc7/internal/budget"
	"fc7/internal/fetch"
	"fc7/internal/origin"
	"fc7/pipeline/extraction"
	"fc7/pipeline/planned"
)

func newPlan(c *console) *cobra.Command {
	var j extraction.PlanJob
	var nets netFlags
	var dry dryRun
	cmd := &cobra.Command{
		Annotations: map[string]string{flagsOfRuns: "out"},
		Use:         "plan DATASET", Short: "divide an extraction among many machines",
		Long: `Plan writes what machines need that make one table together, and computes no descriptor:
OUT/plan.json, which says what the table is, of which weights (by their digest) and settings,
and in how many files; and OUT/plan/items-*.parquet, an index of the images with the place,
labels, splits and size of each. The data set is read once, here, and each task reads its share of
the index alone:

  fc7 plan DATASET --weights vgg16.pth --out RUN --tasks 64
  fc7 extract --plan RUN --task 0      (to 63, in any order, on any machine that sees RUN)
  fc7 merge RUN

The files have the bytes of fc7 extract with the same settings on one machine, however many
tasks there are, and whichever were killed and started again. A plan is never replaced; the same
call finds it there. An image whose size is another when its task reads it (on a store, also
whose version is), is a failed row that says so, and its task ends with status 4; with --pin
digest all images are read, and other bytes of the same size are found too. RUN, images
and weights must be seen by all machines under the same paths, or stand at addresses: OUT may be
on s3://, gs:// or azblob:// (docs/stores.md).

Several --weights share a plan: tasks read each image once for all nets, and each net has a
table of its own below OUT, named after it (OUT/vgg16), with a plan by which it can also be
worked on alone.

` + kindsHelp(),
		Example: `  fc7 plan csv:/data/photos.csv --weights vgg16.pth --scales 256 --out runs/photos --tasks 64
  fc7 plan tar:/data/shards --weights vgg19.pth --file-size 256MB --out runs/shards`,
		Args: exactly("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd, "shard-rows", "file-size"); err != nil {
				return err
			}
			j.DataSet = args[0]
			files, err := asked(cmd, c, &j.Job, &nets, dry.asked)
			if err != nil {
				return err
			}
			if dry.asked {
				return c.foretell(extraction.EstimatePlan(cmd.Context(), j, files, c.events()))
			}
			j.Settings = settingsOf(cmd)
			p, err := extraction.MakePlan(cmd.Context(), j, files, c.events())
			if err != nil {
				return err
			}
			return c.result(planJSON(p), func() error {
				printPlanned(c, p)
				return nil
			})
		},
	}
	settingFlags(cmd, &j.Job, &nets)
	outFlag(cmd, &j.Out, "folder of the run, or its address (required)")
	tasksFlag(cmd.Flags(), &j.Tasks, "tasks that share the table", "each task says it")
	optional(cmd.Flags(), &j.FileBytes, "file-size", "size", budget.ParseSize, "most that a file of the table has, such as 256MB; --shard-rows says it in rows", "512MB")
	flag(cmd.Flags(), &j.Pin, "pin", "string", planned.PinSize, oneOf("what is known of images", planned.PinNone, planned.PinSize, planned.PinDigest), "by what changed images are found: size, digest (SHA-256: all are read) or none (they are not looked for)")
	threadsFlag(cmd, &j.Threads, "threads that read the weights")
	require(cmd, "out")
	dry.add(cmd, "images")
	return cmd
}

// planJSON is what a plan says, for machines.
func planJSON(p *planned.Plan) any {
	said := map[string]any{
		"out": p.Run(), "items": p.Items, "files": p.Files, "rows": p.Rows, "tasks": p.Tasks, "bytes": p.Bytes, "absent": p.Absent, "identity": p.Identity,
	}
	if len(p.Nets) > 0 {
		said["nets"] = p.Nets
	}
	return said
}

func printPlanned(c *console, p *planned.Plan) {
	c.printf("%s: %s of %s in %s, %s each\n", p.Run(), counted(p.Items, "row"), p.Words(), counted(p.Files, "file"), counted(p.Rows, "row"))
	if p.Absent > 0 {
		c.printf("%s not found now: each is a failed row, unless it is there when its turn comes\n", counted(p.Absent, "image"))
	}
	if p.Bytes > 0 {
		c.printf("images of %s\n", fetch.Bytes(p.Bytes))
	}
	if p.Tasks == 1 {
		c.printf("task 0: fc7 extract --plan %s --task 0\n", origin.Text(p.Run()))
	} else if p.Tasks > 0 {
		c.printf("tasks 0 to %d: fc7 extract --plan %s --task I\n", p.Tasks-1, origin.Text(p.Run()))
	} else {
		c.printf("tasks 0 to N-1: fc7 extract --plan %s --task I --tasks N\n", origin.Text(p.Run()))
	}
}
