package download

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/catalogue"
	"fc7/internal/escape"
	"fc7/internal/machine"
	"fc7/internal/readjson"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/vgg"
	"fc7/vgg/small"
	"fc7/vgg/weights"
)

// CacheVariable names the environment variable that moves the cache.
const CacheVariable = "FC7_CACHE"

// CacheDir is the folder of downloaded weights: dir if it is given, else below $FC7_CACHE, else below the platform's
// folder of caches ($XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LocalAppData%).
func CacheDir(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	if dir := os.Getenv(CacheVariable); dir != "" {
		return filepath.Join(dir, "weights"), usage.Address(CacheVariable, dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for downloaded files is known (%w): set %s, or give --cache", err, CacheVariable)
	}
	return filepath.Join(dir, "fc7", "weights"), nil
}

// record is what the cache knows of a file that it once had: NAME.json beside it. It stays when the file is removed, so
// that a file without a published digest cannot change unnoticed.
type record struct {
	File     string `json:"file"`
	URL      string `json:"url,omitempty"` // empty: put there by hand
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
	Verified string `json:"verified"` // by which digest; "first use" where none was known
	// Version is that of the object at the address (URL) that the file was brought from; empty: it was fetched.
	Version string `json:"version,omitempty"`
}

// firstUse is how a file is vouched for whose digest nobody has published.
const firstUse = "first use: no digest is published, this one was recorded"

// maxRecord bounds a record.
const maxRecord = 1 << 20

func recordPath(dir, name string) string { return filepath.Join(dir, name+".json") }

// readRecord returns an empty record where there is none.
func readRecord(dir, name string) (r record, err error) {
	path := recordPath(dir, name)
	err = readjson.File(path, maxRecord, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return record{}, machine.Advise(err, "remove it")
	}
	if r.File != filepath.Base(r.File) {
		return record{}, fmt.Errorf("%s is damaged: field file: expected the name of a file beside it, found %q: remove it", path, escape.Short(r.File))
	}
	return r, nil
}

func (r record) write(dir, name string) error {
	return atomicfile.WriteJSON(recordPath(dir, name), r)
}

// nameForm is what may be the name of cached weights: it becomes a file name.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// cached are weights that are on this machine.
type cached struct {
	Path   string
	SHA256 string // as it was when they were fetched; empty: it was never computed
	Size   int64
}

// find looks a name up in the cache. An empty Path: the file is not there.
func find(dir, name string) (cached, error) {
	r, err := readRecord(dir, name)
	if err != nil {
		return cached{}, err
	}
	file := r.File
	if e, ok := catalogue.LookupWeights(name); ok && file == "" {
		file = e.File()
	}
	if file == "" {
		return cached{}, nil
	}
	info, err := os.Stat(filepath.Join(dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return cached{}, nil
	}
	if err != nil {
		return cached{}, err
	}
	return cached{Path: filepath.Join(dir, file), SHA256: r.SHA256, Size: info.Size()}, nil
}

// weightsCalled resolves what a user gives as weights: a file, or a checkpoint's prefix, as it is, else a name of the
// catalogue, or one that was fetched with a URL, whose file lies in the cache, or an address that it was brought from.
// It never downloads. A word that is neither comes back as a path, for the opening of it to fail.
func weightsCalled(fileOrName string) (cached, error) {
	if store.Is(fileOrName) {
		return broughtFrom(fileOrName)
	}
	as := cached{Path: fileOrName}
	if _, err := os.Stat(weights.CheckpointIndex(fileOrName)); err == nil || !nameForm.MatchString(fileOrName) {
		return as, nil
	}
	dir, err := CacheDir("")
	if err != nil {
		return as, nil //nolint:nilerr // without a cache a name is but a path
	}
	c, err := find(dir, fileOrName)
	if err != nil || c.Path != "" {
		return c, err
	}
	if e, ok := catalogue.LookupWeights(fileOrName); ok {
		return cached{}, fmt.Errorf("%s: no file of this name, and the weights of this name (%s) are not in the cache %s: fetch them with\n  fc7 weights fetch %s",
			fileOrName, e.Source, dir, fileOrName)
	}
	if near := usage.Nearest(fileOrName, append(catalogue.WeightsNames(), small.Name)); near != "" {
		return cached{}, fmt.Errorf("%s: %w, and no published weights have this name; did you mean %s?", fileOrName, fs.ErrNotExist, near)
	}
	return as, nil
}

// Listed is an entry of the catalogue and what the cache has of it.
type Listed struct {
	catalogue.Weights
	File   string `json:"file"`
	Cached string `json:"cached,omitempty"` // the file; empty: not on this machine
	Bytes  int64  `json:"bytes,omitempty"`  // of that file
}

// About estimates the bytes of the file: its net's numbers as float32. The published files are a few kilobytes larger.
// 0 for a net that is not known.
func (l Listed) About() int64 {
	c, err := vgg.Lookup(l.Net)
	if err != nil {
		return 0
	}
	if l.NoFC {
		c.FC, c.Classes = 0, 0
	}
	return 4 * int64(c.Params())
}

// List returns the catalogue, and behind it what was fetched by URL, with what the cache has.
func List(cache string) ([]Listed, error) {
	dir, err := CacheDir(cache)
	if err != nil {
		return nil, err
	}
	var all []Listed
	for _, e := range catalogue.AllWeights() {
		c, err := find(dir, e.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, Listed{Weights: e, File: e.File(), Cached: c.Path, Bytes: c.Size})
	}
	records, err := fs.Glob(os.DirFS(dir), "*.json") // a folder's name is no pattern
	if err != nil {
		return nil, err
	}
	for _, file := range records {
		name := strings.TrimSuffix(file, ".json")
		if _, known := catalogue.LookupWeights(name); known || !nameForm.MatchString(name) || strings.HasSuffix(name, ".part") {
			continue
		}
		r, err := readRecord(dir, name)
		if err != nil {
			return nil, err
		}
		c, err := find(dir, name)
		if err != nil {
			return nil, err
		}
		all = append(all, Listed{Weights: own(name, r), File: r.File, Cached: c.Path, Bytes: c.Size})
	}
	return all, nil
}

// own is the entry of weights that are in no catalogue.
func own(name string, r record) catalogue.Weights {
	return catalogue.Weights{Name: name, URLs: []string{r.URL}, Source: r.URL, Basis: r.Verified}
}
