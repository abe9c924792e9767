package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// maxShards bounds a pattern.
const maxShards = 100_000

// inFolder finds files of a folder: chosen looks at the entries that list tells of it, and of folders in it by their
// names, and returns paths below it; without any it is none's folder.
type inFolder struct {
	chosen func(s *Set, list func(below string) ([]shardEntry, error)) ([]string, error)
	what   string // they are: ".tar file"
}

// shardEntry is what a folder holds.
type shardEntry struct {
	name string
	dir  bool
}

// findShards sets the root and returns the paths of the shards that path stands for: a file, the files of a folder, or
// a pattern.
func (s *Set) findShards(k KindInfo, path string, of inFolder) ([]string, error) {
	if store.Is(path) {
		return s.remoteShards(k, path, of)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		s.Root = filepath.Clean(path)
		return s.folderShards(k, path, of)
	case err == nil:
		s.Root = filepath.Dir(path)
		return []string{path}, nil
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, patternStart):
		return s.patternShards(k, path)
	}
	e := layoutError(k, path, "cannot be opened", "")
	e.Err = err
	return nil, e
}

// folderShards returns the shards of a folder of a disk, by name.
func (s *Set) folderShards(k KindInfo, path string, of inFolder) ([]string, error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return nil, err
	}
	shards, err := of.chosen(s, func(below string) (all []shardEntry, err error) {
		dir, in := path, entries
		if below != "" {
			dir = filepath.Join(path, below)
			if in, err = os.ReadDir(dir); err != nil {
				return nil, fmt.Errorf("data set %s:%s: list folder: %w", k.Name, path, err)
			}
		}
		for _, e := range in {
			all = append(all, shardEntry{e.Name(), typeOf(dir, e) == entryDir})
		}
		return all, nil
	})
	if err == nil && len(shards) == 0 {
		err = layoutError(k, path, "no "+of.what+" here: "+contents(entries), "")
	}
	for i := range shards {
		shards[i] = filepath.Join(path, shards[i])
	}
	return shards, err
}

// tarsOf are the tar files of a folder.
var tarsOf = inFolder{what: ".tar file", chosen: func(s *Set, list func(string) ([]shardEntry, error)) (shards []string, err error) {
	entries, err := list("")
	for _, e := range entries {
		switch {
		case isHidden(e.name):
			s.skip(skipHidden, e.name)
		case e.dir:
			s.skip(skipNested, e.name)
		case strings.EqualFold(filepath.Ext(e.name), ".tar"), isPackedTar(e.name):
			shards = append(shards, e.name)
		default:
			s.skip(skipShard, e.name)
		}
	}
	return shards, err
}}

// isPackedTar tells the names of compressed tar files, which are not to be passed over but refused.
func isPackedTar(name string) bool {
	name = strings.ToLower(name)
	ext := filepath.Ext(name)
	if strings.HasSuffix(strings.TrimSuffix(name, ext), ".tar") {
		return slices.Contains([]string{".gz", ".bz2", ".xz", ".zst", ".lz4"}, ext)
	}
	return slices.Contains([]string{".tgz", ".tbz", ".tbz2", ".txz", ".tzst"}, ext)
}

// The characters that a pattern is known by, and those of a glob.
const (
	patternStart = "{*?["
	globStart    = "*?["
)

// patternShards expands braces and then globs. A shard that a brace names must exist, and a glob must match something.
func (s *Set) patternShards(k KindInfo, pattern string) ([]string, error) {
	s.Root = filepath.Dir(pattern[:strings.IndexAny(pattern, patternStart)] + "x")
	names, err := expandBraces(pattern)
	if err != nil {
		return nil, layoutError(k, pattern, err.Error(), "")
	}
	var shards []string
	seen := make(map[string]bool)
	for _, name := range names {
		found, err := matchShards(name)
		if err != nil {
			e := layoutError(k, pattern, "no shard "+name, "give a pattern of shards that exist")
			e.Err = err
			return nil, e
		}
		for _, f := range found {
			if seen[f] {
				return nil, layoutError(k, pattern, "names the shard "+f+" twice", "")
			}
			seen[f] = true
		}
		if shards = append(shards, found...); len(shards) > maxShards {
			return nil, layoutError(k, pattern, fmt.Sprintf("more than %d shards", maxShards), "")
		}
	}
	return shards, nil
}

// matchShards returns the file of that name, or else those that match it as a glob, by name.
func matchShards(name string) ([]string, error) {
	_, err := os.Stat(name)
	if err == nil {
		return []string{name}, nil
	}
	if !strings.ContainsAny(name, globStart) {
		return nil, err
	}
	found, err := filepath.Glob(name)
	if err == nil && len(found) == 0 {
		err = fs.ErrNotExist
	}
	slices.Sort(found)
	return found, err
}

// expandBraces expands {a,b} and {000..146}, as shells do; numbers keep the width of the longer end that is written
// with zeros before it.
func expandBraces(pattern string) ([]string, error) {
	names := []string{""}
	for pattern != "" {
		literal, rest, brace := strings.Cut(pattern, "{")
		choices := []string{""}
		pattern = ""
		if brace {
			inner, after, closed := strings.Cut(rest, "}")
			if !closed || strings.Contains(inner, "{") {
				return nil, errors.New("want { closed by }, and no braces within braces")
			}
			var err error
			if choices, err = braceChoices(inner); err != nil {
				return nil, err
			}
			pattern = after
		}
		if len(names) > maxShards/len(choices) {
			return nil, fmt.Errorf("stands for more than %d shards", maxShards)
		}
		var longer []string
		for _, n := range names {
			for _, c := range choices {
				longer = append(longer, n+literal+c)
			}
		}
		names = longer
	}
	return names, nil
}

// braceChoices returns what stands between two braces: names, or a range.
func braceChoices(inner string) ([]string, error) {
	first, last, isRange := strings.Cut(inner, "..")
	if !isRange {
		if !strings.Contains(inner, ",") {
			return nil, fmt.Errorf("want {a,b} or {000..146}, found {%s}", escape.Short(inner))
		}
		return strings.Split(inner, ","), nil
	}
	from, err1 := strconv.ParseUint(first, 10, 32)
	to, err2 := strconv.ParseUint(last, 10, 32)
	if err1 != nil || err2 != nil || to < from || to-from >= maxShards {
		return nil, fmt.Errorf("want a range such as {000..146} of at most %d, found {%s}", maxShards, escape.Short(inner))
	}
	width := 0
	if strings.HasPrefix(first, "0") || strings.HasPrefix(last, "0") {
		width = min(max(len(first), len(last)), 20)
	}
	var choices []string
	for n := from; n <= to; n++ {
		choices = append(choices, fmt.Sprintf("%0*d", width, n))
	}
	return choices, nil
}
