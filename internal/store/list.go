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
	prefix := a.key + "/"
	var all []Entry
	for mark, more := "", true; more; {
		var found []Entry
		var next string
		err := p.again(ctx, func() (err error) {
			found, next, err = l.page(ctx, prefix, mark)
			return err
		})
		if err == nil {
			all, err = below(all, found, prefix)
		}
		switch {
		case err == nil && next != "" && next == mark:
			err = &Fault{err: errors.New("the store tells the same part of the list again")}
		case len(all) > maxListed:
			err = &Fault{err: fmt.Errorf("there are more than %d objects: want the folder of a run, or of a data set", maxListed)}
		}
		if err != nil {
			return nil, named(err, Shown(folder))
		}
		mark, more = next, next != ""
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b Entry) bool { return a.Name == b.Name }), nil
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
