package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/internal/few"
	"fc7/internal/litter"
	"fc7/outputs"
)

// Update is how a table becomes that of a data set that grew, lost files or changed, without computing again what it
// has. The new table is made beside the old one, from rows of that and computed ones, and takes its place in one step
// when it is complete: killed anywhere, the old one stands, and what is new goes on where it was.
//
// A row is kept where the digest of its image's bytes, and its box, are those that it was computed from, whatever the
// image is called now. Failed rows are always computed again.
type Update struct {
	TrustTimes bool // an image whose file has the size and time that were recorded is not read
	TrustNames bool // a row without a recorded digest is kept if the data set has its key
	Look       Look
	Note       func(string)
}

// Look is how the images of items are looked at.
type Look struct {
	Stat  func(item int) (outputs.Input, error)                      // what is known without reading
	Input func(ctx context.Context, item int) (outputs.Input, error) // not known: cannot be read; its error ends the run
	Row   func(item int) outputs.Row                                 // what of the row does not depend on the image
}

// Updated counts the rows of a table by what an update did.
type Updated struct {
	Kept       int `json:"kept"`       // as they were
	Relabelled int `json:"relabelled"` // kept, with other labels or splits
	Renamed    int `json:"renamed"`    // kept under another key, whose image has the same bytes
	New        int `json:"new"`        // computed: images that the table did not have
	Changed    int `json:"changed"`    // computed: other bytes, or another box, under the same key
	Unproven   int `json:"unproven"`   // computed: nothing tells what bytes the old row was of
	Retried    int `json:"retried"`    // computed: failed before
	Gone       int `json:"gone"`       // rows of the old table that are left out
}

// update is one that is under way.
type update struct {
	Update
	Updated
	set     *datasets.Set
	old     *oldRows
	inputs  []outputs.Input // of each item
	from    []int32         // of each item, the old row that is kept; -1: none
	named   int             // rows that are kept for their name alone, whose image is known now
	reader  rowReader
	real    string   // the folder of the table, without links
	staging string   // where the new one is made
	stale   []string // folders of updates to other states
}

// updateInfix names, beside the folder of the table, the one of the table that an update makes.
const updateInfix = ".update-"

// OpenUpdate is Open of a folder that may hold the table of another state of the data set. Another process may not
// write there meanwhile, and the Run is to be all of the table.
func (r *Run) OpenUpdate(ctx context.Context, set *datasets.Set, how Update) (unlock func() error, err error) {
	if r.Part != (Part{}) {
		return nil, errors.New("one process updates a table: a share of it cannot be")
	}
	if err := atomicfile.MkdirAll(r.Out); err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	if unlock, err = LockShards(r.Out, 0, manifestLock); err != nil {
		return nil, err
	}
	if err = r.claim(); err == nil {
		err = r.planUpdate(ctx, set, how)
	}
	if err == nil {
		err = errors.Join(r.look(), r.tidy())
	}
	if err == nil && r.update == nil { // the table stays: its failed rows are tried again in it
		err = r.FindFailed()
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	if r.update != nil { // its rows are not one behind the other
		r.keeping = nil
	}
	return r.findOwnKept(ctx, how.Look, unlock)
}

// planUpdate finds what is kept and where the new table is made.
func (r *Run) planUpdate(ctx context.Context, set *datasets.Set, how Update) error {
	u := &update{Update: how, set: set}
	if err := u.places(r); err != nil {
		return err
	}
	old, err := loadOld(ctx, r, u)
	if err != nil {
		return err
	}
	u.old = old
	if err := u.look(ctx); err != nil {
		return err
	}
	u.compare()
	r.Updated = &u.Updated
	if u.old.shards == 0 || u.same(r) { // what is missing is made in the table itself
		return discard(append(u.stale, u.staging))
	}
	if err := u.keepStaged(r); err != nil {
		return err
	}
	r.update, r.features = u, u.staging
	return nil
}

// same tells that the table is that of the data set as it is, or a part of it: then it is completed where it is. Rows
// that are kept for their name are written with the digest of their image, so that the name need not be trusted again.
func (u *update) same(r *Run) bool {
	n := u.Updated
	return u.old.identity != nil && len(u.old.identity.Differences(r.Identity)) == 0 && u.old.fits(r) &&
		n.Relabelled+n.Renamed+n.Changed+n.Unproven+n.Gone+u.named == 0
}

// discard removes folders of updates that are of no use.
func discard(dirs []string) error {
	for _, dir := range dirs {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing an update to another state: %w", err)
		}
	}
	return nil
}

// places finds the folders: of the table, of the update, and of updates that were not finished before the data set
// changed again.
func (u *update) places(r *Run) error {
	if err := atomicfile.Restore(r.features); err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(r.features); err != nil {
		return fmt.Errorf("making the run's folder: %w", err)
	}
	var err error
	if u.real, err = filepath.EvalSymlinks(r.features); err != nil {
		return fmt.Errorf("the run's folder: %w", err)
	}
	u.staging = u.real + updateInfix + r.Identity.Inputs.SHA256[:min(12, len(r.Identity.Inputs.SHA256))]
	beside, err := os.ReadDir(filepath.Dir(u.real))
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("looking for updates that were not finished: %w", err)
	}
	for _, e := range beside {
		dir := filepath.Join(filepath.Dir(u.real), e.Name())
		if strings.HasPrefix(dir, u.real+updateInfix) && dir != u.staging {
			u.stale = append(u.stale, dir)
		}
	}
	return u.strangers()
}

// strangers refuses to replace a folder that holds more than a table.
func (u *update) strangers() error {
	_, names, err := outputs.ListShards(u.real)
	if err != nil {
		return fmt.Errorf("reading the run's folder: %w", err)
	}
	var others []string
	for _, name := range names {
		if base := filepath.Base(name); !atomicfile.IsTemp(base) && !litter.Is(base) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		return fmt.Errorf("%s is not replaced by the updated table, because it holds more than a table: %s; move that away", u.real, few.Names(others))
	}
	return nil
}

// swap puts the complete table in the old one's place, and removes what is of no use any more.
func (r *Run) swap(ctx context.Context) error {
	u := r.update
	if u == nil {
		return nil
	}
	if err := atomicfile.ReplaceFolder(ctx, u.staging, u.real); err != nil {
		return fmt.Errorf("putting the updated table in the place of the old one: %w", err)
	}
	r.features = filepath.Join(r.Out, outputs.FeaturesDir)
	return discard(u.stale)
}
