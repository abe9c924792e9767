package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fc7/internal/machine"
)

// attempt asks a URL for what is missing, and appends what comes. nil means that the file is complete, as far as the
// server knows.
func (d *download) attempt(parent context.Context, url string) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	var came pace
	defer came.watch(d.o, cancel)()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return refused{err}
	}
	req.Header.Set("Accept-Encoding", "identity") // a range of compressed bytes is no range of the file
	req.Header.Set("User-Agent", "fc7")
	ranged := d.askForRest(req)
	resp, err := d.o.client().Do(req)
	if err != nil {
		return because(ctx, connecting(err, url))
	}
	defer resp.Body.Close()
	total, err := d.accept(resp, url, ranged)
	if err != nil || total == d.p.have {
		return err
	}
	if err := d.room(total); err != nil {
		return err
	}
	d.o.Progress(d.p.have, max(total, 0))
	err = d.receive(resp.Body, total, &came)
	return because(ctx, err)
}

// because names the pace where it was what ended a request.
func because(ctx context.Context, err error) error {
	var idle *idleError
	var slow *slowError
	if cause := context.Cause(ctx); err != nil && (errors.As(cause, &idle) || errors.As(cause, &slow)) {
		return cause
	}
	return err
}

// askForRest sets Range where the part is known to be a beginning of the file: the server gave a version that it can
// compare, or a digest will tell.
func (d *download) askForRest(req *http.Request) bool {
	p := d.p
	if p.have == 0 {
		return false
	}
	v := p.of.validator()
	if p.of.URL != req.URL.String() {
		v = ""
	}
	if v == "" && len(d.r.Digests) == 0 {
		return false
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.have))
	if v != "" {
		req.Header.Set("If-Range", v)
	}
	return true
}

// accept reads the head of an answer and puts the part in place for its body. It returns the size of the whole file, -1
// where the server does not tell.
func (d *download) accept(resp *http.Response, url string, ranged bool) (total int64, err error) {
	switch {
	case resp.StatusCode == http.StatusPartialContent && ranged:
		return d.acceptRest(resp, url)
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && ranged:
		if _, all, ok := ContentRange(resp.Header.Get("Content-Range")); ok && all == d.p.have {
			return all, nil
		}
		return 0, &startOver{"the server has no bytes behind those that are here"}
	case resp.StatusCode != http.StatusOK:
		return 0, statusError(resp)
	}
	if err := d.looksLikeFile(resp); err != nil {
		return 0, err
	}
	if err := d.sizeFits(resp.ContentLength); err != nil {
		return 0, err
	}
	if d.p.have > 0 {
		d.o.Note(fmt.Sprintf("the server sends the whole file again instead of going on at %s", Bytes(d.p.have)))
	}
	return resp.ContentLength, d.p.restart(versionOf(resp, url, resp.ContentLength))
}

// acceptRest checks that a range is the one asked for, and of the version that is here.
func (d *download) acceptRest(resp *http.Response, url string) (int64, error) {
	first, all, ok := ContentRange(resp.Header.Get("Content-Range"))
	if !ok || first != d.p.have {
		return 0, &startOver{fmt.Sprintf("the server answers with the range %q", resp.Header.Get("Content-Range"))}
	}
	if d.p.of.Size > 0 && all > 0 && all != d.p.of.Size {
		return 0, &startOver{"the file at the server has another size than before"}
	}
	now := versionOf(resp, url, all)
	if now.URL == d.p.of.URL && now.ETag != "" && d.p.of.ETag != "" && now.ETag != d.p.of.ETag {
		return 0, &startOver{"the file at the server has changed"}
	}
	if err := d.sizeFits(all); err != nil {
		return 0, err
	}
	if all <= 0 && resp.ContentLength >= 0 {
		all = d.p.have + resp.ContentLength
	}
	if all <= 0 {
		all = -1
	}
	return all, nil
}

// sizeFits holds the size that the server announces against what is known of the file, before the disk is blamed.
func (d *download) sizeFits(total int64) error {
	switch {
	case total > 0 && d.r.Size > 0 && total != d.r.Size:
		return refused{fmt.Errorf("is not the file expected: want %d bytes, the server has %d", d.r.Size, total)}
	case total > d.o.limit && d.r.Size == 0:
		return refused{fmt.Errorf("is not the file expected: want at most %d bytes, the server announces %d", d.o.limit, total)}
	}
	return nil
}

// looksLikeFile refuses the web page that a hotel's network or a moved site answers with, and an answer whose end could
// not be told from a cut connection.
func (d *download) looksLikeFile(resp *http.Response) error {
	if t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && t == "text/html" {
		return refused{errors.New("the server answers with a web page instead of the file; does this network ask for a login?")}
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return refused{fmt.Errorf("the server sends the file compressed (%s) though it was not asked to", e)}
	}
	chunked := len(resp.TransferEncoding) > 0 || resp.ProtoMajor > 1
	if resp.ContentLength < 0 && !chunked && len(d.r.Digests) == 0 && d.r.Size == 0 {
		return refused{errors.New("the server does not tell the size, and no digest is known: a cut file would not be noticed; give its SHA-256")}
	}
	return nil
}

func versionOf(resp *http.Response, url string, size int64) version {
	v := version{URL: url, Modified: resp.Header.Get("Last-Modified"), Size: max(size, 0)}
	if e := resp.Header.Get("ETag"); strings.HasPrefix(e, `"`) { // a weak one, W/"…", does not promise equal bytes
		v.ETag = e
	}
	return v
}

// ContentRange reads "bytes 5-9/10" and "bytes */10"; all is 0 where it is unknown ("*").
func ContentRange(s string) (first, all int64, ok bool) {
	s, ok = strings.CutPrefix(s, "bytes ")
	span, size, cut := strings.Cut(s, "/")
	if !ok || !cut {
		return 0, 0, false
	}
	if size != "*" {
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil || n < 0 {
			return 0, 0, false
		}
		all = n
	}
	if span == "*" {
		return 0, all, true
	}
	from, _, _ := strings.Cut(span, "-")
	first, err := strconv.ParseInt(from, 10, 64)
	return first, all, err == nil && first >= 0
}

// statusError tells the answers that pass (busy servers) from those that stay.
func statusError(resp *http.Response) error {
	e := &statusFault{Code: resp.StatusCode, Status: resp.Status, After: RetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	switch c := resp.StatusCode; {
	case c == http.StatusRequestTimeout, c == http.StatusTooEarly, c == http.StatusTooManyRequests,
		c >= 500 && c != http.StatusNotImplemented:
		return e
	}
	return refused{e}
}

// RetryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func RetryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return time.Duration(min(n, 1<<30)) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// room fails early where the disk cannot take the rest.
func (d *download) room(total int64) error {
	if total <= 0 { // it is not known
		return nil
	}
	return Room(filepath.Dir(d.r.Path), total-d.p.have)
}

// receive appends the body.
func (d *download) receive(body io.Reader, total int64, came *pace) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			came.bytes.Add(int64(n))
			if err := d.append(buf[:n], total); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) && total >= 0 && d.p.have < total:
			return fmt.Errorf("the connection ended at %s of %s", Bytes(d.p.have), Bytes(total))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("the connection broke at %s: %w", Bytes(d.p.have), err)
		}
	}
}

func (d *download) append(b []byte, total int64) error {
	limit := d.o.limit
	if d.r.Size > 0 {
		limit = d.r.Size
	}
	if total > 0 {
		limit = total
	}
	if d.p.have+int64(len(b)) > limit {
		d.bad = true
		return refused{fmt.Errorf("more bytes came than the %d that the file can have", limit)}
	}
	_, err := d.p.Write(b)
	d.o.Progress(d.p.have, max(total, 0))
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		folder := filepath.Dir(d.r.Path)
		return &SpaceError{Folder: folder, Need: max(total, d.r.Size) - d.p.have, Free: machine.FreeDisk(folder)}
	}
	if err != nil {
		return refused{fmt.Errorf("writing %s: %w", d.p.path, err)}
	}
	return nil
}
