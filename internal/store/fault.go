package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"fc7/internal/fetch"
)

// kind is what is wrong.
type kind int

const (
	other   kind = iota // an answer that asking again does not change
	absent              // there is no such object, or bucket
	changed             // the object is another one than before
	there               // there is an object already, another one
	refused             // by want of a right, or of a key
	busy                // the store, or the way to it: it may pass
)

// Fault is what a store, or the way to it, has against a request.
type Fault struct {
	of    string // the address, without what may be secret
	kind  kind
	err   error
	after time.Duration // the server's Retry-After
	code  int           // the status of the answer; 0: none came
	tries int

	ofUpload bool // what is absent is an upload, not an object
	ofWrite  bool // an object was to be put or removed
}

func (e *Fault) Error() string {
	text := fmt.Sprintf("%s: %s", e.of, e.what())
	if e.tries > 1 {
		text += fmt.Sprintf(" (tried %d times)", e.tries)
	}
	return text
}

func (e *Fault) what() string {
	switch e.kind {
	case absent:
		return fmt.Sprintf("there is no such object: %v", e.err)
	case changed:
		return fmt.Sprintf("the object has changed since it was first looked at: %v", e.err)
	case there:
		return "there is another object already; it is not replaced"
	case refused:
		if e.ofWrite {
			return fmt.Sprintf("access is refused: %v; are credentials set, and may they write and remove objects there?", e.err)
		}
		return fmt.Sprintf("access is refused: %v; are credentials set, and may they read this? Without the right to list, an object that is absent is refused, too", e.err)
	case busy:
		if e.ofWrite {
			return fmt.Sprintf("the store cannot be written to now: %v", e.err)
		}
		return fmt.Sprintf("the store cannot be read now: %v", e.err)
	}
	return e.err.Error()
}

// Unwrap gives what is below, and fs.ErrNotExist of an object that is absent, fs.ErrExist of one that is in the way.
func (e *Fault) Unwrap() []error {
	switch e.kind {
	case absent:
		return []error{e.err, fs.ErrNotExist}
	case there:
		return []error{e.err, fs.ErrExist}
	}
	return []error{e.err}
}

// Passes tells whether another try may not meet it: the store was busy or away, or an object is not there yet.
func (e *Fault) Passes() bool { return e.kind == busy || e.kind == absent }

// OfStore tells whether what is wrong is the store or the way to it, of which every object would tell, and not the one
// that was asked for.
func (e *Fault) OfStore() bool { return e.kind == busy || e.kind == refused }

// OfVersion tells whether what is wrong is that the object, as it was first looked at, is not there any more.
func (e *Fault) OfVersion() bool { return e.kind == absent || e.kind == changed }

// answer is a Fault of a status that is not what was asked for.
func answer(resp *http.Response) *Fault {
	text := resp.Status
	if code := errorCode(resp); code != "" {
		text += ", " + code
	}
	f := &Fault{err: errors.New(text), code: resp.StatusCode, after: fetch.RetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	switch c := resp.StatusCode; {
	case c == http.StatusNotFound, c == http.StatusGone:
		f.kind = absent
	case c == http.StatusPreconditionFailed:
		f.kind = changed
	case c == http.StatusUnauthorized, c == http.StatusForbidden, c == http.StatusProxyAuthRequired:
		f.kind = refused
	case c == http.StatusRequestTimeout, c == http.StatusTooEarly, c == http.StatusTooManyRequests, c >= 500 && c != http.StatusNotImplemented:
		f.kind = busy
	}
	return f
}

// maxAnswer bounds what is read of an answer that is no object.
const maxAnswer = 64 << 10

// codeForm finds the word for what is wrong in S3's and Azure's answers (XML) and Google's (JSON). Their sentences are
// not shown: they may repeat what was signed.
var codeForm = regexp.MustCompile(`<Code>([A-Za-z0-9._]{1,64})</Code>|"reason":\s*"([A-Za-z0-9._]{1,64})"`)

func errorCode(resp *http.Response) string {
	for _, h := range []string{"X-Ms-Error-Code", "X-Error-Code"} {
		if m := wordForm.FindString(resp.Header.Get(h)); m != "" {
			return m
		}
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // what came of it is as good as all
	if m := codeForm.FindSubmatch(b); m != nil {
		return string(m[1]) + string(m[2])
	}
	return ""
}

var wordForm = regexp.MustCompile(`^[A-Za-z0-9._]{1,64}$`)

// silent is a Fault of a request to which no answer came. What the client says names the URL, in which there may be a
// token, so only what is below that is kept.
func silent(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		var i *idleFault
		if !errors.As(cause, &i) {
			return copied(cause)
		}
		err = i
	}
	var f *Fault
	if errors.As(err, &f) { // of signing, or a redirection
		return f
	}
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return &Fault{kind: busy, err: err}
}

// copied is what ended a group of requests, for one of them: where it is a Fault, it is that of another request, and
// all would write into it what they know of theirs.
func copied(cause error) error {
	var f *Fault
	if !errors.As(cause, &f) {
		return cause
	}
	own := *f
	return &own
}

// idleFault is a connection on which nothing came or went, or hardly anything.
type idleFault struct {
	in time.Duration
	n  int64
}

func (e *idleFault) Error() string {
	if e.n == 0 {
		return fmt.Sprintf("nothing came for %s", e.in)
	}
	return fmt.Sprintf("only %s came in %s", fetch.Bytes(e.n), e.in)
}
