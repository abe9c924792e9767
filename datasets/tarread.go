package datasets

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// tarShard is one shard while it is read.
type tarShard struct {
	path  string
	rel   string // below the root
	set   *Set   // takes what is passed over
	lists *labelLists
	tarSamples
}

// Bounds of a shard. The headers of a file are bounded by archive/tar.
const (
	tarBlock      = 512
	maxTarMembers = 10_000_000
	maxTarName    = 4096
	maxTarTail    = 1 << 20 // after the end mark: what is looked at
)

// read reads the headers of a shard of size bytes, and its labels. The images are passed over by seeking.
func (sh *tarShard) read(r io.ReadSeeker, size int64) error {
	return walkTar(sh.path, r, size, sh.member)
}

// walkTar calls visit for every entry of a tar file of size bytes, with the place of its data; what visit leaves unread
// is passed over by seeking. A file that was cut, is compressed, or has more after its end is an error. path is for
// messages alone.
func walkTar(path string, r io.ReadSeeker, size int64, visit func(h *tar.Header, r io.Reader, offset int64) error) error {
	if err := refuseCompressed(path, r); err != nil {
		return err
	}
	tr := tar.NewReader(r)
	end := int64(0) // of the last file
	for n := 0; ; n++ {
		h, err := tr.Next()
		offset, seekErr := r.Seek(0, io.SeekCurrent)
		switch {
		case seekErr != nil:
			return seekErr
		case err == io.EOF:
			return checkTarEnd(r, offset, end, size)
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return tarError(err, offset, size)
		case n == maxTarMembers:
			return fmt.Errorf("more than %d files in one shard: split it", maxTarMembers)
		case len(h.Name) > maxTarName:
			return fmt.Errorf("at byte %d: a name of %d bytes, want at most %d", offset, len(h.Name), maxTarName)
		}
		end = offset
		if h.Typeflag == tar.TypeReg && !isSparse(h) {
			if h.Size > size-offset {
				return fmt.Errorf("at byte %d: %s has %d bytes, but the shard ends %d bytes on: it was cut; fetch or write it again",
					offset, escape.Short(escape.Name(h.Name)), h.Size, size-offset)
			}
			end = offset + (h.Size+tarBlock-1)/tarBlock*tarBlock
		}
		if err := visit(h, tr, offset); err != nil {
			return fmt.Errorf("at byte %d: %s: %w", offset, escape.Short(escape.Name(h.Name)), err)
		}
	}
}

// isSparse reports whether the data of a file are not stored in one piece.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// member takes one entry, whose data start at offset.
func (sh *tarShard) member(h *tar.Header, r io.Reader, offset int64) error {
	name := h.Name
	for strings.HasPrefix(name, "./") {
		name = strings.TrimLeft(name[2:], "/")
	}
	switch h.Typeflag {
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return nil
	}
	key, ext := splitMember(name)
	switch {
	case isHiddenMember(name):
		sh.set.skip(skipHidden, sh.name(name))
	case isSparse(h):
		sh.set.skip(skipSparse, sh.name(name))
	case h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeSymlink:
		sh.set.skip(skipLink, sh.name(name))
	case h.Typeflag != tar.TypeReg:
		sh.set.skip(skipSpecial, sh.name(name))
	case ext == "":
		sh.set.skip(skipExtension, sh.name(name))
	default:
		return sh.component(key, ext, offset, h.Size, r)
	}
	return nil
}

// component adds a file to its sample.
func (sh *tarShard) component(key, ext string, offset, size int64, r io.Reader) error {
	n, before := sh.add(key, ext, offset, size)
	if before != 0 {
		return fmt.Errorf("is in the shard twice: first at byte %d", before)
	}
	switch s := &sh.all[n]; {
	case ext == "cls":
		class, err := readClass(r, size)
		if err != nil {
			return err
		}
		s.labels, s.class = sh.lists.shared([]string{class}, nil), true
	case ext == "json":
		names, none, err := readJSONLabels(r, size)
		if err != nil {
			if sh.wrong == nil {
				sh.wrong = make(map[int]error)
			}
			sh.wrong[n] = fmt.Errorf("at byte %d: %s: %w", offset, escape.Short(escape.Name(key+"."+ext)), err)
		}
		if s.none = none; !s.class {
			s.labels = sh.lists.shared(names, nil)
		}
	case !isImageName("." + ext):
		sh.set.skip(skipComponent, sh.name(key+"."+ext))
	}
	return nil
}

// splitMember splits a name at the first dot of its last part; ext is "" if there is none.
func splitMember(name string) (key, ext string) {
	base := strings.LastIndexByte(name, '/') + 1
	stem, ext, _ := strings.Cut(name[base:], ".")
	return name[:base] + stem, strings.ToLower(ext)
}

// isHiddenMember reports whether a part of a name is hidden. The parts . and .. are not.
func isHiddenMember(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part != "." && part != ".." && isHidden(part) {
			return true
		}
	}
	return false
}

// tarError puts an error of archive/tar in our words.
func tarError(err error, offset, size int64) error {
	switch {
	case errors.As(err, new(*store.Fault)):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the shard ends at byte %d in the middle of a file: it was cut; fetch or write it again", size)
	case offset <= tarBlock:
		return fmt.Errorf("want an uncompressed tar file, found none: %w", err)
	}
	return fmt.Errorf("before byte %d: damaged; fetch or write the shard again: %w", offset, err)
}

// checkTarEnd looks for what a shard that was cut between two files lacks, the end mark, and for files after it, which
// no reader of tars would see. end is where the last file ends, pos where archive/tar stopped.
func checkTarEnd(r io.ReadSeeker, pos, end, size int64) error {
	marked, err := zeroBlockBefore(r, pos, end)
	if err != nil {
		return err
	}
	if !marked {
		return fmt.Errorf("the shard ends at byte %d without an end mark, two blocks of zeros: it was cut; fetch or write it again", size)
	}
	tail, err := io.ReadAll(io.LimitReader(r, maxTarTail))
	if err != nil {
		return err
	}
	if i := bytes.IndexFunc(tail, notZero); i >= 0 {
		return fmt.Errorf("data after the end mark, at byte %d: give joined tar files one by one", pos+int64(i))
	}
	return nil
}

// zeroBlockBefore reports whether there is a block of zeros between end and pos, where it leaves r. Without it,
// archive/tar met the end of the file where a header was due, maybe after the extended header of a file.
func zeroBlockBefore(r io.ReadSeeker, pos, end int64) (bool, error) {
	if pos-end < tarBlock {
		return false, nil
	}
	if _, err := r.Seek(pos-tarBlock, io.SeekStart); err != nil {
		return false, err
	}
	var block [tarBlock]byte
	if _, err := io.ReadFull(r, block[:]); err != nil {
		return false, err
	}
	return bytes.IndexFunc(block[:], notZero) < 0, nil
}

func notZero(c rune) bool { return c != 0 }

// compressions are told by the first bytes of a file.
var compressions = []struct{ magic, name, command string }{
	{"\x1f\x8b", "gzip", "gunzip -k"},
	{"BZh", "bzip2", "bunzip2 -k"},
	{"\xfd7zXZ\x00", "xz", "unxz -k"},
	{"\x28\xb5\x2f\xfd", "zstd", "unzstd"},
	{"\x04\x22\x4d\x18", "lz4", "unlz4"},
	{"PK\x03\x04", "zip", "unzip"},
}

// refuseCompressed gives an error for a compressed file: images in it could not be read in place.
func refuseCompressed(path string, r io.ReadSeeker) error {
	head := make([]byte, 8)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	for _, c := range compressions {
		if strings.HasPrefix(string(head[:n]), c.magic) {
			return fmt.Errorf("is compressed by %s, so that images cannot be read in place: run %s %q first, which for JPEG files costs little space", c.name, c.command, path)
		}
	}
	_, err = r.Seek(0, io.SeekStart)
	return err
}
