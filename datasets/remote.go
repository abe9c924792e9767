package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"fc7/internal/few"
	"fc7/internal/store"
	"fc7/internal/usage"
)

// Remote tells whether the location is an address of an object store or a web server: see package store.
func (l Location) Remote() bool { return store.Is(l.Path) }

// openRemote opens an object, or the bytes of one, as it was when they were listed.
func (l Location) openRemote(ctx context.Context) (r io.ReadCloser, err error) {
	if p := l.Part; p != nil {
		r, err = store.OpenPart(ctx, l.Path, p.in.object(), p.Offset, p.Size)
	} else {
		r, err = store.Open(ctx, l.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("open image: %w", err)
	}
	return r, nil
}

// remoteKinds are the kinds whose path may be an address: of a text that names others, of files that images are parts
// of, or of a folder.
var remoteKinds = []string{"list", csvKind, tarKind, parquetKind, FolderKind}

// remoteText reads a text of at most so many bytes that stands on a store, and counts its lines.
func remoteText(k KindInfo, path string, limit int64, most int) (text [][]byte, lines int, err error) {
	wrap := func(err error) error { return fmt.Errorf("data set %s: %w", k.Name, err) }
	r, err := store.Open(context.Background(), path)
	if err != nil {
		return nil, 0, wrap(err)
	}
	defer r.Close()
	if text, err = spool(r, limit); err != nil {
		return nil, 0, wrap(err)
	}
	lines, err = countLines(spooled(text), most)
	return text, lines, err
}

// folderOf is the folder that a text is in, on a disk or a store.
func folderOf(path string) string {
	if store.Is(path) {
		return store.Folder(path)
	}
	return filepath.Dir(path)
}

// place is where a path that a text of the set names is.
func (s *Set) place(path string) (at string, err error) {
	if store.Is(path) {
		return strings.Clone(path), usage.InFile(store.Check(path)) // a cell of a table is part of its row
	}
	if err := usage.Address("the image", path); err != nil {
		return "", usage.InFile(err)
	}
	here := !store.Is(s.Root)
	switch {
	case filepath.IsAbs(path) && !here:
		return "", errors.New("a list that is on a store names images by addresses, or by paths below its own folder: found an absolute path")
	case filepath.IsAbs(path):
		return strings.Clone(filepath.Clean(path)), nil
	case here:
		return filepath.Join(s.Root, path), nil
	}
	return store.Join(s.Root, filepath.ToSlash(path)), nil
}

// noteRemote tells which stores the set's images are read from.
func (s *Set) noteRemote() {
	if s.to != nil {
		return
	}
	var r remotes
	r.add(s.Items)
	s.noteStores(r, len(s.Items))
}

// noteStores tells it of so many items.
func (s *Set) noteStores(r remotes, items int) {
	if r.count > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d of %d images are read over the network, from %s", r.count, items, few.Names(r.stores)))
	}
}

// remotePath is how tables name what is at an address: as they would name a file of the same tree on a disk, from the
// set's folder on where it is below that, and elsewhere too unless the set names images by addresses.
func (p *Places) remotePath(at string) string {
	for _, root := range p.roots {
		if !store.Is(root) {
			continue
		}
		host, folder := bucketOf(root)
		other, file := bucketOf(at)
		if rel, err := filepath.Rel("/"+folder, "/"+file); err == nil && host == other && (!p.anywhere || filepath.IsLocal(rel)) {
			if plain, err := url.PathUnescape(rel); err == nil && strings.HasPrefix(root, "http") {
				rel = plain
			}
			return filepath.ToSlash(rel)
		}
	}
	return at
}

// bucketOf splits an address behind its bucket or host.
func bucketOf(at string) (bucket, key string) {
	scheme, rest, _ := strings.Cut(at, "://")
	bucket, key, _ = strings.Cut(rest, "/")
	return scheme + "://" + bucket, key
}
