package inspection

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc/iter"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/catalogue"
	"fc7/internal/waiting"
	"fc7/pipeline/conveyor"
)

// SetJob says what to look at in a data set. Without Hash and Pixels, only the beginning of each file is read.
type SetJob struct {
	DataSet string // KIND:PATH
	Choice  datasets.Options
	Hash    bool // SHA-256 of every image, which finds duplicates
	Pixels  bool // decode every image
	Decode  picture.DecodeOptions
	Workers int // images at once; 0: GOMAXPROCS

	patience time.Duration // see conveyor.Options
}

// Set is what a data set holds.
type Set struct {
	DataSet    string              `json:"data_set"`
	Kind       string              `json:"kind"`
	Root       string              `json:"root"`
	Rows       int                 `json:"rows"`
	Images     int                 `json:"images"` // places that rows point at
	Objects    int                 `json:"objects"`
	Unlabelled int                 `json:"unlabelled_rows"`     // not known what they are of
	None       int                 `json:"none_rows,omitempty"` // known to be of none of the classes
	Splits     []SplitCount        `json:"splits,omitempty"`
	Classes    []ClassCount        `json:"classes,omitempty"`
	Skipped    []datasets.Skip     `json:"skipped,omitempty"`
	Notes      []string            `json:"notes,omitempty"`
	Readable   int                 `json:"readable"` // images whose size could be told
	Bytes      int64               `json:"bytes,omitempty"`
	Width      *Spread             `json:"width,omitempty"`
	Height     *Spread             `json:"height,omitempty"`
	Aspect     *Spread             `json:"aspect,omitempty"` // width over height
	Formats    []NameCount         `json:"formats,omitempty"`
	Colors     []NameCount         `json:"colors,omitempty"`
	Suspicious map[string][]string `json:"suspicious,omitempty"` // by kind of suspicion; see the constants
	Duplicates []Duplicate         `json:"duplicates,omitempty"` // where hashes were asked for
	Hashed     bool                `json:"hashed"`
	Decoded    bool                `json:"decoded"`
}

// SplitCount is what a split holds, and what was published.
type SplitCount struct {
	Split            string `json:"split"` // "": in none
	Images           int    `json:"images"`
	Rows             int    `json:"rows"`
	Objects          int    `json:"objects"`
	PublishedImages  int    `json:"published_images,omitempty"`
	PublishedObjects int    `json:"published_objects,omitempty"`
}

// ClassCount counts the rows of a class.
type ClassCount struct {
	Class    string         `json:"class"`
	Rows     int            `json:"rows"`    // positive
	Ignored  int            `json:"ignored"` // difficult, or not known
	Splits   map[string]int `json:"splits,omitempty"`
	Unscored bool           `json:"unscored,omitempty"`
}

// Spread is the least, the middle and the greatest of a figure.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// NameCount counts a name.
type NameCount struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Duplicate is a group of images with the same bytes.
type Duplicate struct {
	SHA256      string   `json:"sha256"`
	Images      []string `json:"images"`
	Splits      []string `json:"splits,omitempty"`       // of all of them
	Leak        bool     `json:"leak"`                   // learned and tested
	OtherLabels bool     `json:"other_labels,omitempty"` // they are labelled differently
}

// The kinds of suspicion.
const (
	SuspectMissing    = "missing or cannot be opened"
	SuspectEmpty      = "no bytes"
	SuspectUnreadable = "cannot be decoded"
	SuspectName       = "named as another format"
	SuspectTiny       = "a side under 32 pixels"
	SuspectAspect     = "a side over 8 times the other"
	SuspectBox        = "box beyond the image"
	SuspectScaled     = "box drawn on a picture of another size than the image, and scaled"
	SuspectLeak       = "in splits to learn from and to test on"
)

// Unusable tells whether images cannot be read, or are both learned and tested: what an extraction or a score would
// suffer from.
func (in *Set) Unusable() bool {
	for _, kind := range []string{SuspectMissing, SuspectEmpty, SuspectUnreadable, SuspectLeak} {
		if len(in.Suspicious[kind]) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(in.Duplicates, func(d Duplicate) bool { return d.Leak })
}

// OfSet opens a data set and looks at its images, several at once. What is kept of an image are a few words, and with
// Hash its digest. The end of the context ends it at once.
func OfSet(ctx context.Context, j SetJob, ev conveyor.Events) (*Set, error) {
	return waiting.For(ctx, func() (*Set, error) { return inspect(ctx, j, ev.Until(ctx)) })
}

func inspect(ctx context.Context, j SetJob, ev conveyor.Events) (*Set, error) {
	set, err := datasets.Open(ctx, j.DataSet, j.Choice)
	if err != nil {
		return nil, err
	}
	in := &Set{
		DataSet: j.DataSet, Kind: set.Kind, Root: set.Root, Rows: len(set.Items), Skipped: set.Skipped, Notes: set.Notes,
		Suspicious: make(map[string][]string), Hashed: j.Hash, Decoded: j.Pixels,
	}
	in.countRows(set)
	images := placesOf(set)
	in.Images = len(images)
	if err := lookAtAll(ctx, j, set, images, ev); err != nil {
		return nil, err
	}
	in.summarise(set, images)
	if j.Hash {
		in.findDuplicates(set, images)
	}
	return in, nil
}

// place is a place of bytes and what was found there.
type place struct {
	at     datasets.Location
	rows   []int // of the set
	info   picture.Info
	bytes  int64
	digest [32]byte
	kind   string // of suspicion; "": none that hinders reading
	reason string
}

// placesOf returns the different places that rows point at, in the order of the set.
func placesOf(set *datasets.Set) []place {
	places := make([]place, 0, len(set.Items))
	index := make(map[datasets.Location]int, len(set.Items))
	for i, it := range set.Items {
		n, ok := index[it.At]
		if !ok {
			n = len(places)
			index[it.At] = n
			places = append(places, place{at: it.At})
		}
		places[n].rows = append(places[n].rows, i)
	}
	return places
}

// lookAtAll looks at the images of a set, several at once; what is wrong with the machine ends it.
func lookAtAll(parent context.Context, j SetJob, set *datasets.Set, images []place, ev conveyor.Events) error {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	reader := conveyor.NewReader(set, conveyor.Options{Decode: j.Decode, Patience: j.patience})
	began := time.Now()
	workers := j.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex
	p := conveyor.Progress{Total: len(images)}
	ev.TellProgress(p)
	each := iter.Iterator[place]{MaxGoroutines: workers}
	each.ForEachIdx(images, func(_ int, im *place) {
		if ctx.Err() != nil {
			return
		}
		if err := im.look(ctx, reader, &set.Items[im.rows[0]], j); err != nil {
			stop(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		p.Done++
		if im.kind != "" {
			p.Failed++
		}
		p.Times.Elapsed = time.Since(began)
		p.Times.Waiting = p.Times.Elapsed
		ev.TellProgress(p)
	})
	return context.Cause(ctx)
}

// countRows counts splits and classes.
func (in *Set) countRows(set *datasets.Set) {
	published := make(map[string]catalogue.Split)
	for _, k := range datasets.Kinds() {
		if k.Name == set.Kind {
			for _, p := range k.Published {
				published[p.Name] = p
			}
		}
	}
	counts := set.Counts()
	for _, split := range set.SplitNames() {
		c, p := counts[split], published[split]
		in.Splits = append(in.Splits, SplitCount{split, c.Images, c.Rows, c.Objects, p.Images, p.Objects})
	}
	index := make(map[string]int, len(set.Classes))
	for i, name := range set.Classes {
		index[name] = i
		in.Classes = append(in.Classes, ClassCount{Class: name, Splits: make(map[string]int), Unscored: slices.Contains(set.Unscored, name)})
	}
	for _, it := range set.Items {
		if it.Box != nil {
			in.Objects++
		}
		switch {
		case it.None:
			in.None++
		case !it.Labelled():
			in.Unlabelled++
		}
		for _, l := range it.Labels() {
			c := &in.Classes[index[l]]
			c.Rows++
			for _, s := range it.Splits() {
				c.Splits[s]++
			}
		}
		for _, l := range it.Ignored() {
			in.Classes[index[l]].Ignored++
		}
	}
}

// counted returns names by falling count.
func counted(m map[string]int) []NameCount {
	var all []NameCount
	for name, n := range m {
		all = append(all, NameCount{name, n})
	}
	slices.SortFunc(all, func(a, b NameCount) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
	return all
}

// spread sorts the figures.
func spread(all []float64) *Spread {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	n := len(all)
	return &Spread{all[0], (all[(n-1)/2] + all[n/2]) / 2, all[n-1]}
}
