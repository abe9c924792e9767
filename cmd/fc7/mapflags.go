package main

import (
	"time"

	"github.com/spf13/cobra"

	"fc7/heads/tsne"
	"fc7/pipeline/conveyor"
)

// mapFlags are the choices of a map.
func mapFlags(cmd *cobra.Command, o *tsne.Options) {
	f := cmd.Flags()
	numberFlag(f, &o.Perplexity, "perplexity", number(1), "effective number of neighbours of each row; of few rows a third of them at most")
	wholeFlag(f, &o.Steps, "steps", 1, "steps of gradient descent, of which the first quarter exaggerates attraction 12 times")
	threadsFlag(cmd, &o.Threads, "threads")
}

// mapProgress shows rows and then steps as they are done.
func mapProgress(c *console, o *tsne.Options) {
	o.Early = o.Steps / 4
	stage, began := tsne.Searching, time.Now()
	show := c.events().Progress
	o.Progress = func(s tsne.Stage, done, of int) {
		if s != stage {
			stage, began = s, time.Now()
			c.another("steps")
		}
		t := time.Since(began)
		show(conveyor.Progress{Total: of, Done: done, Times: conveyor.Times{Elapsed: t, Computing: t}})
	}
}

// printQuality says how true a map is.
func printQuality(c *console, q tsne.Quality) {
	if q.Rows < tsne.Fewest {
		c.printf("fewer than %d rows have no map: they stand beside each other, which says nothing\n", tsne.Fewest)
		return
	}
	c.printf("a map is not the space. Of this one:\n")
	of := ""
	if q.Judged < q.Rows {
		of = " (of " + counted(q.Judged, "row") + ")"
	}
	c.printf("  %.3f  trustworthiness: whether the 15 nearest on the map are near in the space%s\n", q.Trustworthiness, of)
	c.printf("  %.3f  of the 10 nearest in the space are among the 10 nearest on the map\n", q.Kept)
	if q.Labelled > 0 {
		c.printf("  %.3f  of %s of one class have most of the 10 nearest on the map of it\n", q.Accuracy, counted(q.Labelled, "row"))
	}
}
