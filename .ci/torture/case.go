package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"regexp"
	"strings"
	"time"
)

// part is a way in which things go wrong.
type part string

const (
	power  part = "power"  // the power is cut
	kills  part = "kills"  // the process is killed
	failed part = "faults" // a call fails

	rows    part = "rows"    // many rows
	readers part = "readers" // many readers
)

// trial is one time that something goes wrong with a job.
type trial struct {
	part part
	plan plan
	seed uint64
	at   time.Duration // kills: after so long, where the plan is nothing
}

func (t trial) String() string {
	if t.part == kills && t.plan.what == nothing {
		return fmt.Sprintf("%s, after %s, seed %d", t.part, t.at.Round(time.Millisecond), t.seed)
	}
	return fmt.Sprintf("%s, %v, seed %d", t.part, t.plan, t.seed)
}

// try lets it go wrong once, and tells what then is not as promised.
func (r *prepared) try(ctx context.Context, p *place, t trial) error {
	random := chance(t.seed)
	d := p.on(r.base)
	d.Lock()
	d.plan = t.plan
	var left *node
	d.stopped = func(d *disk) {
		if t.part == power {
			left = d.survivors(random, drawFate(random))
		} else {
			left = d.asItIs()
		}
	}
	d.Unlock()
	e, err := p.run(ctx, d, r.args, 1+int(t.seed%2), t.timer(ctx))
	if err != nil {
		return err
	}
	d.Lock()
	d.plan = plan{}
	switch {
	case t.plan.what == end:
		left = d.survivors(random, fate{0, dataLost})
	case left == nil:
		left = d.asItIs()
	}
	hit, stopped := d.hit, d.dead
	d.Unlock()
	now := treeOf(left)
	if err := r.ended(t, e, hit, stopped, now); err != nil {
		return err
	}
	if err := r.within(now); err != nil && !(t.part == failed && r.admits(now)) {
		return fmt.Errorf("%w%s", err, about(hit))
	}
	if err := r.readOnce(ctx, p, left, random); err != nil {
		return fmt.Errorf("%w%s", err, about(hit))
	}
	return r.again(ctx, p, left, hit)
}

func about(hit string) string {
	if hit == "" {
		return ""
	}
	return " (" + hit + ")"
}

// timer closes a channel when it is time to kill.
func (t trial) timer(ctx context.Context) <-chan struct{} {
	kill := make(chan struct{})
	if t.part == kills && t.plan.what == nothing {
		time.AfterFunc(t.at, func() { close(kill) })
	}
	return kill
}

// ended judges how the disturbed command ended.
func (r *prepared) ended(t trial, e ending, hit string, stopped bool, now tree) error {
	switch {
	case stopped, e.status == -1 && t.part == kills:
		return nil
	case e.status == r.ends: // nothing happened, or what happened did not matter: all is there
		if t.part == failed && r.admits(now) {
			return nil
		}
		switch {
		case t.plan.what == end:
			now = r.shown(now)
		case t.part == failed:
			now = now.unlocked()
		}
		if err := r.done(now); err != nil {
			return fmt.Errorf("exit status %d, but %w%s", e.status, err, about(hit))
		}
		return nil
	case t.part != failed || e.status != 1:
		return fmt.Errorf("exit status %d%s:\n%s", e.status, about(hit), beginning(e.said))
	case !names(e.said, hit):
		return fmt.Errorf("the message does not name %s: %s", hit, beginning(e.said))
	}
	return nil
}

// admits tells whether results say of themselves that something could not be read for them.
func (r *prepared) admits(now tree) bool {
	if r.notes == "" {
		return false
	}
	for p, end := range r.after {
		if !same(p, now[p], end) && !strings.Contains(now[p], r.notes) {
			return false
		}
	}
	return true
}

// temporary is the name of what is in the making.
var temporary = regexp.MustCompile(`^\.(.+)\.[a-z0-9]+(\.old)?\.tmp$|^\.(.+)\.lock$`)

// names tells that a message names a file, or that which it would become.
func names(said, file string) bool {
	if file == "" { // the root of the disk, which has none
		return true
	}
	if m := temporary.FindStringSubmatch(file); m != nil {
		file = m[1] + m[3]
	}
	return strings.Contains(said, path.Base(file)) || strings.Contains(said, "the disk of /") // the folder, of a full disk
}

// readOnce reads what was left, each on a copy: they say that something is wrong, or are right.
func (r *prepared) readOnce(ctx context.Context, p *place, left *node, random *rand.Rand) error {
	if len(r.reads) == 0 {
		return nil
	}
	c := r.reads[random.IntN(len(r.reads))]
	e, err := p.run(ctx, p.on(left), c, 2, nil)
	if err == nil && e.status != 0 && e.status != 1 && e.status != 2 && e.status != 3 {
		err = fmt.Errorf("fc7 %s: exit status %d:\n%s", strings.Join(c, " "), e.status, beginning(e.said))
	}
	if err == nil && e.status == 0 && c[0] == "verify" {
		if err := r.sound(c[1], treeOf(left)); err != nil {
			return fmt.Errorf("fc7 %s finds nothing: %w", strings.Join(c, " "), err)
		}
	}
	return err
}

// sound tells what is wrong with a table that was verified: it must be all of before or of after.
func (r *prepared) sound(table string, now tree) error {
	only := func(t tree) tree {
		part := tree{}
		for p, c := range t {
			if p == table || strings.HasPrefix(p, table+"/features/") {
				part[p] = c
			}
		}
		return part
	}
	b, a := differ(only(r.before), only(now)), differ(only(r.after), only(now))
	if a != "" && b != "" {
		return errors.New(a)
	}
	return nil
}

// again runs the same command on what was left, undisturbed: it must leave what it would have left.
func (r *prepared) again(ctx context.Context, p *place, left *node, hit string) error {
	d := p.on(left)
	e, err := p.run(ctx, d, r.args, 2, nil)
	if err != nil {
		return err
	}
	d.Lock()
	defer d.Unlock()
	if e.status != r.ends {
		return fmt.Errorf("run again%s: exit status %d:\n%s", about(hit), e.status, beginning(e.said))
	}
	if err := r.done(treeOf(d.root)); err != nil {
		return fmt.Errorf("run again%s: %w", about(hit), err)
	}
	return nil
}
