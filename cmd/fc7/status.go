package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fc7/internal/forecast"
	"fc7/internal/origin"
	"fc7/internal/store"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

func newStatus(c *console) *cobra.Command {
	var price float64
	cmd := &cobra.Command{
		Annotations: map[string]string{takesRuns: "of plans"},
		Use:         "status RUN", Short: "how far the tasks of a plan are",
		Long: `Status tells how far a table is that was planned (fc7 plan), by the notes, kept rows and
heartbeats that tasks leave in RUN and the sizes of its files, without asking a scheduler and
without reading the table. A task says every 30 seconds that it lives. A file that is not done is
running where a task that lives has it, stale where the last task that had it said nothing for 90
seconds, else missing: nobody has it now, or it was done and is lost, which is told of a merged
table too. One that has another size than when it was made is damaged. Rows of files that are not
done count as done if they were kept: the next start goes on behind them. Times are compared with
this machine's clock.

Of a table that fc7 extract makes without a plan, or made, status tells rows and files too: it is
running where a process holds it, and else missing; nothing tells how fast it is.

Core-hours are those of all starts of tasks, the ones that were killed included, also when the
table is merged. Where several nets share a plan each table is told; their core-hours are the
same ones.`,
		Example: "  fc7 status runs/photos\n  fc7 status runs/photos --price 0.045\n  fc7 status runs/photos --json | jq .files_missing",
		Args:    exactly("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := statusesOf(cmd.Context(), args[0], price)
			if err != nil {
				return err
			}
			var told any = all[0]
			if len(all) > 1 {
				told = map[string]any{"nets": all}
			}
			return c.result(told, func() error {
				for _, s := range all {
					printStatus(c, s)
				}
				return nil
			})
		},
	}
	optional(cmd.Flags(), &price, "price", "amount", positive, "what a core-hour costs, to tell the cost of all starts", "no cost is told")
	return cmd
}

// statusesOf tell how far the tables of a run are, with a plan or without.
func statusesOf(ctx context.Context, run string, price float64) (all []*planned.Status, err error) {
	_, plans, err := openPlans(ctx, run)
	if planned.NoPlan(err) && !planned.Elsewhere(err) && !store.Is(run) {
		none := err
		if all, err = table.Unplanned(ctx, run); err == nil && len(all) == 0 {
			err = nothingBegun(run, none)
		}
	}
	for _, p := range plans {
		s, err := p.Status(ctx, time.Now(), price)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, err
}

// nothingBegun is the error of a folder that has no table, with a plan or without.
func nothingBegun(run string, none error) error {
	if _, err := os.Stat(run); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no such folder: want the RUN of fc7 extract DATASET --out RUN, or of fc7 plan", run)
	}
	return fmt.Errorf("%w; nor was a table begun there by fc7 extract without a plan", none)
}

// barWidth is how many characters a bar has.
const barWidth = 40

func printStatus(c *console, s *planned.Status) {
	c.printf("%s: %s of %s in %s\n", s.Out, counted(s.Rows, "row"), s.Net, counted(s.Files, "file"))
	part := float64(s.RowsDone) / float64(max(s.Rows, 1))
	full := int(math.Floor(part * barWidth))
	c.printf("[%s%s] %.1f %%, %s, %d of them failed%s\n", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), math.Floor(1000*part)/10, counted(s.RowsDone, "row"), s.Failed, changedText(s.Changed))
	if s.Merged && s.Done == s.Files {
		if s.Unplanned {
			c.printf("the table is complete\n")
		} else {
			c.printf("the table is merged\n")
		}
		printCost(c, s)
		return
	}
	c.printf("files: %d done, %d running, %d stale, %d missing", s.Done, s.Running, s.Stale, s.Missing)
	if s.Damaged > 0 {
		c.printf(", %d damaged", s.Damaged)
	}
	c.printf("\n")
	if s.RowsKept > 0 {
		c.printf("kept for the next start: %s of files that are stale or missing\n", counted(s.RowsKept, "row"))
	}
	if s.Rate > 0 {
		c.printf("%.1f images/s", s.Rate)
		if s.Left > 0 {
			c.printf(", %s left at that rate", forecast.About(s.Left))
		}
		c.printf("\n")
	}
	for _, n := range []struct {
		what  string
		files []int
	}{{"stale", s.StaleFiles}, {"missing", s.MissingFiles}} {
		if len(n.files) > 0 {
			word := "files"
			if len(n.files) == 1 {
				word = "file"
			}
			c.printf("%s: %s %s\n", n.what, word, planned.Ranges(n.files))
		}
	}
	for i, p := range s.Problems {
		if i == mostProblems {
			c.printf("and %d more that are damaged\n", len(s.Problems)-i)
			break
		}
		c.printf("damaged: %s\n", p)
	}
	printCost(c, s)
	switch run := origin.Text(s.Out); {
	case s.Unplanned && s.Running == 0:
		c.printf("the same command goes on\n")
	case s.Unplanned:
	case s.Done == s.Files:
		c.printf("all files are done: fc7 merge %s ends the table\n", run)
	case s.Merged:
		c.printf("the table was merged, and is not whole any more: fc7 extract --plan %s makes what is missing, then merge it again\n", run)
	}
}

// mostProblems is of how many damaged files it is told what is wrong with them.
const mostProblems = 10

// printCost tells what the tasks took.
func printCost(c *console, s *planned.Status) {
	if s.CoreHours == 0 {
		return
	}
	c.printf("%.2f core-hours", s.CoreHours)
	if s.Cost != nil {
		c.printf(", cost %.2f", *s.Cost)
	}
	c.printf("\n")
}
