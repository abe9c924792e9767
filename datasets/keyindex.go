package datasets

import (
	"hash/maphash"
	"strings"
)

// slots find entries of a list, which its owner keeps, by their hashes: 4 bytes a slot, since a set may have millions.
type slots struct {
	seed  maphash.Seed
	table []uint32 // place in the list, from 1; 0: free. A power of two of them
	count int
}

// room makes room for another entry where it lacks, by the hashes of all that were put.
func (x *slots) room(hash func(n int) uint64) {
	if x.table == nil {
		x.seed = maphash.MakeSeed()
	}
	if 3*x.count < 2*len(x.table) {
		return
	}
	x.table = make([]uint32, max(64, 2*len(x.table)))
	for n := range x.count {
		_, slot := x.find(hash(n), func(int) bool { return false })
		x.table[slot] = uint32(n + 1)
	}
}

// find returns the place of the entry of that hash which is the one, or -1 and the free slot where it belongs.
func (x *slots) find(hash uint64, is func(n int) bool) (n int, slot uint64) {
	mask := uint64(len(x.table) - 1)
	for at := hash; ; at++ {
		switch n := int(x.table[at&mask]); {
		case n == 0:
			return -1, at & mask
		case is(n - 1):
			return n - 1, at & mask
		}
	}
}

// put notes the next entry at a free slot.
func (x *slots) put(slot uint64) {
	x.count++
	x.table[slot] = uint32(x.count)
}

// keyIndex finds items by ID and Object. It compares keys with the items themselves.
type keyIndex struct{ slots }

// add looks for an item of the same key among items, all of which were added before it. It returns its place, or -1 and
// takes the item as the one that is appended next.
func (x *keyIndex) add(items []Item, it *Item) int {
	x.room(func(n int) uint64 { return x.hash(&items[n]) })
	n, slot := x.find(x.hash(it), func(n int) bool { return items[n].Object == it.Object && items[n].ID == it.ID })
	if n < 0 {
		x.put(slot)
	}
	return n
}

func (x *keyIndex) hash(it *Item) uint64 {
	const spread = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
	return maphash.String(x.seed, it.ID) + uint64(it.Object)*spread
}

// texts keep strings one behind the other, without the room that each would be rounded up to.
type texts struct{ chunk strings.Builder }

// textChunk is how many bytes are taken at once.
const textChunk = 16 << 10

// keep is a string of the same bytes.
func (t *texts) keep(s string) string {
	if t.chunk.Len()+len(s) > t.chunk.Cap() {
		t.chunk = strings.Builder{}
		t.chunk.Grow(max(textChunk, len(s)))
	}
	at := t.chunk.Len()
	t.chunk.WriteString(s)
	return t.chunk.String()[at:]
}

// lineRuns tells the lines that items were read from, at the cost of those that do not stand in the line after the item
// before.
type lineRuns []struct{ item, line int }

func (l *lineRuns) add(item, line int) {
	if n := len(*l); n > 0 && line-item == (*l)[n-1].line-(*l)[n-1].item {
		return
	}
	*l = append(*l, struct{ item, line int }{item, line})
}

// of returns the line of an item that was added.
func (l lineRuns) of(item int) int {
	line := 0
	for _, r := range l {
		if r.item > item {
			break
		}
		line = r.line + item - r.item
	}
	return line
}
