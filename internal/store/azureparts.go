package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
)

// azureUpload is a blob of blocks (Put Block, Put Block List). Blocks that are not committed belong to the blob's name,
// and so to all who put it at once: each calls his by names of his own. The first who commits makes the blob, and the
// store drops the blocks of the others, as it does a week after nobody committed them.
type azureUpload struct {
	z      *azure
	key    string
	own    string // begins the names of the blocks
	blocks int
	size   int64
	digest string
	over   condition
}

// azureDigest is the header of the digest that a blob was put with.
const azureDigest = "X-Ms-Meta-Sha256"

func (z *azure) begin(_ context.Context, key string, c *Content, over condition) (upload, error) {
	blocks := int((c.Size + usualParts.part - 1) / usualParts.part)
	return &azureUpload{z, key, rand.Text(), blocks, c.Size, hex.EncodeToString(c.SHA256[:]), over}, nil
}

func (u *azureUpload) together() int { return usualParts.wide }

// block is the name of block n; all of a blob are of one length.
func (u *azureUpload) block(n int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%06d", u.own, n))
}

func (u *azureUpload) part(ctx context.Context, n int, _ int64, c *Content) error {
	q := url.Values{"comp": {"block"}, "blockid": {u.block(n)}}
	resp, err := u.z.do(ctx, request{method: http.MethodPut, url: u.z.url(u.key) + query(q), body: c}, http.StatusCreated)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (u *azureUpload) complete(ctx context.Context) (Object, error) {
	var list struct {
		XMLName xml.Name `xml:"BlockList"`
		Latest  []string
	}
	for n := range u.blocks {
		list.Latest = append(list.Latest, u.block(n))
	}
	body, err := xml.Marshal(list)
	if err != nil {
		return Object{}, err
	}
	r := request{method: http.MethodPut, url: u.z.url(u.key) + "?comp=blocklist", body: contentOf(body), header: append(u.over.header(), [2]string{azureDigest, u.digest})}
	resp, err := u.z.do(ctx, r, http.StatusCreated)
	return made(u.size, u.over, resp, err)
}

// abort has nothing to say: no object is there, and the store drops the blocks.
func (u *azureUpload) abort(context.Context) error { return nil }

func (z *azure) noted(ctx context.Context, key string) (Object, string, error) {
	resp, err := z.do(ctx, request{method: http.MethodHead, url: z.url(key)}, http.StatusOK)
	if err != nil {
		return Object{}, "", err
	}
	return Object{Size: resp.ContentLength, Version: strong(resp.Header)}, resp.Header.Get(azureDigest), resp.Body.Close()
}
