package store

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// gcs is a bucket of Google's Cloud Storage, by its JSON requests (cloud.google.com/storage/docs/json_api). The library
// for it takes 28 MB.
type gcs struct {
	caller
	endpoint, bucket string
}

// gcsVariables say where a bucket is, and what opens it.
var gcsVariables = []string{"STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GCE_METADATA_HOST"}

func newGCS(a address, p patience) (backend, error) {
	g := &gcs{endpoint: "https://storage.googleapis.com", bucket: a.bucket}
	g.caller = caller{client: &http.Client{Transport: transport(), CheckRedirect: straight}, p: p}
	if at := os.Getenv("STORAGE_EMULATOR_HOST"); at != "" { // to which no key is sent
		if !strings.Contains(at, "://") {
			at = "http://" + at
		}
		g.endpoint = strings.TrimRight(at, "/")
		return g, nil
	}
	keys, err := gcsKeys()
	g.sign = keys.signed
	return g, err
}

func (g *gcs) url(key string) string {
	return g.endpoint + "/storage/v1/b/" + escaped(g.bucket, false) + "/o/" + escaped(key, false)
}

func (g *gcs) stat(ctx context.Context, key string) (Object, error) {
	o, _, err := g.noted(ctx, key)
	return o, err
}

// gcsObject is what the store tells of an object.
type gcsObject struct {
	Size       int64  `json:"size,string"`
	Generation string `json:"generation"`
}

// told is what an answer says of an object.
func (g *gcs) told(resp *http.Response, err error) (Object, error) {
	if err != nil {
		return Object{}, err
	}
	defer resp.Body.Close()
	var o gcsObject
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&o); err != nil {
		return Object{}, &Fault{kind: busy, err: errors.New("the store answers with what is no JSON")}
	}
	return Object{Size: o.Size, Version: o.Generation}, nil
}

func (g *gcs) put(ctx context.Context, key string, c *Content, over condition) (Object, error) {
	r := request{method: http.MethodPost, body: c, header: [][2]string{{"Content-Type", "application/octet-stream"}}}
	r.url = g.endpoint + "/upload/storage/v1/b/" + escaped(g.bucket, false) + "/o?uploadType=media&name=" + escaped(key, false) + matching(over)
	o, err := g.told(g.do(ctx, r, http.StatusOK))
	return o, over.conflict(err)
}

// matching is a condition as Google wants it: 0 is the generation of what is not there.
func matching(over condition) string {
	switch {
	case over.absent:
		return "&ifGenerationMatch=0"
	case over.was != "":
		return "&ifGenerationMatch=" + escaped(over.was, false)
	}
	return ""
}

func (g *gcs) remove(ctx context.Context, key string) error {
	resp, err := g.do(ctx, request{method: http.MethodDelete, url: g.url(key)}, http.StatusNoContent, http.StatusOK)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (g *gcs) page(ctx context.Context, prefix, mark string) ([]Entry, string, error) {
	q := url.Values{"prefix": {prefix}, "fields": {"nextPageToken,items(name,size,generation)"}}
	if mark != "" {
		q.Set("pageToken", mark)
	}
	b, err := pageOf(g.do(ctx, request{method: http.MethodGet, url: g.endpoint + "/storage/v1/b/" + escaped(g.bucket, false) + "/o" + query(q)}, http.StatusOK))
	if err != nil {
		return nil, "", err
	}
	return parseGCSPage(b)
}

func generation(h http.Header) string { return h.Get("X-Goog-Generation") }

func (g *gcs) read(ctx context.Context, key string, s span, version string) (io.ReadCloser, Object, error) {
	r := request{url: g.url(key) + "?alt=media"}
	if version != "" {
		r.url += "&generation=" + escaped(version, false)
	}
	body, o, err := g.readSpan(ctx, r, s, generation)
	var f *Fault
	if errors.As(err, &f) && f.kind == absent && version != "" { // a generation that was replaced is gone
		f.kind = changed
	}
	return body, o, err
}
