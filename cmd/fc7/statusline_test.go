package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/training/trainlog"
)

// TestBarFits: whatever the columns, the line has fewer, so that no terminal wraps it; at 40 it has the share, a bar,
// how many are done and how long it takes; wider ones have more.
func TestBarFits(t *testing.T) {
	parts := []string{"123456/5000000", "12h3m20s left", "12 failed", "10.5 images/s", "reading 10% computing 85% writing 5%"}
	last := 0
	for columns := range 300 {
		line := barLine(columns, 123456, 5000000, parts)
		if n := utf8.RuneCountInString(line); n >= max(2, columns) || n == 0 {
			t.Errorf("%d columns of %d: %q", n, columns, line)
		}
		if n := strings.Count(line, ","); n < last {
			t.Errorf("%d columns have fewer parts than one less: %q", columns, line)
		} else {
			last = n
		}
	}
	for columns, want := range map[int]string{
		40:  "  2% [>          ] 123/5011, 3m20s left",
		300: "  2% [>                       ] 123/5011, 3m20s left, 2.1 images/s",
		12:  "  2%",
	} {
		if got := barLine(columns, 123, 5011, []string{"123/5011", "3m20s left", "2.1 images/s"}); got != want {
			t.Errorf("%d: %q, expected %q", columns, got, want)
		}
	}
	for want, got := range map[string]string{
		"100% [========================]": barLine(80, 7, 5, nil),
		"  0% [>                       ]": barLine(80, -1, 5, nil),
		"5.0 MB, vgg16.pth":               barLine(80, 5, -1, []string{"5.0 MB", "vgg16.pth"}),
		"5.0":                             barLine(4, 5, 0, []string{"5.0 MB"}),
	} {
		if got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

// screen keeps what a terminal would show of what is written: lines, drawn over from their beginning after a carriage
// return.
func screen(text string) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		var row []rune
		at := 0
		for _, r := range line {
			switch {
			case r == '\r':
				at = 0
				continue
			case at < len(row):
				row[at] = r
			default:
				row = append(row, r)
			}
			at++
		}
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return lines
}

// TestStatusLine: on a terminal of 40 columns a run leaves nothing but its warnings and notes, in lines of their own.
func TestStatusLine(t *testing.T) {
	var out, err bytes.Buffer
	c := newConsole(&out, &err)
	c.terminal, c.line.columns = true, func() int { return 40 }
	ev := c.events()
	told := func(done int) {
		c.line.last = time.Time{} // it is drawn as often as it is told
		ev.Progress(conveyor.Progress{Total: 5011, Done: done, Failed: 3, Times: conveyor.Times{Elapsed: time.Hour, Computing: time.Hour}})
	}
	told(1000)
	told(5)
	if got := screen(err.String()); len(got) != 1 || !strings.HasPrefix(got[0], "  0% [") || !strings.Contains(got[0], "5/5011") || len(got[0]) > 39 {
		t.Errorf("%q", got)
	}
	c.warn(conveyor.Warning{Image: "a.jpg", Reason: "cut"})
	told(2000)
	c.note("well")
	c.download(strings.Repeat("vgg", 30), 50e6, 200e6)
	view := trainView{c: c}
	c.line.last = time.Time{}
	view.step(trainlog.Step{Stage: 1, Stages: 3, Epoch: 2, Epochs: 74, Images: 5, Total: 100, Loss: 4.5, Speed: 3})
	view.epoch(trainlog.Epoch{Stage: 1, Epoch: 1})
	c.clear()
	got := screen(err.String())
	if len(got) != 5 || got[0] != "warning: a.jpg: cut" || got[1] != "note: well" || !strings.HasPrefix(got[2], "stage  epoch") || got[4] != "" {
		t.Errorf("%q", got)
	}
	for line := range strings.SplitSeq(err.String(), "\r") {
		if line, _, _ = strings.Cut(line, "\n"); utf8.RuneCountInString(line) > 39 && !strings.HasPrefix(line, "stage") && !strings.Contains(line, "%    ") {
			t.Errorf("wraps: %q", line)
		}
	}
}

// TestAtOnce: what is told from several goroutines, while files come or a net is trained, stands in lines of its own;
// the race detector looks too.
func TestAtOnce(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out, err bytes.Buffer
		c := newConsole(&out, &err)
		c.terminal = terminal
		ev, view := c.downloads(), trainView{c: c}
		var all sync.WaitGroup
		for _, tell := range []func(i int){
			func(i int) { ev.Progress(fmt.Sprint(i), int64(i), 100) },
			func(i int) { view.step(trainlog.Step{Stage: 1, Stages: 1, Images: i, Total: 100}) },
			func(int) { c.note("well") },
		} {
			all.Go(func() {
				for i := range 100 {
					tell(i)
				}
			})
		}
		all.Wait()
		view.epoch(trainlog.Epoch{Stage: 1, Epoch: 1})
		c.clear()
		got := screen(err.String())
		if n := strings.Count(strings.Join(got, "\n")+"\n", "note: well\n"); n != 100 {
			t.Errorf("terminal %v: %d of 100 notes have a line: %q", terminal, n, got)
		}
	}
}

// TestPace: a log has a line in ten seconds at first, and 140 to 200 a day, however often progress is told.
func TestPace(t *testing.T) {
	var p pace
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var told []time.Duration
	for d := time.Duration(0); d < 2*24*time.Hour; d += time.Second {
		if p.due(begin.Add(d)) {
			told = append(told, d)
		}
	}
	second := 0
	for _, d := range told {
		if d >= 24*time.Hour {
			second++
		}
	}
	if got := fmt.Sprint(told[:3]); got != "[10s 20s 30s]" || len(told)-second > 260 || second < 140 || second > 145 {
		t.Errorf("%s; %d lines of the first day, %d of the second", got, len(told)-second, second)
	}
}

// TestQuiet: no verb tells progress or notes then, in words or in JSON; warnings, results and errors stay.
func TestQuiet(t *testing.T) {
	for _, json := range []bool{false, true} {
		var out, err bytes.Buffer
		c := newConsole(&out, &err)
		if json {
			c.toJSON()
		}
		c.quiet = true
		ev, train := c.events(), (&trainView{c: c}).events()
		c.pace.began = time.Now().Add(-time.Hour)
		ev.TellProgress(conveyor.Progress{Total: 2, Done: 2})
		ev.TellNote("note")
		c.note("note")
		train.Note("note")
		if train.Step != nil || train.Epoch != nil || train.Views != nil || c.downloads().Progress != nil || err.Len() > 0 {
			t.Errorf("json %v: %q", json, err.String())
		}
		ev.TellWarning("a.jpg", "cut")
		if !strings.Contains(err.String(), "a.jpg") {
			t.Errorf("json %v: no warning: %q", json, err.String())
		}
	}
	code, out, err := fc7(t, "--quiet", "weights", "inspect", "--net", "vgg11/32")
	if code != exitDone || !strings.Contains(out, "vgg11/32") || err != "" {
		t.Errorf("%d %s%s", code, out, err)
	}
}
