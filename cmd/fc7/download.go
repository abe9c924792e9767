package main

import (
	"fmt"
	"time"

	"fc7/internal/fetch"
	"fc7/pipeline/download"
)

// downloads shows files as they come: a line a file on a terminal, else a line now and then.
func (c *console) downloads() download.Events {
	ev := download.Events{Note: c.note}
	var file string
	switch {
	case c.quiet:
	case c.json != nil:
		ev.Progress = c.json.download
	default:
		ev.Progress = func(now string, have, all int64) {
			if now != file {
				file = now
				c.another(c.unit)
			}
			c.download(file, have, all)
		}
	}
	return ev
}

func (c *console) download(file string, have, all int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.terminal:
		c.line.draw(c.screen, have, all, ofBytes(have, all), shortName(file))
	case c.pace.due(time.Now()):
		c.downloadLine(file, have, all)
	}
}

// ofBytes is how much there is of how much; of a size that is not known, 0 or less, that is left out.
func ofBytes(have, all int64) string {
	if all <= 0 {
		return fetch.Bytes(have)
	}
	return fetch.Bytes(have) + " of " + fetch.Bytes(all)
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
	share := ""
	if all > 0 {
		share = fmt.Sprintf(" (%d%%)", 100*have/all)
	}
	fmt.Fprintf(c.err, "%s: %s%s\n", file, ofBytes(have, all), share)
}
