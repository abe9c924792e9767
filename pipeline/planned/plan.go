package planned

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/internal/origin"
	"fc7/internal/place"
	"fc7/internal/readjson"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/outputs"
)

const (
	// indexDir is the folder of the index there.
	indexDir = "plan"
	// IndexRows is how many items a file of the index has.
	IndexRows = 100_000
)

// format is the version of the plan's own form.
const format = 2

// Plan says what table several machines make, and how it is divided. The zero value of Tasks is not said.
type Plan struct {
	Format   int                 `json:"format"`
	Program  string              `json:"program"`  // name and version of what made it
	DataSet  string              `json:"data_set"` // as it was named: KIND:PATH
	Random   bool                `json:"random_weights,omitempty"`
	Weights  string              `json:"weights"`  // file, by an absolute path, or the name of weights in the cache
	Settings map[string][]string `json:"settings"` // words by which the table was asked for: of each flag its values
	Kernels  string              `json:"kernels"`  // of the machine that planned; those of others round alike where Identity.Arithmetic is the same
	Identity outputs.Identity    `json:"identity"`
	Columns  []outputs.Column    `json:"columns"`
	Limits   outputs.Limits      `json:"limits"`
	Items    int                 `json:"items"`
	Rows     int                 `json:"rows"`            // a file of the table
	Files    int                 `json:"files"`           // of the table
	Tasks    int                 `json:"tasks,omitempty"` // that share them, if nothing else is said
	Bytes    int64               `json:"bytes"`           // of the images, as far as they were found
	Absent   int                 `json:"absent"`          // images whose file was not found
	Pin      string              `json:"pin"`             // what is known of each image's bytes: PinSize and so on
	Set      datasets.IndexedSet `json:"set"`
	Above    bool                `json:"index_above,omitempty"` // the index is in the folder above: see NetPlan
	Nets     []NetPlan           `json:"nets,omitempty"`        // that share the plan; nil: it is of one
	Index    []IndexFile         `json:"index"`
	Folder   string              `json:"-"` // the name of the net's folder, where several share a plan; for Make

	at     place.Place // of the table
	digest string      // of the plan's file

	listed map[string]bool // the notes that there are, by the names of their files; nil: each is looked for
}

// What a plan knows of each image's bytes, by which it is found that they are others when a task reads them.
const (
	PinNone   = "none"   // nothing
	PinSize   = "size"   // the size of its file; on a store the version too
	PinDigest = "digest" // that, and the SHA-256 of its bytes
)

// IndexFile is a file of the index.
type IndexFile struct {
	Items  int    `json:"items"`
	SHA256 string `json:"sha256"`
}

// maxPlan bounds plan.json: a million files of the index, of 10^11 items.
const maxPlan = 256 << 20

// Run is the folder of the table, or its address.
func (p *Plan) Run() string { return p.at.String() }

// absolute is Run, for processes that start elsewhere.
func (p *Plan) absolute() (string, error) {
	if store.Is(p.Run()) {
		return p.Run(), nil
	}
	return filepath.Abs(p.Run())
}

// At is the place of the table.
func (p *Plan) At() place.Place { return p.at }

// Is tells whether a table's folder, or address, has a plan. It is an error where that cannot be looked at now.
func Is(ctx context.Context, run string) (bool, error) {
	at, err := place.Open(ctx, run)
	if err != nil {
		return false, nil // what is no place has no plan; whoever opens it tells why
	}
	_, err = at.Size(outputs.PlanName)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	return err == nil, err
}

// Open reads the plan in a table's folder, or below its address. What is done there later ends some time after the
// context.
func Open(ctx context.Context, run string) (*Plan, error) {
	at, err := place.Open(ctx, run)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	return open(at)
}

// Find is Open, but nil where there is no plan. What is there instead is not looked at.
func Find(ctx context.Context, run string) (*Plan, error) {
	at, err := place.Open(ctx, run)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	return find(at)
}

func open(at place.Place) (*Plan, error) {
	p, err := find(at)
	if p == nil && err == nil {
		return nil, noPlan(at)
	}
	return p, err
}

func find(at place.Place) (*Plan, error) {
	path := at.At(outputs.PlanName)
	p := &Plan{at: at}
	text, err := at.Read(outputs.PlanName, maxPlan)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a plan: %w", err)
	}
	if err := readjson.Own(text, p); err != nil {
		return nil, fmt.Errorf("reading a plan: %s: %w", path, err)
	}
	if bad := p.check(); bad != "" {
		return nil, fmt.Errorf("reading a plan: %w", &Error{text: fmt.Sprintf("%s: %s: make the plan again, in another folder", path, bad)})
	}
	p.digest = digest(text)
	return p, nil
}

// noPlan says of a place that has no plan what it has instead.
func noPlan(at place.Place) *Error {
	run := at.String()
	none := func(elsewhere bool, format string, args ...any) *Error {
		return &Error{text: fmt.Sprintf(format, args...), none: true, elsewhere: elsewhere}
	}
	if base := path.Base(filepath.ToSlash(run)); base == outputs.PlanName || base == outputs.FeaturesDir {
		if _, err := at.Above().Size(outputs.PlanName); err == nil {
			return none(true, "%s is in the folder of a run: name that, %s", run, at.Above())
		}
	}
	if f, local := at.(place.Folder); local {
		switch info, err := os.Stat(run); {
		case errors.Is(err, fs.ErrNotExist):
			return none(false, "%s: there is no such folder, and so no plan: want the RUN of fc7 plan DATASET --out RUN", run)
		case err == nil && !info.IsDir():
			return none(true, "%s is no folder: want the RUN of fc7 plan DATASET --out RUN", run)
		}
		if made, err := standsTable(at); made && err == nil {
			return none(false, "%s holds a table that was made without a plan, which has no tasks: fc7 verify %s tells how it is; fc7 plan DATASET --out RUN plans one in another folder", run, origin.Text(run))
		}
		if below := plansBelow(f); len(below) > 0 {
			return none(false, "%s: there is no plan (%s), but in folders below: name one of %s", run, outputs.PlanName, strings.Join(below, ", "))
		}
	}
	return none(false, "%s: there is no plan (%s): fc7 plan DATASET --out %s makes one", run, outputs.PlanName, origin.Text(run))
}

// mostBelow is how many folders are named that may have been meant.
const mostBelow = 10

// plansBelow are folders in one that have plans, as far as they can be told.
func plansBelow(f place.Folder) (found []string) {
	dirs, _ := f.Folders(".")
	for _, dir := range dirs {
		if _, err := f.Size(path.Join(dir, outputs.PlanName)); err == nil && len(found) < mostBelow {
			found = append(found, f.At(dir))
		}
	}
	return found
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Error is a plan that cannot be worked on, now or later.
type Error struct {
	text      string
	none      bool // there is no plan
	elsewhere bool // but what was named tells where one may be, or that it is nothing that has one
}

func (e *Error) Error() string { return e.text }

// NoPlan tells whether a plan could not be opened since there is none.
func NoPlan(err error) bool {
	none := new(Error)
	return errors.As(err, &none) && none.none
}

// Elsewhere tells of such an error whether what was named has no table of any kind.
func Elsewhere(err error) bool {
	none := new(Error)
	return errors.As(err, &none) && none.elsewhere
}

// check tells in what a plan is none; "": it is one.
func (p *Plan) check() string {
	items := 0
	for _, f := range p.Index {
		if f.Items < 1 || f.Items > IndexRows {
			return fmt.Sprintf("a file of its index has %d items, want 1 to %d", f.Items, IndexRows)
		}
		items += f.Items
	}
	switch {
	case p.Format != format:
		return fmt.Sprintf("it is of form %d, and this program reads %d", p.Format, format)
	case p.Rows < 1 || p.Items < 1 || p.Tasks < 0:
		return fmt.Sprintf("want items, rows a file and tasks, found %d, %d and %d", p.Items, p.Rows, p.Tasks)
	case p.Files != (p.Items+p.Rows-1)/p.Rows:
		return fmt.Sprintf("%d items in files of %d are not %d files", p.Items, p.Rows, p.Files)
	case items != p.Items || p.Identity.Inputs.Count != p.Items:
		return fmt.Sprintf("it says %d items, its index %d, its identity %d", p.Items, items, p.Identity.Inputs.Count)
	}
	return ""
}

// Span is the range of items of files first to end-1.
func (p *Plan) Span(first, end int) (from, to int) {
	return min(first*p.Rows, p.Items), min(end*p.Rows, p.Items)
}

// publish gives the plan its name, unless one is there, which was read or came meanwhile: then that must say the same.
func (p *Plan) publish(there *Plan) error {
	if there == nil {
		text, err := atomicfile.JSON(p)
		if err != nil {
			return fmt.Errorf("writing %s: %w", p.at.At(outputs.PlanName), err)
		}
		p.digest = digest(text)
		if err := p.at.Write(outputs.PlanName, text, false); !errors.Is(err, fs.ErrExist) {
			return err
		}
		if there, err = open(p.at); err != nil {
			return err
		}
	}
	if diff := there.differences(p); len(diff) > 0 {
		return &OtherError{run: p.Run(), differences: diff}
	}
	p.digest = there.digest
	return nil
}

// OtherError is a folder that has another plan.
type OtherError struct {
	run         string
	differences []string
}

// otherImages is the difference of plans of which the images alone are others.
const otherImages = "the index of the images: files have other sizes, or lie elsewhere"

// OfImages tells whether it is the same plan but for what is known of the images: of some the file is another by now.
func (e *OtherError) OfImages() bool { return slices.Equal(e.differences, []string{otherImages}) }

func (e *OtherError) Error() string {
	text := e.run + " has another plan, which is not replaced:"
	for _, d := range e.differences {
		text += "\n  " + d
	}
	if len(e.differences) == 1 && strings.HasPrefix(e.differences[0], otherTasks+":") {
		return text + fmt.Sprintf("\nit needs no other one: fc7 extract --plan %s --tasks N shares the table among any number", origin.Text(e.run))
	}
	return text + "\nchoose another folder, or the settings of that one"
}

// field is something that plans are compared by.
type field struct {
	name     string
	was, now any
}

// differing are those of which the values are not equal, in words.
func differing(fields ...field) (diff []string) {
	for _, n := range fields {
		if n.was != n.now {
			diff = append(diff, fmt.Sprintf("%s: the plan has %v, now %v", n.name, n.was, n.now))
		}
	}
	return diff
}

// differences name what of the plan that is there is not as this one wants it.
func (p *Plan) differences(now *Plan) []string {
	diff := p.Identity.Differences(now.Identity)
	diff = append(diff, differing(field{"rows a file", p.Rows, now.Rows}, field{"folder of the data set", p.Set.Root, now.Set.Root})...)
	diff = append(diff, p.asked(now)...)
	if len(diff) == 0 {
		diff = p.otherSettings(now)
	}
	if len(diff) == 0 && !slices.Equal(p.Index, now.Index) {
		diff = append(diff, otherImages)
	}
	return diff
}

// early are the differences that are known before the data set is read.
func (p *Plan) early(now *Plan) []string {
	if diff := append(p.Identity.DescriptorDifferences(now.Identity), p.asked(now)...); len(diff) > 0 {
		return diff
	}
	return p.otherSettings(now)
}

// asked are differences in what was asked for.
func (p *Plan) asked(now *Plan) []string {
	return differing(
		field{otherTasks, p.Tasks, now.Tasks},
		field{"nets", p.Words(), now.Words()},
		field{"weights", p.Weights, now.Weights},
		field{"pixels of an image at most", p.Limits.Pixels, now.Limits.Pixels},
		field{"what is known of images", p.Pin, now.Pin},
	)
}

// otherTasks names the number of tasks, which needs no plan of its own.
const otherTasks = "tasks"

// otherSettings are differences in the words by which the table was asked for.
func (p *Plan) otherSettings(now *Plan) (diff []string) {
	names := map[string]bool{}
	for _, s := range []map[string][]string{p.Settings, now.Settings} {
		for name := range s {
			names[name] = true
		}
	}
	said := func(words []string) string { return cmp.Or(strings.Join(words, " "), "none") }
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was, now := p.Settings[name], now.Settings[name]; !slices.Equal(was, now) {
			diff = append(diff, fmt.Sprintf("--%s: the plan has %s, now %s", name, said(was), said(now)))
		}
	}
	return diff
}
