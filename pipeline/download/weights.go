package download

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/catalogue"
	"fc7/internal/fetch"
	"fc7/internal/filename"
	"fc7/internal/machine"
	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/vgg"
	"fc7/vgg/small"
	"fc7/vgg/weights"
)

// WeightsJob says which weights to fetch.
type WeightsJob struct {
	Name   string // of the catalogue; or any other, with a URL
	URL    string // instead of the publisher's
	Mirror string // a URL below which the file lies under its own name, to be asked first
	Cache  string // folder; empty: CacheDir's
	SHA256 string // that the file must have, instead of the published digest
	Force  bool   // fetch the file again, and take the place of one that is there
}

// WeightsResult is what is there now.
type WeightsResult struct {
	catalogue.Weights
	Path     string `json:"path"`
	From     string `json:"from,omitempty"` // URL; empty: the file was there
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
	Resumed  int64  `json:"resumed,omitempty"`    // bytes that an earlier run had left
	Verified string `json:"verified"`             // by which digest
	Holds    string `json:"holds,omitempty"`      // the net that the file was found to hold
	Trouble  string `json:"unreadable,omitempty"` // why no net was found in it
}

// FetchWeights brings a file of weights into the cache, or verifies the one that is there.
func FetchWeights(ctx context.Context, j WeightsJob, e Events) (*WeightsResult, error) {
	dir, err := CacheDir(j.Cache)
	if err != nil {
		return nil, err
	}
	entry, err := j.entry()
	if err != nil {
		return nil, err
	}
	old, err := readRecord(dir, j.Name)
	if err != nil {
		return nil, err
	}
	digests, verified, err := j.digests(entry, old)
	if err != nil {
		return nil, err
	}
	r := &WeightsResult{Weights: entry, Path: filepath.Join(dir, entry.File()), Verified: verified}
	if _, err := os.Stat(r.Path); err == nil && !j.Force {
		fetch.Clear(r.Path)
		err = r.check(ctx, digests)
		if err != nil {
			return nil, err
		}
	} else if err := r.get(ctx, j, digests, e); err != nil {
		return nil, explain(err, j, r.Path)
	}
	now := record{File: filepath.Base(r.Path), URL: r.From, Size: r.Bytes, SHA256: r.SHA256, Verified: verified}
	if now.URL == "" {
		now.URL = old.URL
	}
	if err := now.write(dir, j.Name); err != nil {
		return nil, err
	}
	r.recognise()
	return r, nil
}

// Check tells what is wrong with the job, whatever the cache holds and the publisher sends.
func (j WeightsJob) Check() error {
	_, err := j.entry()
	return err
}

// entry is that of the catalogue, with the user's places before the publisher's.
func (j WeightsJob) entry() (catalogue.Weights, error) {
	e, known := catalogue.LookupWeights(j.Name)
	switch {
	case !nameForm.MatchString(j.Name):
		return e, usage.Errorf("%q cannot be a name of weights: want letters, digits, '.', '_' and '-'", j.Name)
	case j.Name == small.Name:
		return e, usage.Errorf("%s ships with fc7: --weights %s takes it as it is, there is nothing to fetch", small.Name, small.Name)
	case !known && j.URL == "":
		return e, &usage.Error{What: "weights", Given: j.Name, Words: catalogue.WeightsNames(), Want: "or a name of your own with a --url"}
	case !known:
		u, err := url.Parse(j.URL)
		if err != nil {
			return e, fmt.Errorf("URL %q: %w", j.URL, err)
		}
		return catalogue.Weights{Name: j.Name, URLs: []string{"/" + ownFile(j.Name, u)}, Source: j.URL}, nil
	}
	return e, nil
}

// partEnding leaves room for what package fetch puts behind a name while it downloads.
const partEnding = ".part.json"

// ownFile is the name in the cache of a file that is fetched by URL.
func ownFile(name string, u *url.URL) string {
	file := name + "-" + path.Base(u.Path)
	if nameForm.MatchString(file) && len(file) < 200 {
		return file
	}
	return strings.TrimSuffix(filename.Of(file, partEnding), partEnding)
}

func (j WeightsJob) urls(e catalogue.Weights) []string {
	if j.URL != "" {
		return []string{j.URL}
	}
	if j.Mirror != "" {
		return append([]string{strings.TrimSuffix(j.Mirror, "/") + "/" + e.File()}, e.URLs...)
	}
	return e.URLs
}

// digests are what the file must fit, and how that is to be called: the user's word, else the publisher's, else what
// came the first time.
func (j WeightsJob) digests(e catalogue.Weights, old record) ([]fetch.Digest, string, error) {
	switch {
	case j.SHA256 != "":
		d, err := fetch.ParseSHA256(j.SHA256)
		return []fetch.Digest{d}, "the SHA-256 that was given", err
	case len(e.Digests) > 0:
		return e.Digests, e.Digests[0].String() + " (" + e.Basis + ")", nil
	case old.SHA256 != "":
		return []fetch.Digest{{Algorithm: fetch.SHA256, Hex: old.SHA256}}, firstUse, nil
	}
	return nil, firstUse, nil
}

// check verifies the file that is there, whoever put it there.
func (r *WeightsResult) check(ctx context.Context, digests []fetch.Digest) (err error) {
	if r.SHA256, err = fetch.Sum(ctx, r.Path, digests...); err != nil {
		return machine.Advise(err, "it was there already: remove it, or fetch it again with --again")
	}
	info, err := os.Stat(r.Path)
	if err == nil {
		r.Bytes = info.Size()
	}
	return err
}

func (r *WeightsResult) get(ctx context.Context, j WeightsJob, digests []fetch.Digest, e Events) error {
	req := fetch.Request{URLs: j.urls(r.Weights), Path: r.Path, Digests: digests, Replace: j.Force}
	if j.SHA256 == "" {
		req.Size = r.Weights.Size
	}
	got, err := fetch.Get(ctx, req, fetch.Options{Progress: e.progress(filepath.Base(r.Path)), Note: e.note})
	r.From, r.Bytes, r.SHA256, r.Resumed = got.URL, got.Size, got.SHA256, got.Resumed
	return err
}

// recognise opens what has come: a published file may still be one that fc7 cannot read.
func (r *WeightsResult) recognise() {
	f, err := weights.Open(r.Path)
	if err != nil {
		r.Trouble = err.Error()
		return
	}
	defer f.Close()
	c, _, err := vgg.Recognise(f)
	if err != nil {
		r.Trouble = err.Error()
		return
	}
	r.Holds = c.Name
	if r.NoFC = c.FC == 0; r.NoFC {
		r.Holds += " without fully connected layers"
	}
}

// explain adds what a user can do: offline, or with a digest that does not fit.
func explain(err error, j WeightsJob, path string) error {
	var offline *fetch.OfflineError
	var digest *fetch.DigestError
	switch {
	case errors.As(err, &offline):
		j.Force = false
		return fmt.Errorf("%w\nWithout a connection: download that URL on another machine, put the file at\n  %s\nand run this, which verifies it:\n  %s\nBehind a proxy: set HTTPS_PROXY. At another place: --url or --mirror",
			err, path, j.command())
	case errors.As(err, &digest) && j.SHA256 == "":
		j.SHA256 = digest.SHA256
		return fmt.Errorf("%w\nNothing was kept. If you know that the published file has changed, accept the new one:\n  %s", err, j.command())
	}
	return err
}

// command is the job as a user would give it: a name that no catalogue has is none without its URL.
func (j WeightsJob) command() string {
	words := []string{"fc7", "weights", "fetch", j.Name}
	for _, f := range [][2]string{{"--url", j.URL}, {"--mirror", j.Mirror}, {"--sha256", j.SHA256}, {"--cache", j.Cache}} {
		if f[1] != "" {
			words = append(words, f[0], f[1])
		}
	}
	if j.Force {
		words = append(words, "--again")
	}
	return origin.Text(words...)
}
