package store

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// azure is a container of Azure's Blob Storage (learn.microsoft.com/rest/api/storageservices). Its library takes 6.5 MB
// with that for credentials, which starts other programs.
type azure struct {
	caller
	endpoint, container string
}

func newAzure(a address, p patience) (backend, error) {
	k, err := azureAccount()
	if err != nil {
		return nil, err
	}
	z := &azure{endpoint: k.endpoint, container: a.bucket}
	z.caller = caller{client: &http.Client{Transport: transport(), CheckRedirect: straight}, sign: k.signed, p: p}
	return z, nil
}

func (z *azure) url(key string) string {
	return z.endpoint + "/" + z.container + "/" + escaped(key, true)
}

func (z *azure) stat(ctx context.Context, key string) (Object, error) {
	o, _, err := z.noted(ctx, key)
	return o, err
}

func (z *azure) put(ctx context.Context, key string, c *Content, over condition) (Object, error) {
	r := request{method: http.MethodPut, url: z.url(key), body: c, header: append(over.header(), [2]string{"X-Ms-Blob-Type", "BlockBlob"})}
	resp, err := z.do(ctx, r, http.StatusCreated)
	return made(c.Size, over, resp, err)
}

// made is the object that was put.
func made(size int64, over condition, resp *http.Response, err error) (Object, error) {
	if err != nil {
		return Object{}, over.conflict(err) // BlobAlreadyExists
	}
	return Object{Size: size, Version: strong(resp.Header)}, resp.Body.Close()
}

func (z *azure) remove(ctx context.Context, key string) error {
	resp, err := z.do(ctx, request{method: http.MethodDelete, url: z.url(key)}, http.StatusAccepted)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (z *azure) read(ctx context.Context, key string, s span, version string) (io.ReadCloser, Object, error) {
	r := request{url: z.url(key)}
	if version != "" {
		r.header = [][2]string{{"If-Match", version}}
	}
	return z.readSpan(ctx, r, s, strong)
}

func (z *azure) page(ctx context.Context, prefix, mark string) ([]Entry, string, error) {
	q := url.Values{"restype": {"container"}, "comp": {"list"}, "prefix": {prefix}}
	if mark != "" {
		q.Set("marker", mark)
	}
	b, err := pageOf(z.do(ctx, request{method: http.MethodGet, url: z.endpoint + "/" + z.container + query(q)}, http.StatusOK))
	if err != nil {
		return nil, "", err
	}
	return parseAzurePage(b)
}
