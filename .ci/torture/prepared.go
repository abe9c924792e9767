package main

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// prepared is a job, what stands before it, and what an undisturbed run of it leaves.
type prepared struct {
	*job
	base   *node
	before tree
	after  tree
	calls  [kinds]int
	writes int // calls that change the disk
	took   float64
}

// drawWorld makes the tree that all jobs find.
func drawWorld(ctx context.Context, p *place) (*node, error) {
	d := p.on(newFolder())
	for _, c := range world {
		if _, err := p.quiet(ctx, d, c, 0); err != nil {
			return nil, err
		}
	}
	root := d.asItIs()
	lay(root, laid)
	return aged(root), nil
}

// lay puts files into the root of a tree.
func lay(root *node, files map[string]string) {
	for name, text := range files {
		root.entries[name] = &node{mode: syscall.S_IFREG | 0o644, mtime: epoch, name: name, data: []byte(text), shared: true}
	}
}

// aged lets all of a tree be of long ago.
func aged(n *node) *node {
	n.mtime = epoch
	for _, e := range n.entries {
		aged(e)
	}
	return n
}

// prepare runs a job undisturbed.
func (j *job) prepare(ctx context.Context, p *place, world *node) (*prepared, error) {
	d := p.on(world)
	for _, c := range j.setup {
		if _, err := p.quiet(ctx, d, c, 0, 3); err != nil {
			return nil, err
		}
	}
	r := &prepared{job: j, base: d.asItIs()}
	lay(r.base, j.lay)
	d = p.on(r.base)
	r.before = treeOf(d.root)
	e, err := p.quiet(ctx, d, j.args, j.ends)
	if err != nil {
		return nil, err
	}
	d.Lock()
	defer d.Unlock()
	r.after, r.calls, r.writes, r.took = treeOf(d.root), d.calls, d.changes, e.took.Seconds()
	return r, nil
}

// unlike are the pieces of text that differ between equal runs: times, durations and what was computed anew, the digest
// that a file or a line has of such text, the size and time of an image's file, which are not recorded where the disk
// did not give them, and where the disk is.
var unlike = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)|/[^ "]*/fc7-torture-\d+/\w+|"(fc7\.sha256|chain)": ?"\w+"|"(\w+_s|seconds|images_per_second|waiting|computed|together)": ?[-+.\de]+|\b\d+(\.\d+)?(µs|ms|s|m\d*s?|h)\b|(?m:^sha256\t\w+$)|\t\d+\t\d+\t|\b\d+ images in\b|\b\d+ cores?\b|\b\d+(\.\d+)? (images|rows)/s\b`)

// same tells that two contents are equal but for what differs between equal runs.
func same(name, a, b string) bool {
	if a == b {
		return true
	}
	return isText(name) && unlike.ReplaceAllString(a, "*") == unlike.ReplaceAllString(b, "*")
}

// isText tells that a file may hold times, or where the disk is.
func isText(name string) bool {
	return slices.Contains([]string{".json", ".jsonl", ".html"}, path.Ext(name)) || path.Base(name) == "boxes.csv" || path.Ext(name) == ".tsv" && strings.Contains(name, "digests/")
}

// matches tells that a path, or a folder above it, fits one of the patterns.
func matches(patterns []string, p string) bool {
	for ; p != "." && p != "/"; p = path.Dir(p) {
		for _, pattern := range patterns {
			if ok, _ := path.Match(pattern, p); ok {
				return true
			}
			if ok, _ := path.Match(pattern, path.Base(p)); ok {
				return true
			}
		}
	}
	return false
}

// hidden tells that a path has a part that begins with a dot: what is in the making.
func hidden(p string) bool { return strings.HasPrefix(p, ".") || strings.Contains(p, "/.") }

// shown leaves out what is hidden, and what is to go: a removal need not be synced.
func (r *prepared) shown(t tree) tree {
	all := tree{}
	for p, c := range t {
		_, was := r.before[p]
		if _, will := r.after[p]; !hidden(p) && (will || !was) {
			all[p] = c
		}
	}
	return all
}

// unlocked leaves out the files of locks that could not be removed, which serve again; those that stay by design are
// nowhere else.
func (t tree) unlocked() tree {
	all := tree{}
	for p, c := range t {
		if path.Base(p) == ".lock" || path.Ext(p) != ".lock" {
			all[p] = c
		}
	}
	return all
}

// within tells what is wrong in the middle: a file with its final name that is neither of before nor of after, or one
// of before that is gone.
func (r *prepared) within(now tree) error {
	for _, p := range sorted(now) {
		old, was := r.before[p]
		end, will := r.after[p]
		switch {
		case hidden(p), matches(r.grows, p), strings.HasSuffix(p, "/"):
		case !was && !will:
			return fmt.Errorf("%s is there, which no run leaves", p)
		case was && now[p] == old, will && same(p, now[p], end):
		default:
			return fmt.Errorf("%s is neither as it was nor as it should become: %d bytes, was %d, should be %d", p, len(now[p]), len(old), len(end))
		}
	}
	for _, p := range sorted(r.before) {
		_, is := now[p]
		_, will := r.after[p]
		if !is && will && !hidden(p) && !matches(r.grows, p) {
			return fmt.Errorf("%s is gone", p)
		}
	}
	for _, w := range r.whole {
		if err := r.wholeFolder(w, now); err != nil {
			return err
		}
	}
	return nil
}

// wholeFolder tells what is missing of a folder that is to be there as before or as after, and not in part.
func (r *prepared) wholeFolder(folder string, now tree) error {
	if _, there := now[folder+"/"]; !there {
		if _, was := r.before[folder+"/"]; was {
			return fmt.Errorf("%s is gone", folder)
		}
		return nil
	}
	as := func(t tree) string {
		if _, ok := t[folder+"/"]; !ok {
			return "it is not there"
		}
		return differ(below(t, folder), below(now, folder))
	}
	if a, b := as(r.before), as(r.after); a != "" && b != "" {
		return fmt.Errorf("%s is neither the old one (%s) nor the new one (%s)", folder, a, b)
	}
	return nil
}

// where shows the first place in which two texts differ.
func where(name, a, b string) string {
	if !isText(name) {
		return ""
	}
	x, y := strings.Split(unlike.ReplaceAllString(a, "*"), "\n"), strings.Split(unlike.ReplaceAllString(b, "*"), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf(" (%.100q, not %.100q)", y[i], x[i])
		}
	}
	return fmt.Sprintf(" (%d lines, not %d)", len(y), len(x))
}

func below(t tree, folder string) tree {
	part := tree{}
	for p, c := range t {
		if strings.HasPrefix(p, folder+"/") {
			part[p] = c
		}
	}
	return part
}

// done tells how a tree differs from what an undisturbed run leaves.
func (r *prepared) done(now tree) error {
	if d := differ(r.after, now); d != "" && differ(r.shown(r.after), now) != "" {
		return fmt.Errorf("not what an undisturbed run leaves: %s", d)
	}
	return nil
}

// differ names the first differences of two trees, or none.
func differ(want, got tree) string {
	var all []string
	for _, p := range sorted(want) {
		if c, ok := got[p]; !ok {
			all = append(all, p+" is missing")
		} else if !same(p, want[p], c) && !varies(p) {
			all = append(all, p+" differs"+where(p, want[p], c))
		}
	}
	for _, p := range sorted(got) {
		if _, ok := want[p]; !ok {
			all = append(all, p+" is left")
		}
	}
	if len(all) > 6 {
		all = append(all[:6], fmt.Sprintf("and %d more", len(all)-6))
	}
	return strings.Join(all, ", ")
}

// varies names files that tell of the times that a job was at work: the sittings of a training, the stretches of its
// cache, and where a file came from, which is not known any more where it is there already.
func varies(p string) bool {
	return path.Base(p) == "sittings.json" || path.Base(p) == "rows.log" || p == "cache/weights/mine.json"
}
