package main

import (
	"github.com/spf13/cobra"

	"fc7/pipeline"
)

func newReport(c *console) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "report RUN", Short: "a run as one HTML page",
		Long: `Report writes what a run did as one HTML page that opens offline: how many images, which
failed and why, the scores of the heads by class, and every setting that the figures depend
on. It reads RUN/manifest.json, RUN/features and, where heads were trained, RUN/heads.`,
		Example: "  fc7 report runs/voc\n  fc7 report runs/voc --out voc.html",
		Args:    exactly("RUN"),
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := pipeline.Report(args[0], out)
			if err != nil {
				return err
			}
			c.printf("%s\n", path)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "file to write; default: report.html in the run's folder")
	return cmd
}
