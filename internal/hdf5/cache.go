package hdf5

import (
	"container/list"
	"sync"
)

// chunkCache keeps the chunks that were last used, of all datasets of a file. Its room is two rows of chunks of the
// dataset that needs most, so that an array that is read in order, by several readers nearby, is unpacked once.
type chunkCache struct {
	mu    sync.Mutex
	room  int64
	used  int64
	byKey map[chunkKey]*list.Element
	order *list.List // of *cachedChunk, last used first
}

// leastRoom is kept for chunks in any case.
const leastRoom = 32 << 20

type chunkKey struct {
	dataset uint64
	number  int
}

type cachedChunk struct {
	key   chunkKey
	bytes int64
	once  sync.Once
	data  []byte
	err   error
}

func (c *chunkCache) init() {
	c.byKey, c.order, c.room = map[chunkKey]*list.Element{}, list.New(), leastRoom
}

// reserve makes room for the chunks of one slab, and for those of the next one while they are small.
func (c *chunkCache) reserve(slab int64) {
	if slab <= 256<<20 {
		slab *= 2
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = min(max(c.room, slab), maxChunk)
}

// get returns the bytes of a chunk, nil when it was never written; they are to be read only.
func (c *chunkCache) get(from *chunked, number int) ([]byte, error) {
	chunk := c.entry(chunkKey{from.d.addr, number}, int64(from.bytes))
	chunk.once.Do(func() { chunk.data, chunk.err = from.read(number) })
	return chunk.data, chunk.err
}

func (c *chunkCache) entry(key chunkKey, bytes int64) *cachedChunk {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*cachedChunk)
	}
	chunk := &cachedChunk{key: key, bytes: bytes}
	c.byKey[key] = c.order.PushFront(chunk)
	c.used += bytes
	for c.used > c.room && c.order.Len() > 1 {
		last := c.order.Remove(c.order.Back()).(*cachedChunk)
		delete(c.byKey, last.key)
		c.used -= last.bytes
	}
	return chunk
}
