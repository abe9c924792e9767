package datasets

import (
	"context"
	"errors"
	"hash/maphash"
	"math/bits"
	"strings"
)

// Stream is Open of a set that need not be held: its items are given to take in their order, so many at once, of which
// only the last may be fewer, with a set that has no items and says where it lies. The set that is returned has the
// rest, and no items. ok is false where it has to be opened whole instead, and what take was given is of no use: of
// other kinds than lists of paths, tables of text and tar files, with options that need all items, and where two items
// look as if they had the same key, or what the items mean is not known before the last one.
func Stream(ctx context.Context, spec string, o Options, size int, take func(of *Set, items []Item) error) (set *Set, ok bool, err error) {
	k, path, err := parse(spec, o)
	if err != nil {
		return nil, false, err
	}
	if k.stream == nil || path == "-" || !o.streams() {
		return nil, false, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type batch struct {
		of    *Set
		items []Item
	}
	type end struct {
		set *Set
		err error
	}
	batches, ended := make(chan batch), make(chan end, 1)
	go func() { // left behind where a disk does not answer
		s := &stream{size: size, take: func(of *Set, items []Item) error {
			select {
			case batches <- batch{of, items}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		set, err := k.streamed(path, o, s)
		ended <- end{set, err}
	}()
	for {
		select {
		case b := <-batches:
			if err := take(b.of, b.items); err != nil {
				return nil, false, err
			}
		case e := <-ended:
			if errors.Is(e.err, errWhole) {
				return nil, false, nil
			}
			return e.set, e.err == nil, e.err
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// streams tells whether each item is itself whatever the others are.
func (o Options) streams() bool {
	return o.Split == "" && o.Classes == nil && o.PerClass == 0 && o.Limit == 0 && o.SplitFile == "" && o.Objects == "" && o.BoxContext == 0 && o.EmptyLabels == ""
}

// errWhole ends the streaming of a set that has to be opened whole.
var errWhole = errors.New("the set has to be opened whole")

// stream takes the items of a set while it is read.
type stream struct {
	size   int
	take   func(of *Set, items []Item) error
	seen   hashes
	about  int // items in all; 0: not known
	items  int // given
	none   int // of them, those of none of the classes
	remote remotes
}

// streamed opens a set whose items a stream takes.
func (k kind) streamed(path string, o Options, to *stream) (*Set, error) {
	s, err := k.stream(k.KindInfo, path, o, to)
	if err == nil {
		err = s.flush()
	}
	if err != nil {
		return nil, err
	}
	if len(s.Classes) == 0 && to.none > 0 { // there is nothing to be none of
		return nil, errWhole
	}
	s.noteEmpty("", to.none, to.items)
	s.noteStores(to.remote, to.items)
	return s, nil
}

// give hands an item to the stream. That its key is new, met told.
func (s *Set) give(it Item) error {
	s.Items = append(s.Items, it)
	if it.None {
		s.to.none++
	}
	if len(s.Items) < s.to.size {
		return nil
	}
	return s.flush()
}

// flush gives what there is.
func (s *Set) flush() error {
	if len(s.Items) == 0 {
		return nil
	}
	items := s.Items
	s.Items = make([]Item, 0, s.to.size)
	s.to.items += len(items)
	s.to.remote.add(items)
	return s.to.take(&Set{Kind: s.Kind, Root: s.Root, absolute: s.absolute, piped: s.piped, about: s.to.about}, items)
}

// given is how many items there are, or were.
func (s *Set) given() int {
	if s.to == nil {
		return len(s.Items)
	}
	return s.to.items + len(s.Items)
}

// About is how many items the set has, or is to have when all are given; 0: it is not known.
func (s *Set) About() int { return max(s.about, len(s.Items)) }

// room is how many items of n there is to be room for at once.
func (t *stream) room(n int) int {
	if t == nil {
		return n
	}
	t.seen.grow(n)
	t.about = n
	return t.size
}

// met is errWhole where a key looks as if it had been met before.
func (t *stream) met(id string, object int) error {
	if t.seen.add(id, object) {
		return nil
	}
	return errWhole
}

// hashes are those of keys, 64 bits each: of 10⁷ keys two have the same once in 370,000 sets.
type hashes struct {
	seed  maphash.Seed
	table []uint64 // 0: free
	count int
}

// grow makes room for so many keys in all.
func (h *hashes) grow(n int) {
	size := n + n/3 + 64
	if size <= len(h.table) {
		return
	}
	if h.table == nil {
		h.seed = maphash.MakeSeed()
	}
	old := h.table
	h.table = make([]uint64, size)
	for _, v := range old {
		if v != 0 {
			*h.place(v) = v
		}
	}
}

// add tells whether a key is new.
func (h *hashes) add(id string, object int) bool {
	if h.count*4 >= len(h.table)*3 {
		h.grow(max(2*h.count, 1000))
	}
	v := max(1, maphash.String(h.seed, id)+uint64(object)*0x9e3779b97f4a7c15) // 2^64 over the golden ratio
	at := h.place(v)
	if *at == v {
		return false
	}
	*at = v
	h.count++
	return true
}

// place is where a hash stands or may stand.
func (h *hashes) place(v uint64) *uint64 {
	at, _ := bits.Mul64(v, uint64(len(h.table)))
	for ; h.table[at] != 0 && h.table[at] != v; at++ {
		if at == uint64(len(h.table))-1 {
			at = ^uint64(0)
		}
	}
	return &h.table[at]
}

// remotes are the items on stores.
type remotes struct {
	count  int
	stores []string
	seen   map[string]bool
}

func (r *remotes) add(items []Item) {
	for i := range items {
		if !items[i].At.Remote() {
			continue
		}
		r.count++
		if name, _ := bucketOf(items[i].At.Path); !r.seen[name] {
			if r.seen == nil {
				r.seen = map[string]bool{}
			}
			r.seen[strings.Clone(name)] = true
			r.stores = append(r.stores, strings.Clone(name))
		}
	}
}
