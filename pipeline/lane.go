package pipeline

import (
	"slices"
	"time"

	"fc7/extract"
)

// lane is one net's way through the conveyor: the items that it has to describe, and where
// its rows go.
type lane struct {
	d       *extract.Describer
	pending []int // items, ascending
	to      consumer

	rows      chan numbered
	next      int           // place in pending
	computing time.Duration // of this net alone
}

// takes tells whether the lane has to describe the item; items come in ascending order.
func (l *lane) takes(item int) bool {
	for l.next < len(l.pending) && l.pending[l.next] < item {
		l.next++
	}
	return l.next < len(l.pending) && l.pending[l.next] == item
}

// union lists the items that any lane has to describe, ascending.
func union(lanes []*lane) []int {
	if len(lanes) == 1 {
		return lanes[0].pending
	}
	var all []int
	for _, l := range lanes {
		all = append(all, l.pending...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
