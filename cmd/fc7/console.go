package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"fc7/internal/escape"
	"fc7/internal/mirror"
	"fc7/internal/origin"
	"fc7/pipeline/conveyor"
)

// console prints: results to out, progress and warnings to err. The stages of a conveyor call it at once.
type console struct {
	mu       sync.Mutex // of all that follows but out
	out      *results
	err      io.Writer  // standard error, of words
	screen   io.Writer  // standard error as it is: a bar commands the terminal, JSON has a way of its own
	terminal bool       // err is one that can be drawn on
	quiet    bool       // no progress and no notes
	json     *jsonLines // events for machines; nil: for people
	line     statusLine // of a terminal
	pace     pace       // of lines elsewhere
	warnings int
	unit     string // of the progress
	command  *origin.Command
	patience *patience        // after a signal
	measures measures         // of --metrics
	runs     []*mirror.Folder // that are on a store
}

func newConsole(out, err io.Writer) *console {
	return &console{out: &results{w: out, terminal: isTerminal(out)}, err: words{err}, screen: err, terminal: draws(err), line: statusLine{columns: columnsOf(err)}, unit: "images", patience: newPatience()}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// words writes words for people, without the characters that would command a terminal or are not seen, which names from
// data may hold. What is written at once holds whole characters.
type words struct{ w io.Writer }

func (w words) Write(b []byte) (int, error) {
	if _, err := w.w.Write([]byte(escape.Visible(string(b)))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// results is standard output, as words; it keeps the first error of writing there.
type results struct {
	w        io.Writer
	terminal bool
	err      error
}

func (r *results) Write(b []byte) (int, error) {
	return r.exact(b, []byte(escape.Visible(string(b))))
}

// data is standard output for what programs read, which a file or a pipe gets as it is.
type data struct{ *results }

func (d data) Write(b []byte) (int, error) {
	if d.terminal {
		return d.results.Write(b)
	}
	return d.exact(b, b)
}

// exact writes text in the place of b.
func (r *results) exact(b, text []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.w.Write(text)
	if err != nil {
		r.err = fmt.Errorf("writing the results: %w", err)
		return min(n, len(b)), err
	}
	return len(b), nil
}

// toJSON makes the events JSON objects, unless they are.
func (c *console) toJSON() {
	if c.json == nil {
		c.json = &jsonLines{w: c.screen}
	}
}

// ownStart marks the verb that tells of its start itself, when it knows the table that it makes.
const ownStart = "start"

// start tells that a verb begins its work.
func (c *console) start(cmd *cobra.Command) {
	c.patience.of(cmd)
	if c.json == nil {
		return
	}
	c.json.verb = strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	if cmd.Annotations[ownStart] == "" {
		c.json.line("start", startLine{Verb: c.json.verb})
	}
}

// result prints what a verb found: as JSON where it is asked for, else as text does.
func (c *console) result(v any, text func() error) error {
	c.clear()
	if c.json == nil {
		return text()
	}
	return c.encode(v, "  ")
}

// encode writes a value to standard output as JSON.
func (c *console) encode(v any, indent string) error {
	text, err := jsonText(v, indent)
	if err != nil {
		return err
	}
	_, err = c.out.Write(text)
	return err
}

// answer is result for one of many, on a line of its own.
func (c *console) answer(v any, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	if c.json == nil {
		_, err := io.WriteString(c.out, text)
		return err
	}
	return c.encode(v, "")
}

// maxWarnings is how many failed images are named one by one.
const maxWarnings = 10

// events shows a run as it goes: a line that is drawn over on a terminal, else a line now and then.
func (c *console) events() conveyor.Events {
	ev := conveyor.Events{Progress: c.progress, Warning: c.warn, Note: c.note}
	if c.json != nil {
		ev = c.json.events()
	}
	if c.quiet {
		ev.Progress, ev.Note = func(conveyor.Progress) {}, c.note
	}
	return c.measures.of(ev)
}

func (c *console) progress(p conveyor.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.terminal {
		c.line.draw(c.screen, int64(p.Done), int64(p.Total), append([]string{fmt.Sprintf("%d/%d", p.Done, p.Total)}, c.parts(p)...)...)
		return
	}
	if c.pace.due(time.Now()) {
		fmt.Fprintf(c.err, "%d of %d %s, %s\n", p.Done, p.Total, c.unit, strings.Join(c.parts(p), ", "))
	}
}

// another begins the progress of another unit.
func (c *console) another(unit string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	c.pace, c.unit = pace{}, unit
}

// parts are time left, failures, rate, and the split of the time, the most important first.
func (c *console) parts(p conveyor.Progress) []string {
	if p.Times.Elapsed <= 0 {
		return []string{c.unit}
	}
	parts := []string{fmt.Sprintf("%s left", p.Left().Round(time.Second))}
	if p.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", p.Failed))
	}
	return append(parts, fmt.Sprintf("%.1f %s/s", p.Rate(), c.unit), split(p.Times))
}

// split is how the time was spent, in percent.
func split(t conveyor.Times) string {
	if t.Elapsed <= 0 {
		return "starting"
	}
	pc := func(d time.Duration) float64 { return 100 * d.Seconds() / t.Elapsed.Seconds() }
	return fmt.Sprintf("reading %.0f%% computing %.0f%% writing %.0f%%", pc(t.Waiting), pc(t.Computing), pc(t.Writing))
}

func (c *console) warn(w conveyor.Warning) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warnings++
	switch {
	case c.warnings <= maxWarnings:
		c.wipe()
		fmt.Fprintf(c.err, "warning: %s: %s\n", escape.Line(w.Image), w.Reason)
	case c.warnings == maxWarnings+1:
		c.wipe()
		fmt.Fprintln(c.err, "warning: more images failed; each has its row and reason in the table")
	}
}

func (c *console) note(s string) {
	if c.quiet {
		return
	}
	if c.json != nil {
		c.json.note(s)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	fmt.Fprintln(c.err, "note:", s)
}

// clear takes the line away that is drawn over, so that another can be printed.
func (c *console) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
}

// wipe is clear, under mu.
func (c *console) wipe() {
	c.line.clear(c.screen)
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }
