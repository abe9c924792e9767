// Command fc7 turns image collections into VGG descriptors and trained linear heads.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"fc7/internal/escape"
	"fc7/internal/machine"
	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/training"
)

// Exit statuses, as the help promises them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSomeFailed  = 3
	exitPermanent   = 4  // of a planned task: every try would meet it
	exitPassing     = 75 // of a planned task: another try may not meet it (EX_TEMPFAIL of sysexits.h)
	exitInterrupted = 130
)

// found is what a verb was to look for, and found: it ends as where images failed, though none did.
type found string

func (f found) Error() string { return string(f) }

// Is tells that the exit status is that of images that failed.
func (found) Is(target error) bool { return target == conveyor.ErrSomeFailed }

// garbagePercent is how much of what is in use may pile up as garbage. Nearly all memory is weights, which the
// collector need not look into, so collecting often is cheap, while Go's default of 100 would let 700 MB of decoded
// images wait beside 700 MB of weights.
const garbagePercent = 20

func main() { os.Exit(program()) }

// program is the process without its end.
func program() int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	leaveCores(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once, and the first one what does not end (leave.go)
	// A reader of the output that goes away must not end a run: writing then fails, which shows in the exit status.
	signal.Ignore(syscall.SIGPIPE)
	c := newConsole(os.Stdout, os.Stderr)
	return orLeave(ctx, c.patience, c, asksJSON(os.Args[1:]), func() int { return run(ctx, os.Args[1:], c) })
}

// leaveCores keeps to the cores that Slurm gives this task: the others are other jobs'.
func leaveCores(env func(string) string) {
	if n := machine.SlurmCores(env); n > 0 && n < runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(n)
	}
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, c *console) int {
	c.command = origin.New(append([]string{"fc7"}, args...)...)
	root := newRoot(c)
	root.SetArgs(args)
	if len(args) > 0 && isCompletion(args[0]) {
		completions(root)
	}
	cmd, err := root.ExecuteContextC(ctx)
	c.measures.close()
	c.clear()
	if err == nil {
		err = c.out.err
	}
	if e := c.closeRuns(); err == nil {
		err = e
	}
	code, text := outcome(ctx, cmd, err)
	if code == exitUsage && asksJSON(args) {
		c.toJSON()
	}
	switch {
	case c.json != nil:
		c.json.finish(code, err)
	case text != "":
		fmt.Fprintln(c.err, text)
	}
	return code
}

// outcome is the exit status and what to say at the end.
func outcome(ctx context.Context, cmd *cobra.Command, err error) (code int, text string) {
	var permanent *extraction.PermanentError
	var passing *extraction.PassingError
	switch {
	case err == nil:
		return exitDone, ""
	case errors.As(err, &permanent):
		return exitPermanent, "fc7: " + inWords(err)
	case errors.As(err, &passing):
		const goesOn = "the same command goes on" // errors of stopped work say it themselves
		text := inWords(err)
		if !strings.HasSuffix(text, goesOn) {
			text += "; " + goesOn
		}
		return exitPassing, "fc7: " + text
	case errors.Is(err, conveyor.ErrSomeFailed):
		return exitSomeFailed, ""
	case ctx.Err() != nil && ofPlan(cmd) && terminated(ctx):
		return exitPassing, "fc7: terminated; " + resumeHint(err)
	case ctx.Err() != nil:
		return exitInterrupted, "fc7: interrupted; " + resumeHint(err)
	case usage.Is(err):
		return exitUsage, fmt.Sprintf("fc7: %v\nSee '%s --help'.", err, cmd.CommandPath())
	}
	return exitFailed, "fc7: " + inWords(err)
}

// terminated tells whether a context was ended by SIGTERM, as schedulers do, and not by a person.
func terminated(ctx context.Context) bool {
	return strings.HasPrefix(context.Cause(ctx).Error(), syscall.SIGTERM.String())
}

// inWords is an error's text without the names of the system's calls for looking at a file: the path and the cause say
// it.
func inWords(err error) string {
	text := escape.Error(err)
	var p *fs.PathError
	if errors.As(err, &p) && slices.Contains([]string{"stat", "lstat", "open"}, p.Op) {
		text = strings.ReplaceAll(text, escape.Error(p), escape.Name(p.Path)+": "+p.Err.Error())
	}
	return text
}

func resumeHint(err error) string {
	var i *extraction.InterruptedError
	if errors.As(err, &i) {
		return i.Error()
	}
	var t *training.InterruptedError
	if errors.As(err, &t) {
		return t.Error()
	}
	return "run the same command again to go on"
}
