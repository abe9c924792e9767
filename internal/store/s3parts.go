package store

import (
	"context"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
)

// s3Upload is an upload in parts (CreateMultipartUpload and what follows).
type s3Upload struct {
	s    *s3
	key  string
	id   string
	over condition

	mu    sync.Mutex
	parts map[int]string // by their numbers, from 1, their ETags
}

// s3Digest is the header of the digest that an object was put with.
const s3Digest = "X-Amz-Meta-Sha256"

func (s *s3) begin(ctx context.Context, key string, c *Content, over condition) (upload, error) {
	r := request{method: http.MethodPost, header: [][2]string{{s3Digest, hex.EncodeToString(c.SHA256[:])}}}
	b, err := pageOf(s.at(ctx, escaped(key, true)+"?uploads=", r, http.StatusOK))
	if err != nil {
		return nil, err
	}
	var begun struct {
		XMLName xml.Name `xml:"InitiateMultipartUploadResult"`
		ID      string   `xml:"UploadId"`
	}
	if xml.Unmarshal(b, &begun) != nil || begun.ID == "" {
		return nil, noAnswer()
	}
	return &s3Upload{s: s, key: key, id: begun.ID, over: over, parts: map[int]string{}}, nil
}

// noAnswer is the fault of an answer that is none: it may have been cut.
func noAnswer() error {
	return &Fault{kind: busy, err: errors.New("the store does not say what came of an upload")}
}

func (u *s3Upload) together() int { return usualParts.wide }

// do sends a request of the upload.
func (u *s3Upload) do(ctx context.Context, q url.Values, r request, ok ...int) (*http.Response, error) {
	q.Set("uploadId", u.id)
	resp, err := u.s.at(ctx, escaped(u.key, true)+query(q), r, ok...)
	return resp, ofUpload(err)
}

// ofUpload says of what is absent that it is the upload.
func ofUpload(err error) error {
	var f *Fault
	if errors.As(err, &f) && f.kind == absent {
		f.ofUpload = true
	}
	return err
}

func (u *s3Upload) part(ctx context.Context, n int, _ int64, c *Content) error {
	resp, err := u.do(ctx, url.Values{"partNumber": {fmt.Sprint(n + 1)}}, request{method: http.MethodPut, body: c}, http.StatusOK)
	if err != nil {
		return err
	}
	etag := resp.Header.Get("ETag")
	if err := resp.Body.Close(); err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.parts[n+1] = etag
	return nil
}

// complete may be answered with an error behind a status of success, since it may take longer than a client waits for
// one.
func (u *s3Upload) complete(ctx context.Context) (Object, error) {
	type part struct {
		PartNumber int
		ETag       string
	}
	var list struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Part    []part
	}
	for n := range len(u.parts) {
		list.Part = append(list.Part, part{n + 1, u.parts[n+1]})
	}
	body, err := xml.Marshal(list)
	if err != nil {
		return Object{}, err
	}
	r := request{method: http.MethodPost, body: contentOf(body), header: append(u.over.header(), [2]string{"Content-Type", "application/xml"})}
	resp, err := u.do(ctx, url.Values{}, r, http.StatusOK)
	b, err := pageOf(resp, err)
	if err != nil {
		return Object{}, u.over.conflict(err)
	}
	return u.completed(ctx, b)
}

// completed reads what came of complete.
func (u *s3Upload) completed(ctx context.Context, b []byte) (Object, error) {
	var said struct {
		XMLName xml.Name
		ETag    string
	}
	if xml.Unmarshal(b, &said) != nil {
		return Object{}, noAnswer()
	}
	if said.XMLName.Local == "Error" {
		f := &Fault{kind: busy, err: errors.New("the store did not put the parts together")}
		if m := codeForm.FindSubmatch(b); m != nil {
			f.err = fmt.Errorf("%w: %s", f.err, m[1])
			switch string(m[1]) {
			case "PreconditionFailed", "ConditionalRequestConflict":
				f.kind = changed
			case "NoSuchUpload":
				f.kind, f.ofUpload = absent, true
			}
		}
		return Object{}, f
	}
	return u.s.stat(ctx, u.key)
}

func (u *s3Upload) abort(ctx context.Context) error {
	resp, err := u.do(ctx, url.Values{}, request{method: http.MethodDelete}, http.StatusNoContent, http.StatusOK)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (s *s3) noted(ctx context.Context, key string) (Object, string, error) {
	resp, err := s.at(ctx, escaped(key, true), request{method: http.MethodHead}, http.StatusOK)
	if err != nil {
		return Object{}, "", err
	}
	return Object{Size: resp.ContentLength, Version: strong(resp.Header)}, resp.Header.Get(s3Digest), resp.Body.Close()
}
