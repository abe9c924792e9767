package main

import (
	"fmt"
	"syscall"
)

// kind is a kind of call that a file system gets.
type kind int

const (
	lookup kind = iota
	getattr
	open
	read
	readdir
	create
	write_
	flush
	fsync
	fsyncdir
	setattr
	mkdir
	unlink
	rmdir
	rename
	link
	symlink
	statfs
	kinds // the number of them
)

var kindNames = [kinds]string{
	"lookup", "getattr", "open", "read", "readdir", "create", "write", "close", "fsync", "fsync of a folder", "setattr", "mkdir",
	"unlink", "rmdir", "rename", "link", "symlink", "statfs",
}

func (k kind) String() string { return kindNames[k] }

// changes tells that such a call changes a disk, or what of it is safe.
func (k kind) changes() bool { return k >= create && k < statfs && k != flush }

// plan is what goes wrong on a disk.
type plan struct {
	what int
	at   int  // the how manieth call, from 1
	done bool // stop: the call is done, but nobody is told

	kind  kind // fail: of which kind the call is
	errno syscall.Errno
}

const (
	nothing = iota
	stop    // the power goes, or the process is killed, at a call that changes the disk
	end     // the power goes when the command has ended
	fail    // one call fails
)

// short, in the place of an error number, lets a write take half.
const short syscall.Errno = 0

func (p plan) String() string {
	switch {
	case p.what == stop && p.done:
		return fmt.Sprintf("after change %d", p.at)
	case p.what == stop:
		return fmt.Sprintf("before change %d", p.at)
	case p.what == end:
		return "after the end"
	case p.what == fail && p.errno == short:
		return fmt.Sprintf("write %d is short", p.at)
	case p.what == fail:
		return fmt.Sprintf("%v %d: %v", p.kind, p.at, p.errno)
	}
	return "nothing"
}

// do lets the call f of a kind happen, or what the plan has in its place. It is about a node, or the name in it.
func (d *disk) do(k kind, n *node, name string, f func() syscall.Errno) syscall.Errno {
	d.Lock()
	defer d.Unlock()
	if d.dead {
		return syscall.EIO
	}
	if name == "" {
		name = n.name
	}
	d.calls[k]++
	if k.changes() {
		d.changes++
	}
	switch p := d.plan; {
	case p.what == stop && k.changes() && d.changes == p.at:
		if p.done {
			f()
		}
		d.hit, d.dead = fmt.Sprintf("%v of %s", k, name), true
		d.stopped(d)
		return syscall.EIO
	case p.what == fail && p.errno != short && k == p.kind && d.calls[k] == p.at:
		d.hit = name
		return p.errno
	}
	return f()
}

// half tells that the write that is under way is to be short.
func (d *disk) half() bool {
	p := d.plan
	return p.what == fail && p.errno == short && d.calls[write_] == p.at
}

// faults lists all that can fail once in a job of so many calls.
func faults(calls [kinds]int) (all []plan) {
	for k := range kinds {
		for at := 1; at <= calls[k]; at++ {
			for _, e := range errorsOf(k) {
				all = append(all, plan{what: fail, at: at, kind: k, errno: e})
			}
		}
	}
	return all
}

// errorsOf lists what a call of a kind can fail with.
func errorsOf(k kind) []syscall.Errno {
	switch k {
	case open, readdir:
		return []syscall.Errno{syscall.EIO, syscall.EMFILE, syscall.EINTR}
	case create:
		return []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT, syscall.EMFILE, syscall.EINTR}
	case write_:
		return []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT, syscall.EINTR, short}
	case mkdir, rename, link, symlink:
		return []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT, syscall.EINTR}
	case fsync, fsyncdir, flush:
		return []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT, syscall.EINTR}
	case read, setattr:
		return []syscall.Errno{syscall.EIO, syscall.EINTR}
	}
	return []syscall.Errno{syscall.EIO}
}
