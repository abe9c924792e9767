package conveyor

import (
	"slices"
	"time"

	"fc7/extract"
)

// Lane is one net's way through the conveyor: the items that it has to describe, and where its rows go.
type Lane struct {
	Describer *extract.Describer
	Beside    []*extract.Describer // the same of further teams, as many in each lane
	Pending   []int                // items, ascending
	To        Consumer
	Computing time.Duration // of this net alone; set by RunLanes

	rows chan Numbered
	next int // place in Pending
}

// describer is that of a team.
func (l *Lane) describer(team int) *extract.Describer {
	if team == 0 {
		return l.Describer
	}
	return l.Beside[team-1]
}

// takes tells whether the lane has to describe the item; items come in ascending order.
func (l *Lane) takes(item int) bool {
	for l.next < len(l.Pending) && l.Pending[l.next] < item {
		l.next++
	}
	return l.next < len(l.Pending) && l.Pending[l.next] == item
}

// union lists the items that any lane has to describe, ascending.
func union(lanes []*Lane) []int {
	if len(lanes) == 1 {
		return lanes[0].Pending
	}
	var all []int
	for _, l := range lanes {
		all = append(all, l.Pending...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
