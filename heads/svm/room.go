package svm

import (
	"fmt"
	"time"

	"fc7/internal/f32"
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

// batchRoom is how many classes of batch.go half of the memory holds, and whether M has a place beside them.
func batchRoom(classes, d int, memory int64) (at int, plain bool) {
	const value = 5*8 + 2*4*batchPairs + 4*8 + 4*4 // bytes of a weight: vectors, pairs, copies of a step, of a pass
	width := int64(f32.Pad(d + 1))
	left := memory / 2
	if m := 8 * width * width; width > widest || m > left/2 {
		plain = true
	} else {
		left -= m
	}
	fit := max(1, left/(value*width))
	times := (int64(classes) + fit - 1) / fit
	return int((int64(classes) + times - 1) / times), plain
}

// progress is what is told of a job that passes over a table.
type progress struct {
	tell func(string) // nil: nothing
	size string
}

func (p *progress) say(format string, args ...any) {
	if p != nil && p.tell != nil {
		p.tell(fmt.Sprintf(format, args...))
	}
}

// method says how the rows are read, and why.
func (p *progress) method(format string, args ...any) {
	p.say("%s: %s", p.size, fmt.Sprintf(format, args...))
}

// sizeOf says what does not fit.
func sizeOf(p Problem, rows []int, memory int64) string {
	return fmt.Sprintf("%d rows of %d values are %s and %s of memory may be used, so rows pass by from their files",
		len(rows), p.X.D, about(int64(len(rows))*int64(p.X.rowBytes())), about(memory))
}

// cut says how the rows are cut.
func (r *room) cut(classes, blocks int) string {
	line := fmt.Sprintf("descent in %s of up to %s, of which %d stay in memory", few.Count(blocks, "block"), few.Count(r.block, "row"), min(r.held, blocks))
	if r.classes < classes {
		line += fmt.Sprintf("; %d of %d classes at a time", r.classes, classes)
	}
	return line
}

// about writes a number of bytes.
func about(bytes int64) string {
	if bytes >= 1e9 {
		return fmt.Sprintf("%.3g GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.3g MB", float64(bytes)/1e6)
}

// seconds writes a time as people plan with it.
func seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s >= 7200:
		return fmt.Sprintf("%.1f h", s/3600)
	case s >= 120:
		return fmt.Sprintf("%.0f min", s/60)
	default:
		return fmt.Sprintf("%.2g s", s)
	}
}
