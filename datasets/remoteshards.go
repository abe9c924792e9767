package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"fc7/internal/store"
)

// below is the path of a file of the set from the set's folder on, with slashes.
func (s *Set) below(file string) string {
	if store.Is(file) {
		return (&Places{roots: []string{s.Root}}).remotePath(file)
	}
	rel, err := filepath.Rel(s.Root, file)
	if err != nil {
		rel = filepath.Base(file)
	}
	return filepath.ToSlash(rel)
}

// remoteShards is findShards on a store. What it asks is kept, so that opening a file asks no more than for its bytes.
func (s *Set) remoteShards(k KindInfo, at string, of inFolder) ([]string, error) {
	s.objects = make(map[string]store.Object)
	fail := func(err error) error { return fmt.Errorf("data set %s: %w", k.Name, err) }
	folder := strings.TrimRight(at, "/")
	switch {
	case strings.Contains(at, "{"): // whatever is called so: without the right to list, what is absent is refused
		return s.remotePattern(k, at)
	case folder == at:
		o, err := store.Stat(context.Background(), at)
		if f := new(store.Fault); err != nil && errors.As(err, &f) && f.OfStore() {
			return nil, fail(err)
		}
		switch {
		case err == nil:
			s.Root, s.objects[at] = store.Folder(at), o
			return []string{at}, nil
		case strings.ContainsAny(at, globStart) && canList(at):
			return s.remotePattern(k, at)
		case !errors.Is(err, fs.ErrNotExist), !canList(at):
			return nil, fail(err)
		}
	}
	s.Root = folder
	return s.remoteFolder(k, folder, of)
}

// canList tells whether a store tells what there is.
func canList(at string) bool { return store.CanPut(at) }

// remoteFolder returns the shards of a folder of a store, in the order of one of a disk.
func (s *Set) remoteFolder(k KindInfo, folder string, of inFolder) ([]string, error) {
	found, err := store.List(context.Background(), folder)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w", k.Name, err)
	}
	objects := make(map[string]store.Object, len(found))
	in := make(map[string][]shardEntry)
	for _, e := range found {
		objects[e.Name] = e.Object
		for dir, name := "", e.Name; ; {
			first, rest, deeper := strings.Cut(name, "/")
			in[dir] = append(in[dir], shardEntry{first, deeper})
			if !deeper {
				break
			}
			dir, name = path.Join(dir, first), rest
		}
	}
	for dir, entries := range in {
		slices.SortFunc(entries, func(a, b shardEntry) int { return strings.Compare(a.name, b.name) })
		in[dir] = slices.Compact(entries)
	}
	shards, err := of.chosen(s, func(below string) ([]shardEntry, error) { return in[below], nil })
	if err == nil && len(shards) == 0 {
		err = layoutError(k, folder, fmt.Sprintf("no %s there, among %d objects", of.what, len(found)), "")
	}
	for i, name := range shards {
		name = filepath.ToSlash(name)
		shards[i] = folder + "/" + name
		s.objects[shards[i]] = objects[name]
	}
	return shards, err
}

// remotePattern expands braces, and then what a store that lists its objects has of them. A shard that a brace names
// must exist, and a glob must match something.
func (s *Set) remotePattern(k KindInfo, pattern string) ([]string, error) {
	s.Root = store.Folder(pattern[:strings.IndexAny(pattern, patternStart)] + "x")
	names, err := expandBraces(pattern)
	if err != nil {
		return nil, layoutError(k, pattern, err.Error(), "")
	}
	found := make([][]string, len(names))
	objects := make([]map[string]store.Object, len(names))
	work, ctx := errgroup.WithContext(context.Background())
	work.SetLimit(askedAtOnce)
	for i, name := range names {
		work.Go(func() (err error) {
			found[i], objects[i], err = matchObjects(ctx, name)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		e := layoutError(k, pattern, "not all of it is there", "give a pattern of shards that exist")
		e.Err = err
		return nil, e
	}
	var shards []string
	for i, names := range found {
		for _, f := range names {
			if _, twice := s.objects[f]; twice {
				return nil, layoutError(k, pattern, "names the shard "+f+" twice", "")
			}
			s.objects[f] = objects[i][f]
		}
		if shards = append(shards, names...); len(shards) > maxShards {
			return nil, layoutError(k, pattern, fmt.Sprintf("more than %d shards", maxShards), "")
		}
	}
	return shards, nil
}

// askedAtOnce is how many requests are made at once where many objects are asked for.
const askedAtOnce = 32

// matchObjects returns the object of that name, or else those that match it as a glob, by name.
func matchObjects(ctx context.Context, name string) (found []string, objects map[string]store.Object, err error) {
	glob := strings.IndexAny(name, globStart)
	o, err := store.Stat(ctx, name)
	if err == nil || glob < 0 || !canList(name) {
		return []string{name}, map[string]store.Object{name: o}, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	folder := store.Folder(name[:glob])
	all, err := store.List(ctx, folder)
	if err != nil {
		return nil, nil, err
	}
	objects = make(map[string]store.Object)
	for _, e := range all {
		at := folder + "/" + e.Name
		ok, err := path.Match(name, at)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if ok {
			found, objects[at] = append(found, at), e.Object
		}
	}
	if len(found) == 0 {
		err = fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return found, objects, err
}
