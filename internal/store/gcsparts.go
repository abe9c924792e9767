package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// gcsUpload is an upload that can be gone on with (cloud.google.com/storage/docs/resumable-uploads): one part after the
// other, and the last one makes the object. Its address opens it to everybody, and is in no error.
type gcsUpload struct {
	g     *gcs
	url   string
	size  int64
	at    int64  // bytes that the store has
	ask   bool   // it is not known how many it has
	made  Object // when all came
	whole bool
}

func (g *gcs) begin(ctx context.Context, key string, c *Content, over condition) (upload, error) {
	said, err := json.Marshal(map[string]any{"name": key, "contentType": "application/octet-stream", "metadata": map[string]string{"sha256": hex.EncodeToString(c.SHA256[:])}})
	if err != nil {
		return nil, err
	}
	r := request{method: http.MethodPost, body: contentOf(said), header: [][2]string{{"Content-Type", "application/json"}, {"X-Upload-Content-Length", fmt.Sprint(c.Size)}}}
	r.url = g.endpoint + "/upload/storage/v1/b/" + escaped(g.bucket, false) + "/o?uploadType=resumable&name=" + escaped(key, false) + matching(over)
	resp, err := g.do(ctx, r, http.StatusOK, http.StatusCreated)
	if err != nil {
		return nil, over.conflict(err)
	}
	at, err := g.session(r.url, resp.Header.Get("Location"))
	return &gcsUpload{g: g, url: at, size: c.Size}, errors.Join(err, resp.Body.Close())
}

// session is the address of an upload, which must be the store's own: a key is sent there.
func (g *gcs) session(asked, told string) (string, error) {
	from, err := url.Parse(asked)
	if err == nil && told != "" {
		var to *url.URL
		if to, err = from.Parse(told); err == nil && to.Scheme == from.Scheme && to.Host == from.Host {
			return to.String(), nil
		}
	}
	return "", &Fault{err: errors.New("the store sends an upload to another host")}
}

func (u *gcsUpload) together() int { return 1 }

func (u *gcsUpload) part(ctx context.Context, _ int, from int64, c *Content) error {
	if u.ask {
		if err := u.send(ctx, fmt.Sprintf("bytes */%d", u.size), nil); err != nil {
			return err
		}
	}
	for end := from + c.Size; u.at < end && !u.whole; {
		if u.at < from {
			return &Fault{err: errors.New("the store lost a part that it had")}
		}
		before := u.at
		rest, err := piece(c.From, u.at-from, end-u.at)
		if err != nil {
			return err
		}
		if err := u.send(ctx, fmt.Sprintf("bytes %d-%d/%d", u.at, end-1, u.size), rest); err != nil {
			return err
		}
		if u.at <= before && !u.whole {
			return &Fault{kind: busy, err: errors.New("the store took nothing of a part")}
		}
	}
	return nil
}

// resumeIncomplete is the status of an upload of which more is to come.
const resumeIncomplete = http.StatusPermanentRedirect

// send sends bytes of the object, or none to ask how many came.
func (u *gcsUpload) send(ctx context.Context, span string, c *Content) error {
	if c == nil {
		c = contentOf(nil)
	}
	u.ask = true
	resp, err := u.g.do(ctx, request{method: http.MethodPut, url: u.url, body: c, header: [][2]string{{"Content-Range", span}}}, http.StatusOK, http.StatusCreated, resumeIncomplete)
	if err != nil {
		return ofUpload(err)
	}
	if resp.StatusCode != resumeIncomplete {
		u.made, err = u.g.told(resp, nil)
		u.whole, u.ask = err == nil, err != nil
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	u.at = 0
	if last, ok := strings.CutPrefix(resp.Header.Get("Range"), "bytes=0-"); ok {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 || n >= u.size {
			return &Fault{err: errors.New("the store has more than was sent")}
		}
		u.at = n + 1
	}
	u.ask = false
	return nil
}

func (u *gcsUpload) complete(context.Context) (Object, error) {
	if !u.whole {
		return Object{}, &Fault{err: errors.New("the store does not say that the object is whole")}
	}
	return u.made, nil
}

func (u *gcsUpload) abort(ctx context.Context) error {
	const closed = 499
	resp, err := u.g.do(ctx, request{method: http.MethodDelete, url: u.url}, http.StatusNoContent, closed)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (g *gcs) noted(ctx context.Context, key string) (Object, string, error) {
	b, err := pageOf(g.do(ctx, request{method: http.MethodGet, url: g.url(key) + "?fields=size,generation,metadata"}, http.StatusOK))
	if err != nil {
		return Object{}, "", err
	}
	var o struct {
		gcsObject
		Metadata map[string]string `json:"metadata"`
	}
	if json.Unmarshal(b, &o) != nil {
		return Object{}, "", noAnswer()
	}
	return Object{Size: o.Size, Version: o.Generation}, o.Metadata["sha256"], nil
}
