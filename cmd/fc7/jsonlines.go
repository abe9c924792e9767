package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// jsonHelp documents what --json writes.
const jsonHelp = `With --json, standard error has one JSON object a line instead, with "event" and "time" in each:
  start     out, data_set, part, net, identity, total, pending, shards
  progress  total, done, earlier, failed, elapsed_s, waiting_s, computing_s, writing_s,
            images_per_s, left_s; at most one a second
  failed    image, reason
  shard     out, file, rows: the file stands under its final name
  note      text
  end       status (done, failed, usage, some-failed, interrupted), exit, error; and, of a
            finished run, out, inputs, ok, failed, missing_shards; several nets: tables of these`

// jsonLines writes events for machines.
type jsonLines struct {
	w    io.Writer
	last time.Time // of the progress
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
}

func (e *endLine) results(all []*extraction.Result) {
	for _, r := range all {
		n := &r.Manifest.Counts
		e.Tables = append(e.Tables, tableLine{r.Out, &n.Inputs, &n.OK, &n.Failed, &r.Missing})
	}
	if len(e.Tables) == 1 {
		e.tableLine, e.Tables = e.Tables[0], nil
	}
}

var statuses = map[int]string{
	exitDone: "done", exitFailed: "failed", exitUsage: "usage", exitSomeFailed: "some-failed", exitInterrupted: "interrupted",
}

func (l *jsonLines) finish(code int, err error) {
	l.end.Status, l.end.Exit = statuses[code], code
	if err != nil {
		l.end.Error = err.Error()
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
}

func (l *jsonLines) events() conveyor.Events {
	return conveyor.Events{
		Start:    func(s conveyor.Start) { l.line("start", s) },
		Progress: l.progress,
		Warning:  func(w conveyor.Warning) { l.line("failed", w) },
		Shard:    func(s conveyor.ShardDone) { l.line("shard", s) },
		Note:     func(s string) { l.line("note", map[string]string{"text": s}) },
	}
}

func (l *jsonLines) progress(p conveyor.Progress) {
	if now := time.Now(); now.Sub(l.last) >= time.Second || p.Done == p.Total {
		l.last = now
		l.line("progress", progressLine{
			p.Total, p.Done, p.Earlier, p.Failed, p.Times.Elapsed.Seconds(), p.Times.Waiting.Seconds(),
			p.Times.Computing.Seconds(), p.Times.Writing.Seconds(), p.Rate(), p.Left().Seconds(),
		})
	}
}

// line writes the fields of v, a JSON object, behind the event's name and time.
func (l *jsonLines) line(event string, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return // no event has values that JSON cannot hold
	}
	fmt.Fprintf(l.w, `{"event":%q,"time":%q,%s`, event, time.Now().UTC().Format(time.RFC3339Nano), b.Bytes()[1:])
}
