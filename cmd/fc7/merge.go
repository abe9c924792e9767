package main

import (
	"errors"

	"github.com/spf13/cobra"

	"fc7/internal/usage"
	"fc7/pipeline/extraction"
	"fc7/pipeline/table"
)

func newMerge(c *console) *cobra.Command {
	var j table.MergeJob
	cmd := &cobra.Command{
		Use: "merge OUT IN…", Short: "join the shares of a table that several machines made",
		Long: `Merge joins the files that extractions with --shard 1/N to --shard N/N left in folders of
their own. It first checks every file, that all are of one table (net, weights, settings, list
of inputs), that none is missing, and that files that are there twice are equal. Then it puts
them into OUT, by hard links where the file system can, and writes the manifest. OUT may be
new, or one of the folders. The table has the bytes of one machine's; nothing is replaced,
and the folders that are joined stay as they are.`,
		Example: "  fc7 merge runs/voc node1/voc node2/voc node3/voc\n  fc7 merge --copy runs/voc /mnt/a/voc /mnt/b/voc",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage.Errorf("missing %s", []string{"OUT and IN", "IN"}[len(args)])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Out, j.In = args[0], args[1:]
			if err := (target{name: "OUT", path: j.Out}).folder(); err != nil {
				return err
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
				c.printf("%s linked, %d copied, %d were there\n", counted(r.Linked, "file"), r.Copied, r.There)
				return nil
			}))
		},
	}
	cmd.Flags().BoolVar(&j.Copy, "copy", false, "copy the files instead of linking them")
	return cmd
}
