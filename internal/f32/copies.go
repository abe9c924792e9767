package f32

// Copies are weights once more, in memory that the threads of a team touch first: on a machine whose parts have memory
// of their own it is that of the part that the team stays on.
type Copies struct {
	team  *Team
	frees []func()
}

// NewCopies returns no copies yet; those that are made need the team no longer than it takes.
func NewCopies(t *Team) *Copies { return &Copies{team: t} }

// Close gives the memory back, which nothing may read any longer.
func (c *Copies) Close() {
	for _, free := range c.frees {
		free()
	}
	c.frees = nil
}

// Matrix copies weights.
func (c *Copies) Matrix(m *Matrix) *Matrix {
	n := *m
	n.b = c.floats(m.b)
	return &n
}

// Winograd copies filters.
func (c *Copies) Winograd(l *Winograd) *Winograd {
	n := *l
	n.u = c.floats(l.u)
	return &n
}

// Im2col copies filters.
func (c *Copies) Im2col(l *Im2col) *Im2col {
	n := *l
	n.b = c.floats(l.b)
	return &n
}

// copyPiece is how many floats a worker copies at a time: a large page.
const copyPiece = 2 << 20 / 4

func (c *Copies) floats(from []float32) []float32 {
	to, free := untouched(len(from))
	c.frees = append(c.frees, free)
	c.team.Lead(func() { c.team.Run((len(from)+copyPiece-1)/copyPiece, copyJob{to, from}) })
	return to
}

type copyJob struct{ to, from []float32 }

// Do copies piece i.
func (j copyJob) Do(_, i int) {
	at := i * copyPiece
	copy(j.to[at:min(at+copyPiece, len(j.to))], j.from[at:])
}
