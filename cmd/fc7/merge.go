package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"fc7/internal/usage"
	"fc7/pipeline/extraction"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

func newMerge(c *console) *cobra.Command {
	var j table.MergeJob
	var of mergePlanned
	var dry dryRun
	cmd := &cobra.Command{
		Annotations: map[string]string{takesRuns: "of plans"},
		Use:         "merge RUN | OUT IN…", Short: "end a table that several machines made",
		Long: `Merge RUN, of a plan (fc7 plan), ends its table: it makes sure, by the notes that tasks left of
their files and by the files' sizes, that none is missing, and writes the manifest. No file is
read again, unless --verify full asks for it, on all cores. Until then no verb takes the table.
Files that are missing are named, with their tasks, and the exit status is 75; it is 4 for what
no other try mends, and where more rows failed than --max-failed allows, else 0. A manifest that
is damaged is written anew.

Merge OUT IN… joins the files that extractions with --shard 1/N to --shard N/N left in folders of
their own. It first checks every file, that all are of one table (net, weights, settings, list
of inputs), that none is missing, and that files that are there twice are equal. Then it puts
them into OUT, by hard links where the file system can, and writes the manifest. OUT may be
new, or one of the folders. The table has the bytes of one machine's; nothing is replaced,
and the folders that are joined stay as they are.`,
		Example: "  fc7 merge runs/voc node1/voc node2/voc node3/voc\n  fc7 merge --copy runs/voc /mnt/a/voc /mnt/b/voc",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("missing RUN, or OUT and IN")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if err := idle(cmd, "fc7 status RUN tells what of a plan is there", "dry-run"); err != nil {
					return err
				}
				return of.run(cmd, c, args[0])
			}
			if err := idle(cmd, "it is for merge RUN, of a plan", "verify", "max-failed"); err != nil {
				return err
			}
			for _, a := range args { // one of a plan may be on a store, and is merged by itself
				if err := usage.Address("argument", a); err != nil {
					return err
				}
			}
			j.Out, j.In = args[0], args[1:]
			if err := (target{name: "OUT", path: j.Out, dry: dry.asked}).folder(); err != nil {
				return err
			}
			if dry.asked {
				return c.foretell(table.EstimateMerge(cmd.Context(), j))
			}
			c.unit = "files"
			r, err := extraction.Merge(cmd.Context(), j, c.events())
			if r == nil {
				return err
			}
			for _, n := range r.Notes {
				c.note(n)
			}
			n := r.Manifest.Counts
			found := map[string]any{
				"out": r.Out, "inputs": n.Inputs, "ok": n.OK, "failed": n.Failed, "files": r.Manifest.Shards,
				"linked": r.Linked, "copied": r.Copied, "already_there": r.There,
			}
			return errors.Join(err, c.result(found, func() error {
				c.printf("%s: %s in %s: %d ok, %d failed\n", r.Out, counted(n.Inputs, "row"), counted(r.Manifest.Shards, "file"), n.OK, n.Failed)
				c.printf("%s linked, %d copied, %d there before\n", counted(r.Linked, "file"), r.Copied, r.There)
				return nil
			}))
		},
	}
	cmd.Flags().BoolVar(&j.Copy, "copy", false, "copy the files instead of linking them")
	of.add(cmd)
	dry.add(cmd, "files")
	return cmd
}

// mergePlanned is the end of a planned table.
type mergePlanned struct {
	verify string
	most   extraction.MaxFailed
}

// The words of --verify.
const (
	verifyNotes = "notes"
	verifyFull  = "full"
)

func (m *mergePlanned) add(cmd *cobra.Command) {
	f := cmd.Flags()
	flag(f, &m.verify, "verify", "string", verifyNotes, oneOf("way to verify", verifyNotes, verifyFull), "of a plan: what is looked at: the notes of tasks and the sizes of files, or full: every file is read")
	flag(f, &m.most, "max-failed", "rows", "", extraction.ParseMaxFailed, "of a plan: more failed rows, such as 20 or 0.5%, are status 4")
}

func (m *mergePlanned) run(cmd *cobra.Command, c *console, run string) error {
	if err := idle(cmd, "the files of a plan are in their folder", "copy"); err != nil {
		return err
	}
	p, plans, err := openPlans(cmd.Context(), run)
	if planned.NoPlan(err) {
		return usage.Errorf("missing IN, where there is no plan whose table could be ended: %v", err)
	}
	if err != nil {
		return taskError(err)
	}
	c.unit = "files"
	var all []map[string]any
	var lines []string
	for _, p := range plans {
		r, e := extraction.MergePlanned(cmd.Context(), p, m.verify == verifyFull, m.most, c.events())
		if err = errors.Join(err, e); r.Shards == 0 {
			continue
		}
		n := r.Counts
		all = append(all, map[string]any{"out": p.Run(), "inputs": n.Inputs, "ok": n.OK, "failed": n.Failed, "changed": n.Changed, "files": r.Shards})
		lines = append(lines, fmt.Sprintf("%s: %s in %s: %s", p.Run(), counted(n.Inputs, "row"), counted(r.Shards, "file"), countsText(n)))
	}
	if len(all) == 0 {
		return err
	}
	var told any = all[0]
	if len(p.Nets) > 0 {
		told = map[string]any{"nets": all}
	}
	return errors.Join(err, c.result(told, func() error {
		for _, l := range lines {
			c.printf("%s\n", l)
		}
		return nil
	}))
}
