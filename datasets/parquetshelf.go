package datasets

import (
	"slices"
	"sync"
)

// Bounds of the pages that the tables of a set keep.
const (
	keptPages = 4         // of a table
	keptBytes = 256 << 20 // of all of them; the page in use counts, but is always kept
)

// pageShelf keeps the pages that were read last, of all tables of a set: were it of each of them, a set of many tables
// would stay in memory.
type pageShelf struct {
	mu    sync.Mutex
	pages []*loadedPage // the last one used last
}

// find is the page that a row of a table is in, which is now the last one used; nil: it is not kept.
func (s *pageShelf) find(t *parquetTable, row int64) *loadedPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(t, row)
	if i < 0 {
		return nil
	}
	p := s.pages[i]
	s.pages = append(slices.Delete(s.pages, i, i+1), p)
	return p
}

// has tells whether the page that a row of a table is in is kept.
func (s *pageShelf) has(t *parquetTable, row int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.index(t, row) >= 0
}

func (s *pageShelf) index(t *parquetTable, row int64) int {
	return slices.IndexFunc(s.pages, func(p *loadedPage) bool { return p.table == t && p.page.at(row) == 0 })
}

// makeRoom lets the pages go that were used longest ago for one of size bytes of a table.
func (s *pageShelf) makeRoom(t *parquetTable, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := 1
	var kept []*loadedPage
	for _, p := range slices.Backward(s.pages) {
		if size += p.bytes; size > keptBytes {
			break
		}
		if p.table == t {
			own++
		}
		if p.table != t || own <= keptPages {
			kept = append(kept, p)
		} else {
			size -= p.bytes
		}
	}
	slices.Reverse(kept)
	s.pages = kept
}

// put keeps a page, which is the last one used. Two tables may have made room at once: it is made again.
func (s *pageShelf) put(p *loadedPage) {
	s.makeRoom(p.table, p.bytes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages = append(s.pages, p)
}
