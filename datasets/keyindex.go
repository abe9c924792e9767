package datasets

import "hash/maphash"

// keyIndex finds items by ID and Object. It holds 4 bytes a slot and compares keys with the items themselves, since a
// set may have millions.
type keyIndex struct {
	seed  maphash.Seed
	slots []uint32 // place in the items, from 1; 0: free. A power of two of them
	count int
}

// add looks for an item of the same key among items, all of which were added before it. It returns its place, or -1 and
// takes the item as the one that is appended next.
func (x *keyIndex) add(items []Item, it *Item) int {
	if 3*x.count >= 2*len(x.slots) {
		x.grow(items)
	}
	at := x.find(items, it)
	if n := x.slots[at]; n != 0 {
		return int(n) - 1
	}
	x.slots[at] = uint32(len(items) + 1)
	x.count++
	return -1
}

// find returns the slot of the item, or the free one where it belongs.
func (x *keyIndex) find(items []Item, it *Item) uint64 {
	mask := uint64(len(x.slots) - 1)
	const spread = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
	for at := maphash.String(x.seed, it.ID) + uint64(it.Object)*spread; ; at++ {
		n := x.slots[at&mask]
		if n == 0 {
			return at & mask
		}
		if o := &items[n-1]; o.Object == it.Object && o.ID == it.ID {
			return at & mask
		}
	}
}

// grow makes room for twice as many items and enters those that were added.
func (x *keyIndex) grow(items []Item) {
	if x.slots == nil {
		x.seed = maphash.MakeSeed()
	}
	x.slots = make([]uint32, max(64, 2*len(x.slots)))
	for i := range items {
		x.slots[x.find(items, &items[i])] = uint32(i + 1)
	}
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
