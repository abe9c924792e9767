package datasets

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"fc7/internal/catalogue"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/internal/waiting"
)

// Options choose a part of a data set; the zero value takes all of it.
type Options struct {
	// Split keeps the items of one official split, before PerClass. "": all.
	Split string
	// Classes are patterns of path.Match that choose classes, before PerClass: those that one names, or with a leading
	// ! those that it does not. Items keep the labels that are chosen; those left without one go, those of none of the
	// set's classes stay. nil: all.
	Classes []string
	// PerClass keeps the first so many items of each class, and of those of none, in the set's order. An item of
	// several classes is kept if one of them needs it, and counts for all. 0: all.
	PerClass int
	// Limit keeps the first so many items, after PerClass. 0: all.
	Limit int
	// SplitFile is a file of splits that replace those of the set; see WriteSplits. "": the set's own.
	SplitFile string
	// Objects says what a row is where a set has boxes; "": as the kind has it. ObjectsImage leaves whole images,
	// ObjectsBox boxes, ObjectsBoth both.
	Objects string
	// Folders says what the sub-folders of folder:PATH are; "": splits if they look it, else classes. FoldersClasses or
	// FoldersSplits. Of another kind it is an error.
	Folders string
	// BoxContext enlarges every box about its centre by this factor of its sides, 1 or more, and clips it to the image
	// where its size is known. The box of an item is the enlarged one. 0: as the set has it.
	BoxContext float64
	// EmptyLabels says what items without labels are, whatever the kind means by that: emptyNone, known to be of none
	// of the classes, or emptyUnknown. "": as the kind has it.
	EmptyLabels string
	// LabelColumn, ImageColumn and SplitColumn name columns of tables (csv:, parquet:); a dot leads into a struct of a
	// Parquet table. NoColumn: there are no labels, or no splits, whatever the columns are called. "": those that can
	// be told by their names and types; several that may be meant are an error.
	LabelColumn, ImageColumn, SplitColumn string
	// Own are choices that the kind alone has, NAME=VALUE: see KindInfo.Options. nil: as the kind has them.
	Own []string
	// AnyLength lifts the limits on the lines and bytes of lists and tables of text (list:, csv:), which keep a wrong
	// file from taking all memory: for one that is read once for many machines.
	AnyLength bool
	// Stdin is what the path - stands for where a kind takes one (list:-). It is read to its end, so only one Open can
	// have it. nil: os.Stdin.
	Stdin io.Reader
}

// KindInfo describes a kind of data set, for help texts and errors.
type KindInfo struct {
	Name    string // what stands before the colon, "voc2007"
	Summary string // one line
	Tree    string // the folders and files that it expects below PATH, lines
	Example string // "voc2007:/data/VOCdevkit"
	// Published are the counts of the set as its authors published it, where a
	// set of another size is worth a remark.
	Published []catalogue.Split
	Options   []KindOption // that it alone has
}

// kind is an entry of the table: its description and what opens it. open returns the complete set in its order; Open
// applies the options.
//
// A kind that other options concern has openWith instead of open, one whose rows are a choice openRows. One whose
// splits are far apart has openSplit, whose rows may be a choice too, and which need not look at the splits that are
// not asked for; "": all of them.
type kind struct {
	KindInfo
	openWith  func(k KindInfo, path string, o Options) (*Set, error)
	openRows  func(k KindInfo, path, objects string) (*Set, error)
	openSplit func(k KindInfo, path, split, objects string) (*Set, error)
	open      func(k KindInfo, path string) (*Set, error)
	stream    func(k KindInfo, path string, o Options, to *stream) (*Set, error) // whose items a stream takes; nil: it cannot
}

// kinds is the table of kinds, in the order of help texts.
func kinds() []kind {
	return []kind{
		voc2007, voc2012, voc2012Action, caltech101, caltech256, imagenet,
		pets.kind(), flowers102.kind(), dtd.kind(), cub200.kind(), cars.kind(), aircraft.kind(), aircraftFamily.kind(), aircraftManufacturer.kind(),
		food101.kind(), sun397.kind(), mit67.kind(), dogs.kind(), coco.kind(), cifar10.kind(), cifar100.kind(),
		folder, vocXML, list, csvTable, tarShards, parquetTables,
	}
}

// Kinds returns the kinds of data sets that Open knows.
func Kinds() []KindInfo {
	var infos []KindInfo
	for _, k := range kinds() {
		infos = append(infos, k.KindInfo)
	}
	return infos
}

// SpecError is the error for a spec or options that are wrong in themselves, whatever is on the disk.
type SpecError struct {
	Spec   string
	Reason string
}

func (e *SpecError) Error() string { return fmt.Sprintf("data set %q: %s", e.Spec, e.Reason) }

// WrongUsage makes it one of a wrong call: see package usage.
func (e *SpecError) WrongUsage() {}

// Open opens the data set named by spec, KIND:PATH.
//
// It returns a *SpecError if the spec or the options are malformed. Where the tree at PATH is not that of the kind, the
// error shows how it should be; otherwise it names file and line. A set has at least one item.
//
// When the context ends, Open returns its error at once, whatever is read still: lists may have millions of rows, and
// standard input and disks may not answer.
func Open(ctx context.Context, spec string, o Options) (*Set, error) {
	return waiting.For(ctx, func() (*Set, error) { return open(spec, o) })
}

// open is Open, however long it takes.
func open(spec string, o Options) (*Set, error) {
	k, path, err := parse(spec, o)
	if err != nil {
		return nil, err
	}
	var splits *splitFile
	if o.SplitFile != "" { // before a long list
		if splits, err = readSplits(o.SplitFile); err != nil {
			return nil, err
		}
	}
	s, err := k.openPath(path, o)
	if err != nil {
		return nil, err
	}
	if splits != nil {
		if err := splits.apply(s); err != nil {
			return nil, err
		}
	}
	if err := s.settleEmpty(spec, o.EmptyLabels); err != nil {
		return nil, err
	}
	if err := s.chooseBoxes(spec, o); err != nil {
		return nil, err
	}
	if o.Split != "" {
		if err := s.keepSplit(spec, o.Split); err != nil {
			return nil, err
		}
	}
	if len(o.Classes) > 0 {
		if err := s.keepClasses(spec, o.Classes); err != nil {
			return nil, err
		}
	}
	if err := s.keepFirst(spec, o); err != nil {
		return nil, err
	}
	return s, nil
}

// keepFirst leaves the first items of each class, and of the set.
func (s *Set) keepFirst(spec string, o Options) error {
	if o.PerClass > 0 {
		if len(s.Classes) == 0 {
			return &SpecError{spec, fmt.Sprintf("%d items a class are asked for, but the set has no classes: use a limit instead", o.PerClass)}
		}
		s.Items = firstPerClass(s.Items, o.PerClass)
		if len(s.Items) == 0 {
			return &SpecError{spec, fmt.Sprintf("%d items a class are asked for, but no image has a label: use a limit instead", o.PerClass)}
		}
	}
	if o.Limit > 0 && len(s.Items) > o.Limit {
		s.Items = s.Items[:o.Limit:o.Limit]
	}
	return nil
}

// Folder is the folder that a spec names as the data set's own; "": it names a file, a pattern, or nothing that there
// is.
func Folder(spec string) string {
	if _, path, err := parseSpec(spec); err == nil && isDir(path) {
		return path
	}
	return ""
}

// Check returns the *SpecError of a spec or of options that are malformed. It opens nothing.
func Check(spec string, o Options) error {
	_, _, err := parse(spec, o)
	return err
}

func parse(spec string, o Options) (kind, string, error) {
	if o.PerClass < 0 || o.Limit < 0 {
		return kind{}, "", &SpecError{spec, fmt.Sprintf("want counts of 0 (all) or more, found %d a class and a limit of %d", o.PerClass, o.Limit)}
	}
	if o.EmptyLabels != "" && !slices.Contains(EmptyMeanings(), o.EmptyLabels) {
		return kind{}, "", &SpecError{spec, usage.Unknown("meaning of empty labels", o.EmptyLabels, EmptyMeanings()...).Error()}
	}
	if err := o.checkBoxes(spec); err != nil {
		return kind{}, "", err
	}
	if o.Split != "" {
		if _, err := ParseSplit(o.Split); err != nil {
			return kind{}, "", &SpecError{spec, err.Error()}
		}
	}
	k, path, err := parseSpec(spec)
	if err == nil {
		err = o.checkFolders(spec, k)
	}
	if err == nil {
		err = o.checkColumns(spec, k)
	}
	if err == nil {
		err = o.checkOwn(spec, k)
	}
	return k, path, err
}

// openPath opens path, as the kind does.
func (k kind) openPath(path string, o Options) (*Set, error) {
	switch {
	case k.openWith != nil:
		return k.openWith(k.KindInfo, path, o)
	case k.openRows != nil:
		return k.openRows(k.KindInfo, path, o.Objects)
	case k.openSplit != nil && o.SplitFile != "": // which may take an item from any split to another
		return k.openSplit(k.KindInfo, path, "", o.Objects)
	case k.openSplit != nil:
		return k.openSplit(k.KindInfo, path, o.Split, o.Objects)
	}
	return k.open(k.KindInfo, path)
}

// stdin is what the path - stands for.
func (o Options) stdin() io.Reader {
	if o.Stdin == nil {
		return os.Stdin
	}
	return o.Stdin
}

// parseSpec splits KIND:PATH. Of several kinds that fit, as voc2012 and voc2012:action do, the longest counts.
func parseSpec(spec string) (kind, string, error) {
	var best kind
	for _, k := range kinds() {
		if spec == k.Name {
			spec += ":"
		}
		if strings.HasPrefix(spec, k.Name+":") && len(k.Name) > len(best.Name) {
			best = k
		}
	}
	if best.Name != "" {
		path := spec[len(best.Name)+1:]
		if path == "" {
			return kind{}, "", &SpecError{spec, "the path is missing: want " + best.Example}
		}
		if err := checkPath(best.Name, path); err != nil {
			return kind{}, "", &SpecError{spec, err.Error()}
		}
		return best, path, nil
	}
	name, _, colon := strings.Cut(spec, ":")
	if !colon {
		return kind{}, "", &SpecError{spec, "want KIND:PATH, such as folder:photos; the kinds are " + usage.OneOf(kindNames())}
	}
	for _, k := range kinds() {
		if strings.EqualFold(name, k.Name) {
			return kind{}, "", &SpecError{spec, fmt.Sprintf("the kind %q is written %q", name, k.Name)}
		}
	}
	return kind{}, "", &SpecError{spec, usage.Unknown("kind", name, kindNames()...).Error()}
}

// checkPath refuses an address where the kind takes none, and one that is none.
func checkPath(kind, path string) error {
	if !store.Is(path) {
		return usage.Address("the path", path)
	}
	if slices.Contains(remoteKinds, kind) {
		if kind == tarKind || kind == parquetKind || kind == FolderKind { // of which there are folders
			path = strings.TrimRight(path, "/")
		}
		if err := store.Check(path); err != nil || kind != FolderKind || canList(path) {
			return err
		}
		return usage.Unfit("the path", store.Shown(path), "a folder that can be listed, on a disk, s3://, gs:// or azblob://, found an address of none: give a list of the images, list: or "+csvKind+":")
	}
	return usage.Unfit("the path", store.Shown(path), "a path, found an address: of data sets, "+strings.Join(remoteKinds, ":, ")+": may be on a store, and what they name")
}

// kindNames lists the kinds for an error.
func kindNames() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.Name)
	}
	return names
}

// firstPerClass keeps, in order, the items that are among the first n of one of their classes, or of those of none.
// Others without labels go.
func firstPerClass(items []Item, n int) []Item {
	var kept []Item
	seen := make(map[string]int)
	none := 0
	for _, it := range items {
		take := false
		if it.None {
			take = none < n
			none++
		}
		for _, c := range it.Labels() {
			if seen[c] < n {
				take = true
			}
			seen[c]++
		}
		if take {
			kept = append(kept, it)
		}
	}
	return kept
}
