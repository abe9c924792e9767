package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"fc7/internal/escape"
)

// statusLine is one line of a terminal that is drawn over and over. It never has as many columns as the terminal, so it
// does not wrap; it is decoration: what cannot be drawn is left out.
type statusLine struct {
	columns func() int // of the terminal, now
	drawn   int        // columns that it has on the screen
	last    time.Time  // when it was drawn
}

// redrawEvery is how often the line is drawn at most.
const redrawEvery = 100 * time.Millisecond

// draw shows how much is done of all, and parts, the most important first: those for which there is no room are left
// out. all may be 0 or less: not known.
func (s *statusLine) draw(w io.Writer, done, all int64, parts ...string) {
	if now := time.Now(); now.Sub(s.last) >= redrawEvery {
		s.last = now
		s.put(w, barLine(s.columns(), done, all, parts))
	}
}

func (s *statusLine) put(w io.Writer, text string) {
	n := utf8.RuneCountInString(text)
	_, _ = io.WriteString(w, "\r"+text+strings.Repeat(" ", max(0, s.drawn-n)))
	s.drawn = n
}

// clear takes the line away.
func (s *statusLine) clear(w io.Writer) {
	if s.drawn > 0 {
		s.put(w, "")
		_, _ = io.WriteString(w, "\r")
	}
	s.drawn, s.last = 0, time.Time{}
}

// Columns of the bar itself.
const (
	leastBar = 8
	mostBar  = 24
)

// barLine is a line of fewer columns than there are: the share in percent, a bar, and as many of the parts as fit.
func barLine(columns int, done, all int64, parts []string) string {
	room := max(1, columns-1)
	begin, frame := "", 0
	if all > 0 {
		begin, frame = fmt.Sprintf("%3d%% ", 100*min(max(0, done), all)/all), len("[] ")
	}
	least := 0
	if frame > 0 {
		least = leastBar + frame
	}
	text := ""
	for _, p := range parts {
		if text != "" {
			p = ", " + p
		}
		if utf8.RuneCountInString(begin+text+p)+least > room {
			break
		}
		text += p
	}
	if frame > 0 {
		if left := room - utf8.RuneCountInString(begin+text) - frame; left >= leastBar {
			begin += bar(min(left, mostBar), done, all) + " "
		}
	} else if text == "" && len(parts) > 0 {
		text = parts[0]
	}
	line := []rune(strings.TrimRight(begin+text, " "))
	return string(line[:min(len(line), room)])
}

// bar is n columns that are filled to the share.
func bar(n int, done, all int64) string {
	full := int(float64(n) * float64(min(max(0, done), all)) / float64(all))
	text := strings.Repeat("=", full)
	if full < n {
		text += ">" + strings.Repeat(" ", n-full-1)
	}
	return "[" + text + "]"
}

// usualColumns are those of a terminal that does not tell them.
const usualColumns = 80

// columnsOf tells the columns of what is written to, whenever it is asked: a window changes.
func columnsOf(w io.Writer) func() int {
	f, ok := w.(*os.File)
	return func() int {
		if ok {
			if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
				return n
			}
		}
		return usualColumns
	}
}

// draws tells whether a line can be drawn over: on a terminal, unless it says that it is a plain one.
func draws(w io.Writer) bool { return isTerminal(w) && os.Getenv("TERM") != "dumb" }

// pace says when progress is told where nothing can be drawn over, such as a log: at most one line in ten seconds, the
// longer it goes on the fewer, and one in ten minutes at least: some 140 in a day.
type pace struct{ began, last time.Time }

const (
	lineEvery = 10 * time.Second
	mostPause = 10 * time.Minute
	slower    = 20 // a line for a twentieth of the time that has gone
)

// due tells whether a line is due, and takes it as told. The first call only begins.
func (p *pace) due(now time.Time) bool {
	if p.began.IsZero() {
		p.began, p.last = now, now
		return false
	}
	if now.Sub(p.last) < min(max(lineEvery, now.Sub(p.began)/slower), mostPause) {
		return false
	}
	p.last = now
	return true
}

// shortName is the name of a file for a line of a terminal.
func shortName(name string) string {
	const most = 24
	r := []rune(escape.Line(name))
	if len(r) > most {
		r = append(r[:most-1], '…')
	}
	return string(r)
}
