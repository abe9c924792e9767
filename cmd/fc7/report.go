package main

import (
	"github.com/spf13/cobra"

	"fc7/pipeline"
)

func newReport(c *console) *cobra.Command {
	var j pipeline.ReportJob
	cmd := &cobra.Command{
		Use: "report RUN", Short: "a run as one HTML page",
		Long: `Report writes what a run did as one HTML page that opens offline: how many images, which
failed and why, the scores of the heads by class, and every setting that the figures depend
on. It reads RUN/manifest.json, RUN/features and, where heads were trained, RUN/heads.`,
		Example: "  fc7 report runs/voc\n  fc7 report runs/voc --out voc.html",
		Args:    exactly("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			path, err := pipeline.Report(cmd.Context(), j)
			if err != nil {
				return err
			}
			c.printf("%s\n", path)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&j.Out, "out", "o", "", "file to write; default: report.html in the run's folder")
	f.StringVar(&j.Heads, "heads", "", "folder of the heads; default: heads in the run's folder")
	f.StringVar(&j.DataSet, "data", "", "KIND:PATH where the images are now, for thumbnails; default: as the run named it")
	f.BoolVar(&j.NoImages, "no-images", false, "leave thumbnails out")
	return cmd
}
