package datasets

import (
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"

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
		Name:    tarKind,
		Summary: "WebDataset shards: uncompressed tar files, read in place",
		Tree: "PATH is a .tar file, a folder of them, or a pattern such as train-{000..146}.tar or train-*.tar, or an address of such; in each:\n" +
			"000017.jpg                   the image; its extension tells\n" +
			"000017.cls                   its class, as text; or\n" +
			"000017.json                  {\"label\": \"cat\"} or {\"labels\": [\"cat\", 7]}; []: none of the classes; null: not known",
		Example: "tar:shards/train-{000..146}.tar",
	},
	open:   func(k KindInfo, path string) (*Set, error) { return openTar(k, path, Options{}, nil) },
	stream: openTar,
}

// tarKind is the name of the kind.
const tarKind = "tar"

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
	shards  []string // those that were read
	keys    []tarKey // of their samples, where there are more shards
	index   slots    // of keys
	left    int64    // bytes of the shards that are to be read yet
	read    int64    // and of those that were
	classes map[string]bool
	lists   labelLists
}

// tarKey is where a sample was met.
type tarKey struct {
	key    string
	offset int64 // of its first file's data
	shard  int   // place in shards
}

func openTar(k KindInfo, path string, _ Options, to *stream) (*Set, error) {
	s := &Set{Kind: k.Name, empty: "an empty list of labels", to: to}
	shards, err := s.findShards(k, path, tarsOf)
	if err != nil {
		return nil, err
	}
	t := &tarSet{set: s, left: s.bytesOf(shards), classes: make(map[string]bool)}
	for i, shard := range shards {
		if err := t.openShard(shard, i == len(shards)-1); err != nil {
			return nil, ofArchive(k.Name, shard, err)
		}
	}
	if s.given() == 0 {
		return nil, layoutError(k, path, "no image in "+some("shard", shards), "")
	}
	t.finish()
	s.noteRemote()
	return s, nil
}

// bytesOf is the sum of the sizes of files, as far as they are known.
func (s *Set) bytesOf(paths []string) (n int64) {
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			n += info.Size()
		}
		n += s.objects[p].Size
	}
	return n
}

// finish sets the classes.
func (t *tarSet) finish() {
	for c := range t.classes {
		t.set.Classes = append(t.set.Classes, c)
	}
	slices.Sort(t.set.Classes)
}

// openShard adds the samples of one shard. Errors lack its path.
func (t *tarSet) openShard(path string, last bool) error {
	f, in, err := openArchive(path, "tar file", t.set.objects[path])
	if err != nil {
		return err
	}
	defer f.Close()
	return t.addShard(path, io.NewSectionReader(f, 0, in.size), in, last)
}

// addShard reads a shard and turns its samples into items.
func (t *tarSet) addShard(path string, r io.ReadSeeker, in *archive, last bool) error {
	sh := &tarShard{path: path, rel: t.set.below(path), set: t.set, lists: &t.lists}
	if err := sh.read(r, in.size); err != nil {
		return err
	}
	sh.index = slots{}
	images := sh.images()
	if t.set.to == nil {
		t.expect(images, in.size)
	}
	parts := make([]Part, 0, images)
	for n := range sh.all {
		s := &sh.all[n]
		if err := t.meet(s, last); err != nil {
			return err
		}
		image, err := sh.image(s)
		if err != nil {
			return err
		}
		if image == nil {
			t.set.skip(skipNoImage, sh.name(s.key))
			continue
		}
		if err := sh.wrong[n]; err != nil && !s.class {
			return err
		}
		parts = append(parts, Part{Offset: image.offset, Size: image.size, in: in})
		it := Item{ID: escape.Name(s.key), At: Location{Path: path, Part: &parts[len(parts)-1]}, labels: s.labels, None: s.none && s.labels == nil}
		for _, l := range it.Labels() {
			t.classes[l] = true
		}
		if t.set.to == nil {
			t.set.Items = append(t.set.Items, it)
		} else if err := t.set.give(it); err != nil {
			return err
		}
	}
	t.shards = append(t.shards, path)
	return nil
}

// manyItems are as many as room is made for at once, or four times those that there are.
const manyItems = 1 << 20

// expect makes room for the items of a shard, and for those of the shards that follow, if they are like those before: a
// list of millions is not to be copied while it grows.
func (t *tarSet) expect(images int, size int64) {
	t.read, t.left = t.read+size, max(0, t.left-size)
	n := len(t.set.Items) + images
	if n > cap(t.set.Items) {
		all := float64(n) * float64(t.read+t.left) / float64(t.read)
		all = min(all, float64(max(manyItems, 4*n)))
		t.set.Items = slices.Grow(t.set.Items, int(all)-len(t.set.Items))
	}
}

// meet notes the key of a sample, which may be met once. Those of the last shard are not looked for any more.
func (t *tarSet) meet(s *tarSample, last bool) error {
	if t.set.to != nil {
		return t.set.to.met(s.key, 0)
	}
	hash := func(key string) uint64 { return maphash.String(t.index.seed, key) }
	t.index.room(func(n int) uint64 { return hash(t.keys[n].key) })
	n, slot := t.index.find(hash(s.key), func(n int) bool { return t.keys[n].key == s.key })
	switch {
	case n >= 0:
		before := t.keys[n]
		return fmt.Errorf("at byte %d: the key %s is already in %s at byte %d: keys must be unique over all shards",
			s.first.offset, escape.Short(escape.Name(s.key)), t.shards[before.shard], before.offset)
	case !last:
		t.index.put(slot)
		t.keys = append(t.keys, tarKey{s.key, s.first.offset, len(t.shards)})
	}
	return nil
}

// image chooses the image of a sample; nil: it has none.
func (sh *tarShard) image(s *tarSample) (*tarMember, error) {
	var simple, others []*tarMember
	for m := range sh.files(s) {
		switch e := &sh.exts[m.ext]; {
		case e.image && e.dotted:
			others = append(others, m)
		case e.image:
			simple = append(simple, m)
		}
	}
	if len(simple) == 0 {
		simple, others = others, nil
	}
	for _, m := range others {
		sh.set.skip(skipComponent, sh.name(s.key+"."+sh.exts[m.ext].name))
	}
	switch len(simple) {
	case 0:
		return nil, nil
	case 1:
		return simple[0], nil
	}
	ext := func(m *tarMember) string { return escape.Short(escape.Name(sh.exts[m.ext].name)) }
	return nil, fmt.Errorf("at byte %d: the key %s has a second image, .%s besides .%s at byte %d: the key ends at the first dot of a name; give each image a key of its own",
		simple[1].offset, escape.Short(escape.Name(s.key)), ext(simple[1]), ext(simple[0]), simple[0].offset)
}

// name is a file of the shard, for Set.Skipped.
func (sh *tarShard) name(member string) string { return sh.rel + ": " + member }
