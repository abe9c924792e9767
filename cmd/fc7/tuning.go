package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/pipeline/training"
)

// tuning is what the verbs that train a net further have in common: finetune and localise train.
type tuning struct {
	job   training.TuneJob
	scale sides
	as    readingFlags
	dry   dryRun
}

func newTuning(j training.TuneJob) *tuning { return &tuning{job: j, scale: sides{j.SMin, j.SMax}} }

// add adds the flags that all of them have.
func (t *tuning) add(c *console, cmd *cobra.Command) {
	f, j := cmd.Flags(), &t.job
	sidesFlag(cmd, &t.scale)
	t.as.add(cmd)
	numberFlag(f, &j.NewRate, "new-rate", positive, "learning rate of the new last layer, for inputs divided by their norm")
	f.StringVar(&j.Cache, "view-cache", "", "folder of the cached maps; default: OUT/views")
	flag(f, &j.Schedule, "schedule", "string", j.Schedule, training.CheckSchedule, training.ScheduleHelp)
	wholeFlag(f, &j.Batch, "batch", 1, "images a step")
	imageCacheFlag(cmd, &j.Job.Cache)
	runFlags(cmd, &j.Job)
	metricsFlag(cmd, c)
	require(cmd, "out")
	t.dry.add(cmd, "images")
}

// run trains on a data set. from is the flag that names the weights.
func (t *tuning) run(c *console, cmd *cobra.Command, data, from string) (err error) {
	j := &t.job
	j.DataSet, j.Command = data, c.command
	j.SMin, j.SMax = t.scale.low, t.scale.high
	if j.As, err = t.as.reading(); err != nil {
		return err
	}
	if err := j.Check(); err != nil {
		return err
	}
	if err := datasets.Check(data, j.Choice); err != nil {
		return err
	}
	for _, to := range []target{{name: "--out", path: j.Out, dry: t.dry.asked}, {name: "--view-cache", path: cmp.Or(j.Cache, j.Out), dry: t.dry.asked}} {
		if err := to.folder(); err != nil {
			return err
		}
	}
	if j.Weights == "" {
		j.Weights = c.small(from)
	}
	ev := (&trainView{c: c}).events()
	if t.dry.asked {
		return c.foretell(training.EstimateTune(cmd.Context(), *j, ev))
	}
	r, err := training.FineTune(cmd.Context(), *j, c.measures.trains(ev))
	if err != nil {
		return err
	}
	return tellTraining(c, r)
}
