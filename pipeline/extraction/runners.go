package extraction

import (
	"fc7/extract"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/vgg"
)

// Runners run a net on threads that are divided into teams as those of an extraction are: one a team, each for one call
// at a time. What is computed does not depend on the division.
type Runners struct{ teams netTeams }

// NewRunners starts the teams, for the maps of a layer of square pictures of that side; a note tells of several.
func NewRunners(m *vgg.Model, layer string, side int, c Cores, note func(string)) (*Runners, error) {
	o := extract.Options{Layers: []string{layer}, Scales: []int{side}, Views: extract.ViewsCentre, CropSize: side, Pool: extract.PoolMap}
	t, err := newTeams(c, []*backbone.Net{{Model: m}}, o, conveyor.Events{Note: note})
	return &Runners{t}, err
}

// All are the runners, until Close.
func (r *Runners) All() []*vgg.Runner { return r.teams.of(0) }

// Close ends the threads, which must be idle.
func (r *Runners) Close() { r.teams.close() }
