package extraction

import (
	"context"

	"fc7/datasets"
	"fc7/extract"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
)

// Describers describe images by one net, on threads that are divided into teams as those of an extraction are. What is
// computed depends on neither.
type Describers struct {
	teams netTeams
	all   []*extract.Describer // one a team
}

// Cores are the threads of a net, and how they are divided.
type Cores struct {
	Threads int // 0: GOMAXPROCS
	Teams   int // 0: what is best here
	Images  int // that there are to do: fewer than threads are for one team; 0: not known
	Parts   int // nets that work in turn, each with memory of its own: this is one of so many; 0: one
}

// NewDescribers starts the teams, of which a note tells. Close ends them.
func NewDescribers(net *backbone.Net, o extract.Options, c Cores, ev conveyor.Events) (*Describers, error) {
	teams, err := newTeams(c, []*backbone.Net{net}, o, ev)
	if err != nil {
		return nil, err
	}
	d := &Describers{teams: teams}
	for _, r := range teams.of(0) {
		one, err := extract.NewDescriber(r, o.For(net.Config.Side()))
		if err != nil {
			d.Close()
			return nil, err
		}
		d.all = append(d.all, one)
	}
	return d, nil
}

// Close ends the threads.
func (d *Describers) Close() { d.teams.close() }

// First is the first team's describer, for who describes images one after the other.
func (d *Describers) First() *extract.Describer { return d.all[0] }

// Conveyor makes a conveyor for items of a set; see [conveyor.New].
func (d *Describers) Conveyor(set *datasets.Set, o conveyor.Options, ev conveyor.Events) *conveyor.Conveyor {
	return conveyor.New(set, d.all[0], o, ev)
}

// Run moves the pending items along the conveyor to the consumer; see [conveyor.Conveyor.RunLanes].
func (d *Describers) Run(ctx context.Context, c *conveyor.Conveyor, pending []int, to conveyor.Consumer) error {
	return c.RunLanes(ctx, []*conveyor.Lane{{Describer: d.all[0], Beside: d.all[1:], Pending: pending, To: to}})
}
