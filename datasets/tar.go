package datasets

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
)

// tarShards is a set of WebDataset shards: uncompressed tar files in which the files that share a key are a sample.
// Images are read in place, as byte ranges of the shards; nothing is unpacked, so that names which climb out of a
// folder (../x.jpg, /x.jpg) are keys like any other.
//
// The key is the name up to the first dot of its last part, without a leading ./, and what follows is the extension,
// compared in lower case. A sample has one image: a file whose extension is one of an image, such as jpg; a file with a
// longer one, such as seg.png, is the image only if it is the only one. Its labels are the text of its cls file, or
// else the values of "label" and "labels" in its json file, each a value or a list, where whole numbers count as their
// digits, true as 1 and false as 0; an empty list is none of the classes, null and no such value is not known. All
// other files are counted in Set.Skipped, and so are links, sparse files and samples without an image. The files of a
// sample may stand apart, but in one shard: a key in two shards and a file twice in one are errors.
//
// Set.Classes are all labels, sorted by bytes. The order of items is that of the shards by name, or as PATH lists them,
// and in each that of the first file of each sample.
var tarShards = kind{
	KindInfo: KindInfo{
		Name:    "tar",
		Summary: "WebDataset shards: uncompressed tar files, read in place",
		Tree: "PATH is a .tar file, a folder of them, or a pattern such as train-{000..146}.tar or train-*.tar; in each:\n" +
			"000017.jpg                   the image; its extension tells\n" +
			"000017.cls                   its class, as text; or\n" +
			"000017.json                  {\"label\": \"cat\"} or {\"labels\": [\"cat\", 7]}; []: none of the classes; null: not known",
		Example: "tar:shards/train-{000..146}.tar",
	},
	open: openTar,
}

// The reasons for which files in shards are passed over.
const (
	skipShard     = "not a .tar file by its name"
	skipLink      = "link inside a tar file"
	skipSparse    = "sparse file inside a tar file"
	skipComponent = "part of a sample other than its image and labels"
	skipNoImage   = "sample without an image"
)

// tarSet collects the samples of all shards.
type tarSet struct {
	set     *Set
	places  map[string]tarPlace // where each key was met
	classes map[string]bool
	lists   labelLists
}

// tarPlace is where a sample begins.
type tarPlace struct {
	shard  string
	offset int64
}

func openTar(k KindInfo, path string) (*Set, error) {
	s := &Set{Kind: k.Name, empty: "an empty list of labels"}
	shards, err := s.findShards(k, path, s.folderShards)
	if err != nil {
		return nil, err
	}
	t := &tarSet{set: s, places: make(map[string]tarPlace), classes: make(map[string]bool)}
	for _, shard := range shards {
		if err := t.openShard(shard); err != nil {
			return nil, fmt.Errorf("data set %s: %s: %w", k.Name, shard, err)
		}
	}
	if len(s.Items) == 0 {
		return nil, layoutError(k, path, "no image in "+some("shard", shards), "")
	}
	t.finish()
	return s, nil
}

// finish sets the classes.
func (t *tarSet) finish() {
	for c := range t.classes {
		t.set.Classes = append(t.set.Classes, c)
	}
	slices.Sort(t.set.Classes)
}

// openShard adds the samples of one shard. Errors lack its path.
func (t *tarSet) openShard(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("want a tar file, found a %s", describeMode(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return t.addShard(path, f, info.Size())
}

// addShard reads a shard and turns its samples into items.
func (t *tarSet) addShard(path string, r io.ReadSeeker, size int64) error {
	rel, err := filepath.Rel(t.set.Root, path)
	if err != nil {
		rel = path
	}
	sh := &tarShard{path: path, rel: filepath.ToSlash(rel), set: t.set, samples: make(map[string]*tarSample), members: make(map[string]int64)}
	if err := sh.read(r, size); err != nil {
		return err
	}
	for _, key := range sh.order {
		s := sh.samples[key]
		if before, ok := t.places[key]; ok {
			return fmt.Errorf("at byte %d: the key %s is already in %s at byte %d: keys must be unique over all shards",
				s.offset, escape.Short(escape.Name(key)), before.shard, before.offset)
		}
		t.places[key] = tarPlace{path, s.offset}
		image, err := sh.image(key, s)
		if err != nil {
			return err
		}
		if image == nil {
			t.set.skip(skipNoImage, sh.name(key))
			continue
		}
		labels, err := s.labels()
		if err != nil {
			return err
		}
		for _, l := range labels {
			t.classes[l] = true
		}
		t.set.Items = append(t.set.Items, Item{
			ID: escape.Name(key), At: Location{Path: path, Part: &Part{Offset: image.offset, Size: image.size}},
			Labels: t.lists.shared(labels), None: s.none && len(labels) == 0,
		})
	}
	return nil
}

// image chooses the image of a sample; nil: it has none.
func (sh *tarShard) image(key string, s *tarSample) (*tarMember, error) {
	var simple, others []*tarMember
	for i := range s.images {
		if m := &s.images[i]; strings.Contains(m.ext, ".") {
			others = append(others, m)
		} else {
			simple = append(simple, m)
		}
	}
	if len(simple) == 0 {
		simple, others = others, nil
	}
	for _, m := range others {
		sh.set.skip(skipComponent, sh.name(key+"."+m.ext))
	}
	switch len(simple) {
	case 0:
		return nil, nil
	case 1:
		return simple[0], nil
	}
	return nil, fmt.Errorf("at byte %d: the key %s has a second image, .%s besides .%s at byte %d: the key ends at the first dot of a name; give each image a key of its own",
		simple[1].offset, escape.Short(escape.Name(key)), escape.Short(escape.Name(simple[1].ext)), escape.Short(escape.Name(simple[0].ext)), simple[0].offset)
}

// name is a file of the shard, for Set.Skipped.
func (sh *tarShard) name(member string) string { return sh.rel + ": " + member }
