package neighbours

import (
	"sync"

	"fc7/internal/f32"
	"fc7/internal/fault"
)

// crew is a team whose pieces may read mapped files.
type crew struct {
	team *f32.Team
	mu   sync.Mutex
	err  error // the first
}

func newCrew(threads int) *crew { return &crew{team: f32.NewTeam(threads)} }

func (c *crew) close() { c.team.Close() }

// each does pieces 0 to n-1 and returns the first error of any.
func (c *crew) each(n int, do func(piece int) error) error {
	c.team.Run(n, piecework(func(i int) {
		if err := fault.Guard(func() error { return do(i) }); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.err == nil {
				c.err = err
			}
		}
	}))
	return c.err
}

type piecework func(i int)

// Do does piece i.
func (p piecework) Do(_, i int) { p(i) }
