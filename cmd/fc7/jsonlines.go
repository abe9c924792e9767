package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"fc7/internal/escape"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/table"
)

// jsonHelp documents what --json writes, of all verbs.
const jsonHelp = `With --json, which every verb takes, standard output has the results alone, as one JSON document
(classify and predict: one object a line, as the answers come), and standard error has one JSON
object a line instead of words, with "event" and "time" in each:

  start     verb; of a table: out, data_set, part, net, identity, total, pending, shards, and again
            for the table of each further net
  progress  total, done, earlier, failed, elapsed_s, waiting_s, computing_s, writing_s,
            images_per_s, left_s; together: images that went through the net at once, on average;
            of a download: file, bytes, of. At most one a second
  failed    image, reason
  shard     out, file, rows: the file stands under its final name
  plan      of a new training, before its first step: what train --dry-run prints
  step      of training: stage, epoch, images, total, step, loss, rate and so on; at most one a second
  epoch     of training: what log.jsonl has of it
  views     of fine-tuning: done, total, failed, views_per_second
  note      text
  end       status (done, failed, usage, some-failed, interrupted; of planned tables permanent, 4,
            and passing, 75), exit, error; and, of a finished extraction, out, inputs, ok, failed
            (rows of the share), missing_shards; several nets: tables of these;
            of an update, updated: rows kept, relabelled, renamed, new, changed, retried, unproven, gone

The last line is always an end, also after an error, which is said nowhere else, and after a wrong
call, where it may be the only one. With --quiet there is no progress, plan, step, epoch, views
or note. New fields and events may come; readers pass over what they
do not know.`

// jsonTopic is the page of the help that tells all of --json.
func jsonTopic() *cobra.Command {
	return &cobra.Command{Use: "json", Short: "what --json writes", Long: jsonHelp}
}

// jsonSwitch is the flag --json.
type jsonSwitch struct{ c *console }

func (j jsonSwitch) String() string { return strconv.FormatBool(j.c != nil && j.c.json != nil) }
func (j jsonSwitch) Type() string   { return "bool" }

func (j jsonSwitch) Set(s string) error {
	on, err := strconv.ParseBool(s)
	switch {
	case err != nil:
		return usage.Unfit("", s, wanted["bool"])
	case !on:
		j.c.json = nil
	case j.c.json == nil:
		j.c.toJSON()
	}
	return nil
}

// jsonFlag gives all verbs --json.
func jsonFlag(root *cobra.Command, c *console) {
	f := root.PersistentFlags()
	f.Var(jsonSwitch{c}, "json", "results as JSON on standard output, events as JSON lines on standard error; see fc7 help json")
	f.Lookup("json").NoOptDefVal = "true"
}

// asksJSON tells whether a call that could not be read asks for JSON.
func asksJSON(args []string) bool {
	for _, a := range args {
		switch a {
		case "--json", "--json=true":
			return true
		case "--":
			return false
		}
	}
	return false
}

// jsonLines writes events for machines. They come from the stages of a conveyor at once: a line is written whole.
type jsonLines struct {
	mu   sync.Mutex // of w and last
	w    io.Writer
	last time.Time // of the progress
	verb string
	end  endLine
}

// endLine is the last event of a run.
type endLine struct {
	Status string `json:"status"`
	Exit   int    `json:"exit"`
	Error  string `json:"error,omitempty"`
	tableLine
	Tables []tableLine `json:"tables,omitempty"` // instead, of several nets
}

// tableLine is a finished table.
type tableLine struct {
	Out     string `json:"out,omitempty"`
	Inputs  *int   `json:"inputs,omitempty"`
	OK      *int   `json:"ok,omitempty"`
	Failed  *int   `json:"failed,omitempty"`
	Missing *int   `json:"missing_shards,omitempty"`

	Updated *table.Updated `json:"updated,omitempty"` // rows by what an update did
}

func tableLineOf(r *extraction.Result) tableLine {
	n := &r.Counts
	return tableLine{r.Out, &n.Inputs, &n.OK, &n.Failed, &r.Missing, r.Updated}
}

func (e *endLine) results(all []*extraction.Result) {
	for _, r := range all {
		e.Tables = append(e.Tables, tableLineOf(r))
	}
	if len(e.Tables) == 1 {
		e.tableLine, e.Tables = e.Tables[0], nil
	}
}

var statuses = map[int]string{
	exitDone: "done", exitFailed: "failed", exitUsage: "usage", exitSomeFailed: "some-failed", exitPermanent: "permanent",
	exitPassing: "passing", exitInterrupted: "interrupted",
}

func (l *jsonLines) finish(code int, err error) {
	l.end.Status, l.end.Exit = statuses[code], code
	switch {
	case code == exitInterrupted:
		l.end.Error = resumeHint(err)
	case err != nil:
		l.end.Error = inWords(err)
	}
	l.line("end", l.end)
}

// progressLine is conveyor.Progress in seconds.
type progressLine struct {
	Total     int     `json:"total"`
	Done      int     `json:"done"`
	Earlier   int     `json:"earlier"`
	Failed    int     `json:"failed"`
	Elapsed   float64 `json:"elapsed_s"`
	Waiting   float64 `json:"waiting_s"`
	Computing float64 `json:"computing_s"`
	Writing   float64 `json:"writing_s"`
	Rate      float64 `json:"images_per_s"`
	Left      float64 `json:"left_s"`
	Together  float64 `json:"together,omitempty"`
}

// startLine is the beginning of a verb's work, and, where it makes a table, of that.
type startLine struct {
	Verb string `json:"verb"`
	*conveyor.Start
}

func (l *jsonLines) events() conveyor.Events {
	return conveyor.Events{
		Start:    func(s conveyor.Start) { l.line("start", startLine{l.verb, &s}) },
		Progress: l.progress,
		Warning:  func(w conveyor.Warning) { l.line("failed", w) },
		Shard:    func(s conveyor.ShardDone) { l.line("shard", s) },
		Note:     l.note,
	}
}

func (l *jsonLines) note(s string) { l.line("note", map[string]string{"text": s}) }

func (l *jsonLines) progress(p conveyor.Progress) {
	if l.due() || p.Done == p.Total {
		l.line("progress", progressLine{
			p.Total, p.Done, p.Earlier, p.Failed, p.Times.Elapsed.Seconds(), p.Times.Waiting.Seconds(),
			p.Times.Computing.Seconds(), p.Times.Writing.Seconds(), p.Rate(), p.Left().Seconds(), p.Batches.Mean(),
		})
	}
}

// due tells whether a second has gone since it last said so.
func (l *jsonLines) due() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.last) >= time.Second {
		l.last = now
		return true
	}
	return false
}

// line writes the fields of v, a JSON object, behind the event's name and time.
func (l *jsonLines) line(event string, v any) {
	text, err := jsonText(v, "")
	if err != nil {
		return // no event has values that JSON cannot hold
	}
	fields := strings.TrimPrefix(string(text), "{")
	if fields != "}\n" {
		fields = "," + fields
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, `{"event":%q,"time":%q%s`, event, time.Now().UTC().Format(time.RFC3339Nano), fields)
}

// jsonText is a value as JSON, with a line feed: exact, and fit for a terminal.
func jsonText(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return escape.JSON(b.Bytes()), nil
}
