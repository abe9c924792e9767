package svm

import (
	"fmt"
	"time"

	"fc7/internal/few"
)

// room is how a problem that is larger than memory is cut to fit.
type room struct {
	block   int // rows of a block
	held    int // blocks that stay in memory
	classes int // that are trained at a time
}

const (
	cellBytes    = 16  // of cell
	vectorBytes  = 100 // of a value of a class's weights, with what Newton's method makes of them
	leastOfBlock = 64  // rows
)

// plan tells how the rows pass through so much memory; nil: they fit into it, or it is not known (0).
func plan(p Problem, rows []int, threads int, memory int64) *room {
	n, d, k := int64(len(rows)), int64(p.X.D), int64(len(p.Y))
	class := n*cellBytes + d*vectorBytes
	table := n * int64(p.X.rowBytes())
	running := int64(min(threads, len(p.Y)) * groupSize(len(p.Y), p.X.D, threads))
	if !p.X.Mapped {
		table = 0 // it has its place
	}
	if memory <= 0 || table+running*class <= memory {
		return nil
	}
	times := (2*k*class + memory - 1) / memory // half of the memory for what is known of the classes
	r := &room{classes: int((k + times - 1) / max(1, times))}
	r.classes = max(1, r.classes)
	left := max(0, memory-int64(r.classes)*class)
	// A third for two blocks, a half for those that stay, and the rest for pages of files that the system keeps.
	r.block = int(min(n, max(leastOfBlock, left/6/(4*d))))
	r.held = int(left / 2 / (int64(r.block) * int64(p.X.rowBytes())))
	return r
}

// progress is what is told of a job that passes over a table.
type progress struct {
	tell func(string) // nil: nothing
	last time.Time
}

func (p *progress) say(format string, args ...any) {
	if p != nil && p.tell != nil {
		p.tell(fmt.Sprintf(format, args...))
	}
}

func (p *progress) pass() {
	p.say("pass: %.2f s", time.Since(p.last).Seconds())
	p.last = time.Now()
}

// about writes a number of bytes.
func about(bytes int64) string {
	if bytes >= 10<<30 {
		return fmt.Sprintf("%.0f GB", float64(bytes)/1e9)
	}
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
}

// says is one line about how the rows are read.
func (r *room) says(p Problem, rows []int, blocks int, memory int64) string {
	line := fmt.Sprintf("rows pass by from the disk: %s of %d values are %s, %s may be used; blocks of %s, %d of %d stay in memory",
		few.Count(len(rows), "row"), p.X.D, about(int64(len(rows))*int64(p.X.rowBytes())), about(memory), few.Count(r.block, "row"), min(r.held, blocks), blocks)
	if r.classes < len(p.Y) {
		line += fmt.Sprintf("; %d of %d classes at a time", r.classes, len(p.Y))
	}
	return line
}
