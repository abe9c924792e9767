package main

import (
	"github.com/spf13/cobra"

	"fc7/pipeline/pages"
)

func newReport(c *console) *cobra.Command {
	var j pages.Job
	var force bool
	cmd := &cobra.Command{
		Use: "report RUN", Short: "a run as one HTML page",
		Long: `Report writes what a run did as one HTML page that opens offline, in light and dark, on a phone
and in print: figures (beside the paper's where it has them), scores of each class, precision
and recall, confusions, the choice of C, the nearest images in the place of heads, the images
that scored best, worst and hardest as thumbnails, which images failed and why, when, on what
machine and by which command it was made, and every setting that the figures depend on. No
script, no font and no file beside it; where fc7 explore left its page in the run, a link to it.

RUN is the folder of an extraction, with heads in RUN/heads if they were trained, of
fc7 reproduce, of fc7 evaluate, or of fc7 train, whose losses and errors are drawn.

The page names no folders of this machine, unless --paths asks for it: of absolute paths in
commands, settings and reasons the last part is left. Names of images stay what they are.

The page in the run's own folder is drawn anew each time; a file of that name that is no report, and
any --out, is replaced with --force alone.

Thumbnails are made of the images where the run found them; --data says where they are now. An
image that is gone keeps its place.

` + runsHelp + ` Its own page goes to it.`,
		Example: `  fc7 report runs/voc
  fc7 report runs/voc --heads runs/voc/heads-e --out voc-e.html
  fc7 report runs/voc --data voc2007:/mnt/VOCdevkit`,
		Args: exactly("RUN"), Annotations: map[string]string{readsRuns: runsAll, readsRunsBy: "heads"},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			if err := exclusive(cmd, "data", "no-images"); err != nil {
				return err
			}
			page := target{name: "--out", path: j.Out, force: force}
			if j.Out == "" { // the page of the run itself, which is made anew
				own, err := pages.Own(j.Run)
				if err != nil {
					return err
				}
				page = target{name: "the page", path: own, force: true}
				if err := pages.CheckOwn(own, force); err != nil {
					return err
				}
			}
			at, err := page.file(".html", ".htm")
			if err != nil {
				return err
			}
			if j.Out != "" { // a link in the run is not the user's word, and is replaced itself
				j.Out = at
			}
			j.Note = c.events().Note
			path, err := pages.Write(cmd.Context(), j)
			if err != nil {
				return err
			}
			return c.result(map[string]string{"report": path}, func() error {
				c.printf("%s\n", path)
				return nil
			})
		},
	}
	memoryFlag(cmd)
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "file to write, .html; default: report.html in the run's folder")
	forceFlag(cmd, &force)
	f.StringVar(&j.Heads, "heads", "", "folder of the heads; default: heads in the run's folder")
	f.StringVar(&j.DataSet, "data", "", "KIND:PATH where the images are now, for thumbnails; default: as the run named it")
	f.BoolVar(&j.NoImages, "no-images", false, "leave thumbnails out")
	f.BoolVar(&j.Paths, "paths", false, "the page may name files and folders of this machine")
	return cmd
}
