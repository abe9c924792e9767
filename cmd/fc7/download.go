package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"fc7/internal/escape"
	"fc7/internal/fetch"
	"fc7/pipeline/download"
)

// downloads shows files as they come: a bar a file on a terminal, else a line now and then.
func (c *console) downloads() download.Events {
	if c.json != nil {
		return download.Events{Note: c.note, Progress: c.json.download}
	}
	var file string
	return download.Events{Note: c.note, Progress: func(now string, have, all int64) {
		if all <= 0 {
			all = -1 // of a size that is not known
		}
		if now != file {
			file = now
			c.clear()
			c.bar, c.lastLine = nil, time.Now()
		}
		if !c.terminal {
			c.downloadLine(file, have, all)
			return
		}
		if c.bar == nil {
			c.bar = progressbar.NewOptions64(all,
				progressbar.OptionSetWriter(c.screen), progressbar.OptionSetWidth(24), progressbar.OptionSetDescription(escape.Line(file)),
				progressbar.OptionShowBytes(true), progressbar.OptionShowTotalBytes(true), progressbar.OptionClearOnFinish(),
				progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = c.bar.Set64(have) // the bar is decoration: what cannot be drawn is left out
	}}
}

// downloadLine is where a download stands; of is left out where nobody knows.
type downloadLine struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
	Of    int64  `json:"of,omitempty"`
}

func (l *jsonLines) download(file string, have, all int64) {
	if l.due() || all > 0 && have >= all {
		l.line("progress", downloadLine{file, have, max(0, all)})
	}
}

func (c *console) downloadLine(file string, have, all int64) {
	if time.Since(c.lastLine) < lineEvery {
		return
	}
	c.lastLine = time.Now()
	of := ""
	if all > 0 {
		of = fmt.Sprintf(" of %s (%d%%)", fetch.Bytes(all), 100*have/all)
	}
	fmt.Fprintf(c.err, "%s: %s%s\n", file, fetch.Bytes(have), of)
}
