package mirror

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
	"fc7/internal/store"
)

// part is a file of which some blocks are there. The others are zeros, and nothing on the disk where it has files with
// holes.
type part struct {
	of     *Folder
	name   string
	object store.Object
	path   string
	note   string // file that says which blocks are there

	mu     sync.Mutex
	blocks []byte // a bit a block; nil: not read yet
	fresh  int64  // bytes that came since the note was written
}

const (
	block      = 256 << 10
	maxRequest = 8 << 20  // bytes of one
	keepEvery  = 64 << 20 // bytes between notes: a kill costs no more
	maxNote    = 64 << 20
)

// noted is what the note of a file holds.
type noted struct {
	Blocks []byte `json:"blocks"`
}

// make makes the file with its size, unless it is there.
func (p *part) make() error {
	if info, err := os.Lstat(p.path); err == nil && info.Mode().IsRegular() && info.Size() == p.object.Size {
		return nil
	}
	if err := os.RemoveAll(p.note); err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(filepath.Dir(p.path)); err != nil {
		return err
	}
	f, err := os.OpenFile(p.path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Truncate(p.object.Size)
}

// count is how many blocks there are.
func (p *part) count() int64 { return (p.object.Size + block - 1) / block }

// load reads the note. One that is of no use is none: all comes again.
func (p *part) load() {
	if p.blocks != nil {
		return
	}
	n := int((p.count() + 7) / 8)
	var was noted
	if err := readjson.File(p.note, maxNote, &was); err == nil && len(was.Blocks) == n {
		p.blocks = was.Blocks
		return
	}
	p.blocks = make([]byte, n)
}

func (p *part) has(b int64) bool { return p.blocks[b/8]&(1<<(b%8)) != 0 }

// missing are the bytes that lack of some, by blocks, in pieces for a request each. The caller holds the lock.
func (p *part) missing(spans []Span) (all []Span) {
	p.load()
	wanted := make([]byte, len(p.blocks))
	for _, s := range spans {
		to := min(s.To, p.object.Size)
		for b := max(s.From, 0) / block; b*block < to; b++ {
			if !p.has(b) {
				wanted[b/8] |= 1 << (b % 8)
			}
		}
	}
	for b := range p.count() {
		if wanted[b/8]&(1<<(b%8)) == 0 {
			continue
		}
		from, to := b*block, min((b+1)*block, p.object.Size)
		if last := len(all) - 1; last >= 0 && all[last].To == from && to-all[last].From <= maxRequest {
			all[last].To = to
		} else {
			all = append(all, Span{from, to})
		}
	}
	return all
}

// lacks counts the bytes that would be brought for some.
func (p *part) lacks(spans []Span) (n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.missing(spans) {
		n += s.To - s.From
	}
	return n
}

// bring brings what lacks of some bytes. came, which may be nil, is told how many at a time.
func (p *part) bring(came func(int64), spans ...Span) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	want := p.missing(spans)
	for len(want) > 0 {
		n, bytes := 0, int64(0)
		for n < len(want) && bytes < keepEvery {
			bytes += want[n].To - want[n].From
			n++
		}
		if err := p.fetch(want[:n], came); err != nil {
			return err
		}
		want = want[n:]
	}
	return nil
}

// fetch brings pieces at once. Those that came are noted, also where others failed. The caller holds the lock.
func (p *part) fetch(want []Span, came func(int64)) error {
	f, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	done := make([]bool, len(want))
	var work errgroup.Group
	work.SetLimit(requests)
	for i, s := range want {
		work.Go(func() error {
			err := p.get(f, s)
			if done[i] = err == nil; done[i] && came != nil {
				came(s.To - s.From)
			}
			return err
		})
	}
	err = work.Wait()
	for i, s := range want {
		if !done[i] {
			continue
		}
		for b := s.From / block; b*block < s.To; b++ {
			p.blocks[b/8] |= 1 << (b % 8)
		}
		p.fresh += s.To - s.From
	}
	if err != nil || p.fresh >= keepEvery {
		if e := p.keep(f); err == nil {
			err = e
		}
	}
	return err
}

// get brings one piece into the file.
func (p *part) get(f *os.File, s Span) error {
	select {
	case p.of.slots <- struct{}{}:
		defer func() { <-p.of.slots }()
	case <-p.of.ctx.Done():
		return p.of.ctx.Err()
	}
	r, err := store.OpenPart(p.of.ctx, p.of.At+"/"+p.name, p.object, s.From, s.To-s.From)
	if err != nil {
		return err
	}
	defer r.Close()
	b := make([]byte, s.To-s.From)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	if _, err = f.WriteAt(b, s.From); err != nil {
		err = fmt.Errorf("keeping a part of it in %s: %w", filepath.Dir(p.of.root), err)
	}
	return err
}

// keep notes which blocks are there, when they are on the disk. The caller holds the lock.
func (p *part) keep(f *os.File) error {
	if p.fresh == 0 {
		return nil
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(filepath.Dir(p.note)); err != nil {
		return err
	}
	var was noted // of another process, meanwhile
	if err := readjson.File(p.note, maxNote, &was); err == nil && len(was.Blocks) == len(p.blocks) {
		for i, b := range was.Blocks {
			p.blocks[i] |= b
		}
	}
	if err := atomicfile.WriteJSON(p.note, noted{p.blocks}); err != nil {
		return err
	}
	p.fresh = 0
	return nil
}

// close notes what came.
func (p *part) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fresh == 0 {
		return nil
	}
	f, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return p.keep(f)
}

// File is an open file, mirrored or not.
type File interface {
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
}

// OpenFile opens a file. What is read of one in a mirror is brought before.
func OpenFile(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if p := partAt(path); p != nil {
		return &mirrored{f, p}, nil
	}
	return f, nil
}

// Has tells whether a file is one of a mirror of which parts are brought.
func Has(path string) bool { return partAt(path) != nil }

// partAt is the part at a path; nil: there is a whole file, or none of a mirror.
func partAt(path string) *part {
	if in, name := of(path); in != nil {
		return in.parts[name]
	}
	return nil
}

// mirrored is an open file of a mirror.
type mirrored struct {
	f *os.File
	p *part
}

func (m *mirrored) ReadAt(b []byte, off int64) (int, error) {
	if err := m.p.bring(nil, Span{off, off + int64(len(b))}); err != nil {
		return 0, fmt.Errorf("%s: %w", m.p.name, err)
	}
	return m.f.ReadAt(b, off)
}

func (m *mirrored) Close() error               { return m.f.Close() }
func (m *mirrored) Stat() (fs.FileInfo, error) { return m.f.Stat() }
