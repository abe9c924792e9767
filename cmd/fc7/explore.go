package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"fc7/heads/protocol"
	"fc7/heads/tsne"
	"fc7/internal/escape"
	"fc7/internal/origin"
	"fc7/pipeline/explore"
	"fc7/pipeline/heads"
	"fc7/pipeline/table"
)

func newExplore(c *console) *cobra.Command {
	var weights []string
	var as readingFlags
	j := explore.PageJob{Job: explore.Job{K: explore.DefaultK}, Map: tsne.Defaults(), Doubts: protocol.DefaultDoubtOptions(), Thumbnails: explore.DefaultThumbnails, Side: explore.DefaultPicture}
	var parquet string
	var dry dryRun
	cmd := &cobra.Command{
		Use: "explore RUN", Short: "a run as a page to look at: a map of all images, neighbours, suspects",
		Long: `Explore writes a table as one HTML page that opens from the disk and asks nothing of anybody: all
images on a map, with thumbnails; colours by class, split, whether heads that did not see the
image agree, what the run's heads say, margin, suspect, duplicate group; search; of each image its
scores, its copies and its nearest ones; lists of images that the table has twice (those that a
split tests and learns from first), of suspects, and of images that are far from all others. What
is selected there (click, lasso, search, keys) is saved as CSV, or as names that fc7 svm --exclude
and --only take. All of it works with the keyboard alone, and what the map shows is also there as
a list.

What fc7 neighbours, map, suspects and audit kept in RUN/explore is read where it is of this
table, and what is missing is computed and kept: that takes as long as these verbs do. Images are
compared, as audit does, where the table has at most --thumbnails rows: of a larger one, or with
--thumbnails 0, the page says what finds them. Thumbnails are kept too. Scores are those of
RUN/heads, as fc7 svm wrote them.

--evidence N --weights FILE puts into the page where the scores of the N images come from that the
heads know the worst (of those that they did not learn from), and those of the N first suspects;
--evidence-of those of images by name: small pictures, with the bias and each scale's sum in
numbers that add up to the score. Each such image goes through the net, once: evidence is kept
too, and each further page has it, as long as table and heads are the same. See docs/evidence.md.

The page in the run's own folder is drawn anew each time, since what it shows is kept beside it; a
file of that name that is no page of explore's, and any --out, is replaced with --force alone.

The page names no folders of this machine, unless --paths asks for it; names of rows stay what
they are. Thumbnails are made of the images where the run found them; --data says where they are
now. Above --thumbnails images, some have none, evenly among all. A page above 150 MB becomes a
folder with index.html, scripts and pictures, which belong together.

--add places the images of another run of the same net on the map, none of which moves.

--parquet writes another file instead of the page: all rows that have a descriptor in the columns
that Embedding Atlas documents (projection_x, projection_y, neighbors, image, label, split), with
a JPEG of each image. That it opens there was not tried; docs/explore.md has the columns.

` + keptHelp,
		Example: `  fc7 explore runs/c101
  fc7 explore runs/c101 --evidence 30 --weights vgg16.pth
  fc7 explore runs/c101 --add runs/mine --out mine.html
  fc7 explore runs/voc --data voc2007:/mnt/VOCdevkit
  fc7 explore runs/c101 --parquet c101.parquet --side 224`,
		Args: exactly("RUN"), Annotations: map[string]string{readsRuns: runsAll, readsRunsBy: "add"},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			j.Doubts.Threads, j.Map.Threads = j.Threads, j.Threads
			mapProgress(c, &j.Map)
			j.Thumbnailing = func() { c.another("thumbnails") }
			if parquet != "" {
				return explorePlaced(cmd, c, j, target{name: "--parquet", path: parquet, force: j.Replace, from: []string{j.Run}, dry: dry.asked})
			}
			if err := idle(cmd, "the page has its own size of thumbnails; it is that of --parquet", "side"); err != nil {
				return err
			}
			j.Side = explore.DefaultSide
			page := target{name: "--out", path: j.Out, force: j.Replace, from: []string{j.Run, j.Add}, dry: dry.asked}
			if j.Out == "" { // the page of the run itself, which is made anew
				page = target{name: "the page", path: filepath.Join(table.RunFolder(j.Run), explore.OwnFile), force: true, dry: dry.asked}
				if err := explore.CheckOwn(page.path, j.Replace); err != nil {
					return err
				}
			}
			at, err := page.file(".html", ".htm")
			if err != nil {
				return err
			}
			if j.Out != "" { // a link in the run is not the user's word, and is replaced itself
				page.path = at
			}
			j.Out, j.Replace = page.path, page.force
			if err := evidenceWeights(cmd, c, &j, weights, &as); err != nil {
				return err
			}
			j.Command = origin.Text(append([]string{"fc7", "explore"}, args...)...)
			if dry.asked {
				return c.foretell(explore.EstimatePage(cmd.Context(), j))
			}
			j.Explaining = func() { c.another("images explained") }
			p, err := explore.WritePage(cmd.Context(), j, c.events())
			if err != nil {
				return err
			}
			return c.result(p, func() error { return printPage(c, p) })
		},
	}
	memoryFlag(cmd)
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "file to write, .html; default: "+explore.OwnFile+" in the run's folder")
	forceFlag(cmd, &j.Replace)
	f.StringVar(&parquet, "parquet", "", "file to write instead of the page, .parquet, for other programs")
	wholeFlag(f, &j.Side, "side", 1, "longer side of the pictures of --parquet, pixels")
	f.StringVar(&j.Add, "add", "", "another run, whose images are placed on the map")
	f.StringVar(&j.DataSet, "data", "", "KIND:PATH where the images are now, for thumbnails; default: as the run named it")
	wholeFlag(f, &j.Thumbnails, "thumbnails", 0, "images that have a thumbnail, at most; 0: none")
	wholeFlag(f, &j.Evidence, "evidence", 0, "images whose scores are explained: so many of the worst, and as many suspects; 0: none")
	f.StringArrayVar(&j.EvidenceOf, "evidence-of", nil, "explain the scores of these rows too: a file, or its address, with a name a line, or names with commas; repeatable")
	f.StringArrayVar(&weights, weightsFlag, nil, "weights the run was made with, for evidence; once for each net, in any order"+smallHelp)
	as.add(cmd)
	f.BoolVar(&j.Paths, "paths", false, "the page may name files and folders of this machine")
	joinedChoice(cmd, &j.Choice)
	dry.add(cmd, "rows and images")
	threadsFlag(cmd, &j.Threads, "threads")
	return cmd
}

// evidenceWeights reads what evidence is asked for, and of which weights.
func evidenceWeights(cmd *cobra.Command, c *console, j *explore.PageJob, weights []string, as *readingFlags) (err error) {
	if j.Evidence == 0 && len(j.EvidenceOf) == 0 {
		return idle(cmd, "without --evidence or --evidence-of no score is explained", append(readingFlagNames, weightsFlag)...)
	}
	if j.EvidenceOf, err = heads.ReadNames(cmd.Context(), j.EvidenceOf); err != nil {
		return err
	}
	weights = orSmall(c, weights)
	j.Explain.Weights, j.Explain.AlsoWeights = weights[0], weights[1:]
	j.Explain.As, err = as.readings(len(weights))
	return err
}

// explorePlaced writes the file for other programs.
func explorePlaced(cmd *cobra.Command, c *console, j explore.PageJob, to target) error {
	if err := idle(cmd, "--parquet says what is written", append(readingFlagNames, weightsFlag, "out", "add", "evidence", "evidence-of")...); err != nil {
		return err
	}
	if j.Thumbnails == 0 {
		if err := idle(cmd, "there are no pictures", "side", "data"); err != nil {
			return err
		}
	}
	var err error
	if j.Out, err = to.file(".parquet"); err != nil {
		return err
	}
	if to.dry {
		return c.foretell(explore.EstimatePlaced(cmd.Context(), j))
	}
	p, err := explore.WritePlaced(cmd.Context(), j, c.events())
	if err != nil {
		return err
	}
	return c.result(p, func() error {
		c.printf("%s: %s, %s of each, %d with a picture\n", p.File, counted(p.Rows, "image"), counted(p.K, "neighbour"), p.Pictures)
		if p.Failed > 0 {
			c.printf("left out: %s that failed\n", counted(p.Failed, "row"))
		}
		if p.Missing > 0 {
			c.printf("without a picture: %s that could not be had, the first one %s\n", counted(p.Missing, "image"), escape.Line(p.Why))
		}
		return nil
	})
}

func printPage(c *console, p *explore.Page) error {
	c.printf("%s: %s", p.File, counted(p.Images, "image"))
	if p.Added > 0 {
		c.printf(", %d of them added", p.Added)
	}
	c.printf(", %d with a thumbnail", p.Thumbnails)
	if p.Explained > 0 {
		c.printf(", %d with evidence", p.Explained)
	}
	c.printf(", %.1f MB\n", float64(p.Bytes)/1e6)
	if p.Failed > 0 {
		c.printf("without a place on the map: %s that failed\n", counted(p.Failed, "row"))
	}
	if p.Folder {
		c.printf("the page is too large for one file: its folder belongs together\n")
	}
	return nil
}
