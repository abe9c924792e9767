package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"fc7/internal/store"
)

// How long a verb has after a signal before the process leaves it. It ends by itself unless it is in a call that
// nothing interrupts: a pipe or a disk that does not answer, the digest of a large file. To be left is to be killed,
// which costs nothing that has its final name.
const (
	leaveAfter = 3 * time.Second
	leaveTask  = 25 * time.Second // of a plan, which keeps its rows meanwhile; schedulers kill after 30 s
	leaveNever = 0                // of a training, which finishes a step and writes a checkpoint
)

// patience is how long the verb that runs has after a signal, which is known once its flags are read.
type patience struct{ d atomic.Int64 }

func newPatience() *patience {
	p := &patience{}
	p.d.Store(int64(leaveAfter))
	return p
}

// of sets that of a verb.
func (p *patience) of(cmd *cobra.Command) {
	switch {
	case cmd.Annotations[endsByItself] != "":
		p.d.Store(int64(leaveNever))
	case ofPlan(cmd):
		p.d.Store(int64(leaveTask))
	}
}

// endsByItself marks verbs with work to do after a signal, for which the process waits.
const endsByItself = "ends-by-itself"

// ofPlan tells whether a verb is a task of a plan, or makes a table on a store, which is one.
func ofPlan(cmd *cobra.Command) bool {
	out := cmd.Flags().Lookup("out")
	return cmd.Flags().Changed(planFlag) || out != nil && store.Is(out.Value.String())
}

// orLeave is the exit status of work, or, where a signal has come and the patience is over, that of the signal.
func orLeave(ctx context.Context, p *patience, c *console, json bool, work func() int) int {
	done := make(chan int, 1)
	go func() { done <- work() }()
	select {
	case code := <-done:
		return code
	case <-ctx.Done():
	}
	for began := time.Now(); ; {
		select {
		case code := <-done:
			return code
		case <-time.After(50 * time.Millisecond):
		}
		if d := time.Duration(p.d.Load()); d == leaveNever || time.Since(began) < d {
			continue
		}
		return leave(ctx, time.Duration(p.d.Load()) == leaveTask, c, json)
	}
}

// leave says that the verb is not waited for. It takes no lock: what does not return may hold any.
func leave(ctx context.Context, task bool, c *console, json bool) int {
	code, word := exitInterrupted, "interrupted"
	if task && terminated(ctx) {
		code, word = exitPassing, "terminated"
	}
	const why = "what was being read or written did not end, and was left; run the same command again to go on"
	if json {
		(&jsonLines{w: c.screen}).line("end", endLine{Status: statuses[code], Exit: code, Error: why})
	} else {
		fmt.Fprintf(c.err, "fc7: %s; %s\n", word, why)
	}
	return code
}
