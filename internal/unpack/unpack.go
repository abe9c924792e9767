// Package unpack takes archives apart into a folder, and trusts nothing in them: a member cannot be written outside
// that folder, links and devices are refused, and the number of members, their sizes and their sum are bounded. The
// formats .tar, .tar.gz and .zip are told by content.
package unpack

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"fc7/internal/zipdir"
)

// Limits bound what an archive may grow to; zero values stand for the defaults.
type Limits struct {
	members int   // files and folders; 0: 1,000,000
	bytes   int64 // of all files together; 0: 64 GiB
}

const (
	defaultMembers = 1_000_000
	defaultBytes   = 64 << 30
	maxName        = 4096 // bytes of a member's name
	directoryEntry = 512  // bytes of a .zip's directory for each member that it may have
	maxDepth       = 64   // folders above one another
)

// Result counts what was unpacked.
type Result struct {
	files   int
	Bytes   int64
	ignored int // members that are no part of the data: what a Mac adds to a .zip
}

// Into unpacks an archive into the folder dir, which must be there. progress, if set, is told the files and bytes so
// far. A file that is there already is an error: two members of one name, or names that the file system takes for one,
// would silently lose an image. After an error dir holds part of the archive, and is the caller's to remove.
func Into(ctx context.Context, archive, dir string, l Limits, progress func(Result)) (Result, error) {
	if l.members <= 0 {
		l.members = defaultMembers
	}
	if l.bytes <= 0 {
		l.bytes = defaultBytes
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Result{}, err
	}
	defer root.Close()
	f, err := os.Open(archive)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	u := &unpacker{ctx: ctx, root: root, limits: l, progress: progress, buf: make([]byte, 256<<10)}
	if err := u.archive(f); err != nil {
		return u.done, fmt.Errorf("unpack %s: %w", archive, err)
	}
	return u.done, nil
}

type unpacker struct {
	ctx      context.Context
	root     *os.Root // refuses every path and link that leads out of the folder
	limits   Limits
	progress func(Result)
	buf      []byte
	members  int
	done     Result
}

func (u *unpacker) archive(f *os.File) error {
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil {
		return fmt.Errorf("want a .tar, .tar.gz or .zip file, found fewer than 4 bytes: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	packed := bufio.NewReaderSize(f, int(min(info.Size(), 1<<20)))
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return u.zip(f, info.Size())
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(packed)
		if err != nil {
			return err
		}
		if err := u.tar(z); err != nil {
			return err
		}
		_, err = io.CopyBuffer(io.Discard, io.LimitReader(z, 1<<20), u.buf) // checks the digest at the end
		return err
	}
	return u.tar(packed)
}

func (u *unpacker) tar(r io.Reader) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) && u.members == 0 {
			return errors.New("want a .tar, .tar.gz or .zip file, found none of its members")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d members: %w", u.members, err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			err = u.file(h.Name, h.Size, t)
		case tar.TypeDir:
			err = u.folder(h.Name)
		case tar.TypeXGlobalHeader:
			continue
		default:
			err = fmt.Errorf("member %q is a link or a device (type %q): refused", h.Name, h.Typeflag)
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacker) zip(r io.ReaderAt, size int64) error {
	z, err := zipdir.Open(r, size, 1<<16+directoryEntry*int64(u.limits.members))
	if err != nil {
		return err
	}
	for _, m := range z.File {
		switch mode := m.Mode(); {
		case mode.IsDir():
			err = u.folder(m.Name)
		case !mode.IsRegular():
			err = fmt.Errorf("member %q is a link or a device (%s): refused", m.Name, mode)
		default:
			err = u.zipped(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) zipped(m *zip.File) error {
	if m.UncompressedSize64 > uint64(u.limits.bytes) {
		return fmt.Errorf("member %q says it has %d bytes; the limit is %d in all", m.Name, m.UncompressedSize64, u.limits.bytes)
	}
	r, err := m.Open()
	if err != nil {
		return fmt.Errorf("member %q: %w", m.Name, err)
	}
	defer r.Close()
	return u.file(m.Name, int64(m.UncompressedSize64), r)
}

// name checks a member's name and cleans it; empty: it is no part of the data.
func (u *unpacker) name(s string) (string, error) {
	if err := u.ctx.Err(); err != nil {
		return "", err
	}
	if u.members++; u.members > u.limits.members {
		return "", fmt.Errorf("more than %d members", u.limits.members)
	}
	clean := strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/")
	switch {
	case clean == "" || clean == ".":
		return "", nil
	case len(s) > maxName || strings.Count(s, "/") > maxDepth:
		return "", fmt.Errorf("member %.60q…: its name is longer or deeper than any data set needs", s)
	case strings.ContainsAny(clean, "\\\x00") || !fs.ValidPath(clean):
		return "", fmt.Errorf("member %q: refused, its name leads elsewhere or is malformed", s)
	}
	first, _, _ := strings.Cut(clean, "/")
	if base := path.Base(clean); first == "__MACOSX" || base == ".DS_Store" || strings.HasPrefix(base, "._") {
		u.done.ignored++
		return "", nil
	}
	return clean, nil
}

func (u *unpacker) folder(name string) error {
	name, err := u.name(name)
	if err != nil || name == "" {
		return err
	}
	return u.root.MkdirAll(name, 0o755)
}

func (u *unpacker) file(name string, size int64, r io.Reader) error {
	name, err := u.name(name)
	if err != nil || name == "" {
		return err
	}
	if left := u.limits.bytes - u.done.Bytes; size > left {
		return fmt.Errorf("member %q of %d bytes goes beyond the limit of %d bytes in all", name, size, u.limits.bytes)
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	// One byte more than the header promised shows a member that is longer than it says.
	n, err := io.CopyBuffer(f, io.LimitReader(r, size+1), u.buf)
	if err == nil && n != size {
		err = fmt.Errorf("has %d bytes or more, its header says %d", n, size)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("member %q: %w", name, err)
	}
	u.done.files++
	u.done.Bytes += n
	if u.progress != nil {
		u.progress(u.done)
	}
	return nil
}
