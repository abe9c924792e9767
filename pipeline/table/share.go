package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"fc7/internal/fetch"
	"fc7/internal/store"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// share is the part of a planned table that a Run makes. Of each file that is done there is a note (planned.Done); the
// first rows of one that is not may be kept in segments.
type share struct {
	*keeping
	plan   *planned.Plan
	notes  map[int]outputs.File // of files that are done
	lost   map[int]bool         // files that were done, of which the note stands alone
	guards bool                 // it is known, and told, whether the place keeps a file that another process puts there
}

// ConflictError is a file of a planned table that is not what was computed.
type ConflictError struct{ text string }

func (e *ConflictError) Error() string { return e.text }

// OpenPlanned is Open of a share of a planned table. What is done is told by the notes of the share's own files alone;
// images are not looked at again. Rows of files that are not done are kept every so often.
func (r *Run) OpenPlanned(ctx context.Context, p *planned.Plan, every time.Duration) (unlock func() error, err error) {
	r.keeping = newKeeping(every, p.TmpDir)
	r.share = &share{keeping: r.keeping, plan: p, notes: map[int]outputs.File{}, lost: map[int]bool{}}
	for _, dir := range []string{outputs.FeaturesDir, outputs.DigestsDir} {
		if err := r.in().MkdirAll(dir); err != nil {
			return nil, fmt.Errorf("making the run's folder: %w", err)
		}
	}
	if err := r.checkRoom(); err != nil {
		return nil, err
	}
	locked, err := p.At().Lock(func(dir string) (func() error, error) { return LockShards(dir, r.first, r.end) })
	if err != nil {
		return nil, err
	}
	end := func() error { return errors.Join(r.share.drop(), locked()) }
	if err := r.lookShare(ctx); err != nil {
		return nil, errors.Join(err, end())
	}
	return end, nil
}

// drop lets go all that is kept.
func (h *keeping) drop() (err error) {
	for s := range h.kept {
		err = errors.Join(err, h.dropKept(s))
	}
	return err
}

// checkRoom makes sure that a file of the table can be put together, and what is kept of it brought, where that is not
// done in the table's folder.
func (r *Run) checkRoom() error {
	row := int64(rowOverhead)
	for _, c := range r.Columns {
		row += int64(c.RowBytes())
	}
	need := 2 * row * int64(min(r.Rows, r.Total()))
	dir, err := r.in().Room(need)
	if err == nil && dir != "" && r.Note != nil {
		r.Note(fmt.Sprintf("files are put together in %s, which takes up to %s there", dir, fetch.Bytes(need)))
	}
	return err
}

// rowOverhead is about what a row takes beside its descriptors.
const rowOverhead = 256

// lookShare finds the share's files that are done, and the rows that are kept of others.
func (r *Run) lookShare(ctx context.Context) error {
	for _, dir := range r.share.plan.Folders(r.first, r.end) {
		if err := r.in().MkdirAll(dir); err != nil {
			return fmt.Errorf("making the run's folder: %w", err)
		}
	}
	swept, err := r.share.plan.Swept(r.first, r.end)
	if err != nil {
		return err
	}
	r.share.plan = swept
	found, err := swept.Look(ctx, r.first, r.end)
	if err != nil {
		return err
	}
	r.done = make([]bool, r.count)
	var open []int
	for i, f := range found {
		if err := errors.Join(ctx.Err(), r.lookDone(r.first+i, f)); err != nil {
			return err
		}
		if !r.done[r.first+i] {
			open = append(open, r.first+i)
		}
	}
	if open, err = r.share.plan.Kept(open); err != nil {
		return err
	}
	for _, s := range open {
		if err := errors.Join(ctx.Err(), r.findSegments(s)); err != nil {
			return err
		}
	}
	return nil
}

// lookDone marks a file that is done. One that stands without a note was made by a process that ended just then; of a
// note without its file the next one must say the same.
func (r *Run) lookDone(s int, found planned.Found) error {
	switch {
	case !found.Stands:
		r.share.lost[s] = found.Note != nil
		return nil
	case found.Note == nil:
		return r.adopt(s)
	}
	r.isDone(s, found.Note.File)
	return nil
}

func (r *Run) isDone(s int, f outputs.File) {
	r.done[s] = true
	r.share.notes[s] = f
}

// adopt reads a file that stands without a note, and writes that.
func (r *Run) adopt(s int) (err error) {
	path, release, err := r.in().Local(r.share.plan.File(s))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	shard, err := outputs.OpenShard(path)
	if err != nil {
		return cannotUse(err)
	}
	if err := shard.Close(); err != nil {
		return err
	}
	if diff := shard.Identity.Differences(r.Identity); len(diff) > 0 {
		return &ConflictError{fmt.Sprintf("%s is of another table than the plan:\n  %s\n%s", path, strings.Join(diff, "\n  "), removeShard)}
	}
	f, err := accountShard(path)
	if err != nil {
		return err
	}
	if first, end := r.span(s); f.Rows != end-first {
		return &ConflictError{fmt.Sprintf("%s has %d rows, of a table with other files than the plan's, want %d: %s", r.in().At(r.share.plan.File(s)), f.Rows, end-first, removeShard)}
	}
	return r.note(s, f, shard.Own)
}

// sameAgain makes sure, before a file that was done and is gone gets its name, that it has the bytes of its note. Where
// images are taken as they are it is the next generation otherwise.
func (r *Run) sameAgain(s int, d outputs.Digests, counts outputs.File) error {
	if r.share == nil || !r.share.lost[s] {
		return nil
	}
	first, end := r.span(s)
	now := planned.Done{File: fileOf(r, s, d, counts, end-first), Own: d.Own}
	same, err := r.share.plan.Noted(s, now)
	if err != nil || same {
		return err
	}
	if r.renew {
		if err := dropManifest(r.in()); err != nil {
			return err
		}
		return r.share.plan.NoteNext(s, now)
	}
	if err := errors.Join(r.share.dropKept(s), r.in().RemoveAll(r.share.plan.TmpDir(s))); err != nil { // rows of the same images
		return fmt.Errorf("removing rows that were kept: %w", err)
	}
	return &ConflictError{fmt.Sprintf("%s is gone, and was made with other bytes than are computed now (its note: %s): an image has changed since, or one of two machines does not compute right: put the file back, or run the task with --update, which takes images as they are and makes the file's next generation",
		r.in().At(r.share.plan.File(s)), r.in().At(r.share.plan.NoteName(s)))}
}

// fileOf is what is known of a file with these digests, whose failed rows were counted.
func fileOf(r *Run, s int, d outputs.Digests, counts outputs.File, rows int) outputs.File {
	counts.Name, counts.SHA256, counts.Footer, counts.Bytes, counts.Rows = outputs.ShardName(s, r.count), d.SHA256, d.Footer, d.Bytes, rows
	return counts
}

// note writes the note of a file that stands, and removes what was kept of it.
func (r *Run) note(s int, f outputs.File, own string) error {
	if err := r.share.plan.Note(s, planned.Done{File: f, Own: own}); err != nil {
		return err
	}
	r.isDone(s, f)
	return r.noneKept(s)
}

// FinishShare counts the rows of a share whose files are all done, and tells how many files of the table are not.
func (r *Run) FinishShare() (m outputs.Manifest, missing int, err error) {
	n, err := r.share.plan.CountDone()
	if err != nil {
		return m, 0, err
	}
	m = outputs.Manifest{Identity: r.Identity, Columns: r.Columns, Shards: r.count, Part: r.Part.String()}
	for s := r.first; s < r.end; s++ {
		m.Counts.Add(r.share.notes[s])
	}
	if want := r.Total(); m.Counts.Inputs != want {
		return m, 0, fmt.Errorf("the files of the share have %d rows, want %d", m.Counts.Inputs, want)
	}
	return m, r.count - n, nil
}

// finishShard notes the file that a writer finished, with these digests, unless that failed. Another process may have
// made it meanwhile: then it must have the same bytes.
func (w *Writer) finishShard(d outputs.Digests, failed error) error {
	r, own := w.r, d.Own
	path := r.in().At(r.share.plan.File(w.index))
	if failed != nil && !errors.Is(failed, fs.ErrExist) {
		return refused(failed)
	}
	if failed != nil {
		var err error
		if d, err = r.digestsOf(w.index); err != nil {
			return err
		}
	}
	if err := d.Check(); err != nil {
		return &ConflictError{fmt.Sprintf("%s: %v: %s", path, err, removeShard)}
	}
	if d.Own != own {
		return &ConflictError{fmt.Sprintf("%s was made by another process with other bytes than here (digest %.12s…, here %.12s…): one of the two machines does not compute right, or an image was replaced", path, d.Own, own)}
	}
	first, end := r.span(w.index)
	w.segment.drop()
	return refused(r.note(w.index, fileOf(r, w.index, d, w.counts, end-first), d.Own))
}

// RefusedByStoreError is what the store of a planned table has against a file at every try.
type RefusedByStoreError struct{ Err error }

func (e *RefusedByStoreError) Error() string { return e.Err.Error() }
func (e *RefusedByStoreError) Unwrap() error { return e.Err }

// refused says so of a file that could not be put.
func refused(err error) error {
	if fault := new(store.Fault); errors.As(err, &fault) && !fault.Passes() {
		return &RefusedByStoreError{err}
	}
	return err
}

// digestsOf reads a file that stands.
func (r *Run) digestsOf(s int) (d outputs.Digests, err error) {
	path, release, err := r.in().Local(r.share.plan.File(s))
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, release()) }()
	return outputs.FileDigests(path)
}

// othersShard notes a file that another process made while its rows were computed here.
func (w *Writer) othersShard(item int) error {
	if _, end := w.r.span(w.index); item+1 < end {
		return nil
	}
	w.others = false
	return w.r.adopt(w.index)
}
