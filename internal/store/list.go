package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Entry is an object that stands below a folder.
type Entry struct {
	Name string // below the folder, with slashes
	Object
}

// lister is a backend that tells which objects there are.
type lister interface {
	// page tells some of the objects whose keys begin with prefix, by their whole keys, and the mark that the next call
	// goes on from; "" is the mark of the first, and of none.
	page(ctx context.Context, prefix, mark string) (found []Entry, next string, err error)
}

const (
	// maxPage bounds an answer: a thousand keys of S3, or 5,000 of Azure, with what is told of them.
	maxPage = 32 << 20
	// maxListed bounds a listing: no folder of a table has as many.
	maxListed = 1 << 20
	// maxNames bounds all that is told of them.
	maxNames = 256 << 20
	// maxIdle bounds how many pages in a row may tell of nothing new. Stores pass over what is deleted in empty ones.
	maxIdle = 1000
)

// List tells all objects below a folder, also those in folders there, by their names. An object that is called like a
// folder, with a slash at the end, is none. That there are none is no error. The folder is an address without a slash
// at the end; one of a web server or of the hub cannot be listed.
func List(ctx context.Context, folder string) ([]Entry, error) {
	b, p, a, err := backendOf(folder)
	if err != nil {
		return nil, err
	}
	l, ok := b.(lister)
	if !ok {
		return nil, &Fault{of: Shown(folder), err: errors.New("objects are listed on s3://, gs:// and azblob:// alone")}
	}
	found := listing{prefix: a.key + "/"}
	for more := true; more; {
		var page []Entry
		var next string
		err := p.again(ctx, func() (err error) {
			page, next, err = l.page(ctx, found.prefix, found.mark)
			return err
		})
		if err == nil {
			more, err = found.add(page, next)
		}
		if err != nil {
			return nil, named(err, Shown(folder))
		}
	}
	slices.SortFunc(found.all, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(found.all, func(a, b Entry) bool { return a.Name == b.Name }), nil
}

// listing is what was told of a folder.
type listing struct {
	prefix string
	mark   string // that the next page goes on from
	all    []Entry
	bytes  int // of names and versions
	idle   int // pages since the last object
}

// add takes a page, and tells whether there are more: an error, where they might have no end.
func (l *listing) add(page []Entry, next string) (more bool, err error) {
	before := len(l.all)
	if l.all, err = below(l.all, page, l.prefix); err != nil {
		return false, err
	}
	for _, e := range l.all[before:] {
		l.bytes += len(e.Name) + len(e.Version)
	}
	if l.idle++; len(l.all) > before {
		l.idle = 0
	}
	switch {
	case next != "" && next == l.mark:
		return false, &Fault{err: errors.New("the store tells the same part of the list again")}
	case len(l.all) > maxListed || l.bytes > maxNames:
		return false, &Fault{err: fmt.Errorf("there are more than %d objects, or names of %d bytes: want the folder of a run, or of a data set", maxListed, maxNames)}
	case l.idle > maxIdle:
		return false, &Fault{err: fmt.Errorf("the store tells %d parts of the list without an object in them, and no end", l.idle)}
	}
	l.mark = next
	return next != "", nil
}

// below adds what was found, by the names below the folder.
func below(all, found []Entry, prefix string) ([]Entry, error) {
	for _, e := range found {
		name, ok := strings.CutPrefix(e.Name, prefix)
		if !ok || e.Size < 0 {
			return all, &Fault{err: errors.New("the store lists what it was not asked for")}
		}
		if e.Name = name; name != "" && !strings.HasSuffix(name, "/") {
			all = append(all, e)
		}
	}
	return all, nil
}

// pageOf sends the request for a page, and gives the answer.
func pageOf(resp *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err == nil && len(b) > maxPage {
		err = &Fault{err: fmt.Errorf("the store answers with more than %d bytes", maxPage)}
	}
	return b, err
}

// noPage is the fault of an answer that is no list: it may have been cut.
func noPage() error {
	return &Fault{kind: busy, err: errors.New("the store answers with what is no list")}
}

// query writes parameters as all stores sign them.
func query(of url.Values) string { return "?" + strings.ReplaceAll(of.Encode(), "+", "%20") }
