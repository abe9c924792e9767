package main

import (
	"github.com/spf13/cobra"

	"fc7/heads/tsne"
	"fc7/pipeline/explore"
)

func newMap(c *console) *cobra.Command {
	j := explore.MapJob{Options: tsne.Defaults()}
	var out string
	var force bool
	var dry dryRun
	cmd := &cobra.Command{
		Use: "map RUN", Short: "all images on a plane, the similar ones near each other",
		Long: `Map gives each row of a table a place on a plane, so that rows whose descriptors are near each
other, by cosine, are so there too: t-SNE of all rows on their exact neighbours, started from the
principal components. The same table gives the same bytes for any number of threads.

A map is not the space: distances between groups mean little, and sizes of groups nothing. How
true this one is, is printed with it: trustworthiness (of the 15 nearest on the map; 1: they are
near in the space), the share of the 10 nearest that are so on the map, and of images with one
label the share whose 10 nearest on the map have mostly the same.

It is kept in RUN/explore/map.parquet: image, x and y of each row; a failed row has no place. The
same call reads what is kept, and makes it again when the table, or what was asked for, is another.
--add places the images of another run of the same net among those of RUN, none of which moves:
RUN/explore/map-with-DIGEST.parquet. --out writes what was placed last as a file for other
programs: image, x, y in .csv; or a matrix [N,2] of float32 in .npy, without failed rows, as the
rows of fc7 aggregate --format npy stand.

Memory beside the table is about 4 kB a row. Time grows with the square of the rows, which is
that of the search for neighbours, and with the steps; progress tells how much is left.

` + keptHelp,
		Example: `  fc7 map runs/c101
  fc7 map runs/c101 --out map.csv
  fc7 map runs/c101 --add runs/mine --out mine.npy`,
		Args: exactly("RUN"), Annotations: map[string]string{readsRuns: runsAll, readsRunsBy: "add"},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Run = args[0]
			if out != "" {
				var err error
				if out, err = (target{name: "--out", path: out, force: force, from: []string{j.Run, j.Add}, dry: dry.asked}).file(explore.MapEndings...); err != nil {
					return err
				}
			} else if err := idle(cmd, "without --out nothing else is written", "force"); err != nil {
				return err
			}
			if dry.asked {
				return c.foretell(explore.EstimateMap(cmd.Context(), j))
			}
			mapProgress(c, &j.Options)
			m, err := explore.DrawMap(cmd.Context(), j)
			if err != nil {
				return err
			}
			if out != "" {
				last := &m.Points
				if m.Added != nil {
					last = m.Added
				}
				if err := last.Save(out, force); err != nil {
					return err
				}
			}
			return c.result(m, func() error { return printMap(c, m) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.Add, "add", "", "another run, whose images are placed on the map")
	outFlag(cmd, &out, "also write the places here, .csv or .npy; of --add: of its images")
	forceFlag(cmd, &force)
	joinedChoice(cmd, &j.Choice)
	mapFlags(cmd, &j.Options)
	dry.add(cmd, "rows")
	return cmd
}

func printMap(c *console, m *explore.Map) error {
	printPoints(c, &m.Points, "mapped")
	printQuality(c, m.Quality)
	if m.Added != nil {
		printPoints(c, m.Added, "placed on it")
	}
	return nil
}

func printPoints(c *console, p *explore.Points, how string) {
	c.printf("%s: %s ", p.File, counted(p.Rows-p.Failed, "row"))
	if p.Kept {
		how = "kept from before, read"
	}
	c.printf("%s in %.1f s", how, p.Seconds)
	if p.Failed > 0 {
		c.printf("; %s failed, without a place", counted(p.Failed, "row"))
	}
	c.printf("\n")
}
