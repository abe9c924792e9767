package main

import (
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// ids finds nodes by the numbers that the kernel knows them by. A number is never given again.
type ids struct {
	sync.Mutex
	last uint64
	all  map[uint64]owned
}

type owned struct {
	d *disk
	n *node
}

func (i *ids) add(d *disk, n *node) uint64 {
	i.Lock()
	defer i.Unlock()
	i.last++
	i.all[i.last] = owned{d, n}
	return i.last
}

func (i *ids) find(id uint64) (owned, bool) {
	i.Lock()
	defer i.Unlock()
	o, ok := i.all[id]
	return o, ok
}

func (i *ids) remove(all []uint64) {
	i.Lock()
	defer i.Unlock()
	for _, id := range all {
		delete(i.all, id)
	}
}

// server is the file system: folders, in which one disk after another is put. The programs under test see the disks by
// FUSE; this process, which serves them, never looks at them that way, or it could wait for itself.
type server struct {
	fuse.RawFileSystem
	ids   *ids
	mount string

	lock    sync.Mutex
	disks   map[string]*disk
	handle  uint64
	listing map[uint64][]fuse.DirEntry
}

// noFuseError says why there is no such file system here.
type noFuseError struct{ err error }

func (e *noFuseError) Error() string {
	return "no FUSE file system can be mounted here: " + e.err.Error()
}

// serve mounts the file system at a new folder; end takes it away again.
func serve() (s *server, end func() error, err error) {
	at, err := os.MkdirTemp("", "fc7-torture-")
	if err != nil {
		return nil, nil, err
	}
	s = &server{
		RawFileSystem: fuse.NewDefaultRawFileSystem(), mount: at,
		ids:   &ids{last: fuse.FUSE_ROOT_ID, all: map[uint64]owned{}},
		disks: map[string]*disk{}, listing: map[uint64][]fuse.DirEntry{},
	}
	f, err := fuse.NewServer(s, at, &fuse.MountOptions{
		FsName: "torture", DirectMount: true, DisableXAttrs: true, DisableReadDirPlus: true, MaxBackground: 64,
	})
	if err != nil {
		return nil, nil, &noFuseError{errors.Join(err, os.Remove(at))}
	}
	go f.Serve()
	end = func() error {
		err := f.Unmount()
		if err != nil { // a program that was killed has not gone yet
			time.Sleep(time.Second)
			err = f.Unmount()
		}
		if err != nil {
			return err
		}
		return os.Remove(at)
	}
	return s, end, f.WaitMount()
}

// put puts a disk in the place of that which was called so.
func (s *server) put(name string, d *disk) {
	s.lock.Lock()
	old := s.disks[name]
	s.disks[name] = d
	s.lock.Unlock()
	if old != nil && old != d {
		old.drop()
	}
}

func (s *server) find(id uint64) (*disk, *node, bool) {
	o, ok := s.ids.find(id)
	return o.d, o.n, ok
}

// forever is how long the kernel may keep what it was told: nobody else changes a disk.
const forever = 3600

// entry tells the kernel of a node.
func entry(n *node, out *fuse.EntryOut) {
	out.NodeId, out.EntryValid, out.AttrValid = n.id, forever, forever
	attributes(n, &out.Attr)
}

func attributes(n *node, a *fuse.Attr) {
	a.Ino, a.Mode, a.Nlink, a.Blksize = n.id, n.mode, n.links, page
	a.Size = uint64(len(n.data))
	if !n.isDir() && !n.isFile() {
		a.Size = uint64(len(n.target))
	}
	a.Blocks = (a.Size + 511) / 512
	a.Mtime, a.Mtimensec = uint64(n.mtime/1e9), uint32(n.mtime%1e9)
	a.Ctime, a.Ctimensec = a.Mtime, a.Mtimensec
	a.Uid, a.Gid = uint32(os.Getuid()), uint32(os.Getgid())
}

// call finds a node and does f as a call of a kind about it, or about the name in it.
func (s *server) call(k kind, id uint64, name string, f func(d *disk, n *node) syscall.Errno) fuse.Status {
	d, n, ok := s.find(id)
	if !ok {
		return fuse.Status(syscall.ESTALE)
	}
	return fuse.Status(d.do(k, n, name, func() syscall.Errno { return f(d, n) }))
}

func (s *server) Lookup(_ <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	if h.NodeId == fuse.FUSE_ROOT_ID {
		s.lock.Lock()
		d := s.disks[name]
		s.lock.Unlock()
		if d == nil {
			return fuse.ENOENT
		}
		d.Lock()
		defer d.Unlock()
		entry(d.root, out)
		out.EntryValid = 0 // another disk can be put here
		return fuse.OK
	}
	return s.call(lookup, h.NodeId, name, func(_ *disk, n *node) syscall.Errno {
		e := n.entries[name]
		if e == nil {
			return syscall.ENOENT
		}
		entry(e, out)
		return 0
	})
}

func (s *server) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	if in.NodeId == fuse.FUSE_ROOT_ID {
		out.Attr = fuse.Attr{Ino: fuse.FUSE_ROOT_ID, Mode: syscall.S_IFDIR | 0o755, Nlink: 2}
		return fuse.OK
	}
	return s.call(getattr, in.NodeId, "", func(_ *disk, n *node) syscall.Errno {
		out.AttrValid = forever
		attributes(n, &out.Attr)
		return 0
	})
}

func (s *server) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	return s.call(setattr, in.NodeId, "", func(d *disk, n *node) syscall.Errno {
		if size, ok := in.GetSize(); ok {
			n.change(write{at: int64(size)})
			n.mtime = d.tick()
		}
		if mode, ok := in.GetMode(); ok {
			n.mode = n.mode&syscall.S_IFMT | mode&0o7777
		}
		if at, ok := in.GetMTime(); ok {
			n.mtime = at.UnixNano()
		}
		out.AttrValid = forever
		attributes(n, &out.Attr)
		return 0
	})
}

// make adds a new node to a folder.
func (s *server) make(k kind, dir uint64, name string, n *node, out *fuse.EntryOut) fuse.Status {
	return s.call(k, dir, name, func(d *disk, in *node) syscall.Errno {
		if in.entries[name] != nil {
			return syscall.EEXIST
		}
		n.mtime = d.tick()
		d.set(change{{slot{in, name}, d.add(n)}})
		entry(n, out)
		return 0
	})
}

func (s *server) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	n := &node{mode: syscall.S_IFDIR | in.Mode&0o7777, links: 1, entries: map[string]*node{}, safeEntries: map[string]*node{}}
	return s.make(mkdir, in.NodeId, name, n, out)
}

func (s *server) Symlink(_ <-chan struct{}, h *fuse.InHeader, to, name string, out *fuse.EntryOut) fuse.Status {
	return s.make(symlink, h.NodeId, name, &node{mode: syscall.S_IFLNK | 0o777, target: to}, out)
}

func (s *server) Readlink(_ <-chan struct{}, h *fuse.InHeader) ([]byte, fuse.Status) {
	_, n, ok := s.find(h.NodeId)
	if !ok {
		return nil, fuse.Status(syscall.ESTALE)
	}
	return []byte(n.target), fuse.OK
}

func (s *server) Unlink(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return s.call(unlink, h.NodeId, name, func(d *disk, n *node) syscall.Errno {
		if n.entries[name] == nil {
			return syscall.ENOENT
		}
		d.set(change{{slot{n, name}, nil}})
		return 0
	})
}

func (s *server) Rmdir(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return s.call(rmdir, h.NodeId, name, func(d *disk, n *node) syscall.Errno {
		switch e := n.entries[name]; {
		case e == nil:
			return syscall.ENOENT
		case !e.isDir():
			return syscall.ENOTDIR
		case len(e.entries) > 0:
			return syscall.ENOTEMPTY
		}
		d.set(change{{slot{n, name}, nil}})
		return 0
	})
}

func (s *server) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	_, old, ok := s.find(in.Oldnodeid)
	if !ok {
		return fuse.Status(syscall.ESTALE)
	}
	return s.call(link, in.NodeId, name, func(d *disk, n *node) syscall.Errno {
		if n.entries[name] != nil {
			return syscall.EEXIST
		}
		d.set(change{{slot{n, name}, old}})
		entry(old, out)
		return 0
	})
}

const (
	noReplace = 1 // RENAME_NOREPLACE
	exchange  = 2 // RENAME_EXCHANGE
)

func (s *server) Rename(_ <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	_, dir, ok := s.find(in.Newdir)
	if !ok {
		return fuse.Status(syscall.EXDEV)
	}
	return s.call(rename, in.NodeId, from, func(d *disk, n *node) syscall.Errno {
		a, b := n.entries[from], dir.entries[to]
		switch {
		case a == nil, in.Flags&exchange != 0 && b == nil:
			return syscall.ENOENT
		case in.Flags&exchange != 0:
			d.set(change{{slot{n, from}, b}, {slot{dir, to}, a}})
			return 0
		case in.Flags&noReplace != 0 && b != nil:
			return syscall.EEXIST
		case b != nil && b.isDir() && !a.isDir():
			return syscall.EISDIR
		case b != nil && a.isDir() && !b.isDir():
			return syscall.ENOTDIR
		case b != nil && len(b.entries) > 0:
			return syscall.ENOTEMPTY
		case a != b:
			d.set(change{{slot{n, from}, nil}, {slot{dir, to}, a}})
		}
		return 0
	})
}

func (s *server) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	n := &node{mode: syscall.S_IFREG | in.Mode&0o7777}
	return s.make(create, in.NodeId, name, n, &out.EntryOut)
}

// Tmpfile makes a file without a name, which nobody can find later.
func (s *server) Tmpfile(_ <-chan struct{}, in *fuse.CreateIn, out *fuse.CreateOut) fuse.Status {
	return s.call(create, in.NodeId, "", func(d *disk, _ *node) syscall.Errno {
		entry(d.add(&node{mode: syscall.S_IFREG | in.Mode&0o7777, mtime: d.tick()}), &out.EntryOut)
		return 0
	})
}

func (s *server) Open(_ <-chan struct{}, in *fuse.OpenIn, _ *fuse.OpenOut) fuse.Status {
	k := open
	if in.Flags&syscall.O_TRUNC != 0 {
		k = setattr
	}
	return s.call(k, in.NodeId, "", func(d *disk, n *node) syscall.Errno {
		if in.Flags&syscall.O_TRUNC != 0 {
			n.change(write{})
			n.mtime = d.tick()
		}
		return 0
	})
}

func (s *server) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	n := 0
	status := s.call(read, in.NodeId, "", func(_ *disk, of *node) syscall.Errno {
		if in.Offset < uint64(len(of.data)) {
			n = copy(buf, of.data[in.Offset:])
		}
		return 0
	})
	return fuse.ReadResultData(buf[:n]), status
}

func (s *server) Write(_ <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	status := s.call(write_, in.NodeId, "", func(d *disk, n *node) syscall.Errno {
		if d.half() {
			data = data[:(len(data)+1)/2]
		}
		n.change(write{int64(in.Offset), slices.Clone(data)})
		n.mtime = d.tick()
		return 0
	})
	return uint32(len(data)), status
}

// Flush is the end of a descriptor. Of what was only read it has nothing to tell.
func (s *server) Flush(_ <-chan struct{}, in *fuse.FlushIn) fuse.Status {
	d, n, ok := s.find(in.NodeId)
	if !ok {
		return fuse.Status(syscall.ESTALE)
	}
	d.Lock()
	written := n.written
	d.Unlock()
	if !written {
		return fuse.OK
	}
	return s.call(flush, in.NodeId, "", func(*disk, *node) syscall.Errno { return 0 })
}

func (s *server) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return s.call(fsync, in.NodeId, "", func(_ *disk, n *node) syscall.Errno {
		n.sync()
		return 0
	})
}

func (s *server) FsyncDir(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return s.call(fsyncdir, in.NodeId, "", func(d *disk, n *node) syscall.Errno {
		d.syncDir(n)
		return 0
	})
}

func (s *server) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	var list []fuse.DirEntry
	status := s.call(readdir, in.NodeId, "", func(_ *disk, n *node) syscall.Errno {
		for _, name := range sorted(n.entries) {
			e := n.entries[name]
			list = append(list, fuse.DirEntry{Name: name, Ino: e.id, Mode: e.mode})
		}
		return 0
	})
	s.lock.Lock()
	defer s.lock.Unlock()
	s.handle++
	out.Fh, s.listing[s.handle] = s.handle, list
	return status
}

func (s *server) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	s.lock.Lock()
	list := s.listing[in.Fh]
	s.lock.Unlock()
	for i := in.Offset; i < uint64(len(list)); i++ {
		e := list[i]
		e.Off = i + 1
		if !out.AddDirEntry(e) {
			break
		}
	}
	return fuse.OK
}

func (s *server) ReleaseDir(in *fuse.ReleaseIn) {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.listing, in.Fh)
}

func (s *server) StatFs(_ <-chan struct{}, in *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	const blocks = 16 << 30 / page
	*out = fuse.StatfsOut{Blocks: blocks, Bfree: blocks, Bavail: blocks, Files: 1 << 20, Ffree: 1 << 20, Bsize: page, Frsize: page, NameLen: 255}
	return fuse.OK
}

func (s *server) String() string { return "torture" }

// sorted are the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
