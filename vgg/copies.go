package vgg

import (
	"maps"

	"fc7/internal/f32"
)

// NewRunnerOn is NewRunner with threads that stay on some processors, where the system can keep them there: of a
// machine whose parts have memory of their own, those of one part, near whose maps they then are.
func NewRunnerOn(m *Model, threads int, cpus []int) *Runner {
	return newRunner(m, f32.NewWorkspace(f32.NewTeamOn(threads, cpus)), &buffers{})
}

// Copy is a model with weights of its own, as near to the runner's threads as its maps are. They are not the garbage
// collector's: free gives their memory back, when nothing runs the copy any longer.
func (r *Runner) Copy(m *Model) (_ *Model, free func()) {
	c := f32.NewCopies(r.ws.Team)
	n := *m
	n.convs, n.full = maps.Clone(m.convs), maps.Clone(m.full)
	for name, l := range n.convs {
		switch {
		case l.wino != nil:
			n.convs[name] = conv{wino: c.Winograd(l.wino)}
		case l.one != nil:
			n.convs[name] = conv{one: c.Matrix(l.one)}
		default:
			n.convs[name] = conv{cols: c.Im2col(l.cols)}
		}
	}
	for name, l := range n.full {
		n.full[name] = c.Matrix(l)
	}
	return &n, c.Close
}
