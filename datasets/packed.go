package datasets

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
	"fc7/internal/zipdir"
)

// packedTree is what archives hold that lie in one folder: the places of their files by their names, with slashes. They
// are read when the first name is looked for that the folder does not have.
type packedTree struct {
	folder   string
	archives []string // names of the files that may be read
	files    map[string]Location
	folders  map[string]bool // that files are in
	used     map[string]bool // archives that were asked for a file
	read     bool
	err      error // of the one that cannot be read
}

// Bounds of an archive of files.
const (
	maxPackedFiles = 10_000_000
	maxZipList     = 1 << 30   // bytes of its directory: COCO's largest, of 118,000 images, has 11 MB
	maxPackedBytes = 512 << 20 // of a member that has to be unpacked
)

// packedIn are the archives of a folder, by the names of its entries.
func packedIn(folder string, entries []fs.DirEntry) *packedTree {
	p := &packedTree{folder: folder, used: map[string]bool{}}
	for _, e := range entries {
		if ext := strings.ToLower(filepath.Ext(e.Name())); (ext == ".tar" || ext == ".zip") && !isHidden(e.Name()) && !e.IsDir() {
			p.archives = append(p.archives, e.Name())
		}
	}
	return p
}

// find is where a file is; not ok: no archive has it.
func (p *packedTree) find(name string) (at Location, ok bool, err error) {
	if err := p.open(); err != nil {
		return at, false, err
	}
	if at, ok = p.files[name]; ok {
		p.used[at.Path] = true
	}
	return at, ok, nil
}

// open reads the directories of the archives, once.
func (p *packedTree) open() error {
	if p.read || len(p.archives) == 0 {
		return p.err
	}
	p.read, p.files, p.folders = true, map[string]Location{}, map[string]bool{}
	for _, name := range p.archives {
		path := filepath.Join(p.folder, name)
		if err := p.add(path); err != nil {
			p.err = fmt.Errorf("%s: %w", path, err)
			return p.err
		}
	}
	return nil
}

// add reads the directory of one archive.
func (p *packedTree) add(path string) error {
	f, of, err := openArchive(path, "tar or zip file", store.Object{})
	if err != nil {
		return err
	}
	defer f.Close()
	if strings.EqualFold(filepath.Ext(path), ".zip") {
		return p.addZip(path, f, of)
	}
	return walkTar(path, io.NewSectionReader(f, 0, of.size), of.size, func(h *tar.Header, _ io.Reader, offset int64) error {
		if h.Typeflag != tar.TypeReg || isSparse(h) {
			return nil
		}
		return p.file(h.Name, path, Part{Offset: offset, Size: h.Size, in: of})
	})
}

func (p *packedTree) addZip(path string, r io.ReaderAt, of *archive) error {
	z, err := zipdir.Open(r, of.size, maxZipList)
	if err != nil {
		return err
	}
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		part := Part{Size: int64(f.CompressedSize64), in: of}
		switch name := escape.Short(escape.Name(f.Name)); {
		case f.Flags&1 != 0:
			return fmt.Errorf("%s is encrypted: unpack the archive", name)
		case f.CompressedSize64 > uint64(of.size) || f.UncompressedSize64 > maxPackedBytes && f.Method == zip.Deflate:
			return fmt.Errorf("%s: want at most %d bytes, found %d, which are %d when unpacked", name, int64(maxPackedBytes), f.CompressedSize64, f.UncompressedSize64)
		case f.UncompressedSize64 == 0:
			part.Size = 0
		case f.Method == zip.Deflate:
			part.packed = int64(f.UncompressedSize64)
		case f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64:
			return fmt.Errorf("%s is packed by method %d, and cannot be read in place: unpack the archive", name, f.Method)
		}
		if part.Offset, err = f.DataOffset(); err != nil {
			return fmt.Errorf("%s: %w", escape.Short(escape.Name(f.Name)), err)
		}
		if part.Offset > of.size-part.Size {
			return fmt.Errorf("%s ends beyond the archive's end: it was cut; fetch it again", escape.Short(escape.Name(f.Name)))
		}
		if err := p.file(f.Name, path, part); err != nil {
			return err
		}
	}
	return nil
}

// file adds a file. One whose name is none of a file below a folder can be asked for by nobody.
func (p *packedTree) file(name, path string, part Part) error {
	for strings.HasPrefix(name, "./") {
		name = strings.TrimLeft(name[2:], "/")
	}
	if !fs.ValidPath(name) {
		return nil
	}
	if was, ok := p.files[name]; ok {
		return fmt.Errorf("%s is there twice, in %s too", escape.Short(escape.Name(name)), filepath.Base(was.Path))
	}
	if len(p.files) == maxPackedFiles {
		return fmt.Errorf("more than %d files", maxPackedFiles)
	}
	p.files[name] = Location{Path: path, Part: &part}
	for i := strings.LastIndexByte(name, '/'); i > 0 && !p.folders[name[:i]]; i = strings.LastIndexByte(name[:i], '/') {
		p.folders[name[:i]] = true
	}
	return nil
}

// has tells whether there is a file or folder of a name.
func (p *packedTree) has(name string) (bool, error) {
	err := p.open()
	_, file := p.files[name]
	return file || p.folders[name], err
}

// openPacked unpacks a deflated member.
func (l Location) openPacked() (io.ReadCloser, error) {
	f, err := os.Open(l.Path)
	if err != nil {
		return nil, fmt.Errorf("open image: %w", err)
	}
	defer f.Close()
	cr := flate.NewReader(io.NewSectionReader(f, l.Part.Offset, l.Part.Size))
	data := make([]byte, l.Part.packed)
	_, err = io.ReadFull(cr, data)
	if err == nil {
		var more [1]byte
		if n, end := io.ReadFull(cr, more[:]); n > 0 || !errors.Is(end, io.EOF) {
			err = errors.Join(end, fmt.Errorf("want %d bytes when unpacked, found more", l.Part.packed))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open image %s: damaged in its archive: %w", l, err)
	}
	return cell{bytes.NewReader(data)}, nil
}

// compressedArchives are the files of a folder that are archives, and cannot be read in place.
func compressedArchives(entries []fs.DirEntry) (names []string) {
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if !e.IsDir() && slices.ContainsFunc([]string{".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".tar.zst", ".rar", ".7z"}, func(end string) bool { return strings.HasSuffix(name, end) }) {
			names = append(names, e.Name())
		}
	}
	return names
}
