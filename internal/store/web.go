package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// web are the files of a server. What can be asked again for a rest has an ETag that is not weak, or else the time of
// its last change (RFC 9110, sections 8.8 and 13.1.5).
type web struct {
	caller
	url func(key string) string
}

func newWeb(a address, p patience) (backend, error) {
	client := &http.Client{Transport: transport(), CheckRedirect: onward}
	return &web{caller{client: client, p: p}, func(key string) string { return a.scheme + "://" + a.bucket + key }}, nil
}

// webVersion is what If-Range can name.
func webVersion(h http.Header) string {
	if e := strong(h); e != "" {
		return e
	}
	return h.Get("Last-Modified")
}

func (w *web) stat(ctx context.Context, key string) (Object, error) {
	o, err := w.head(ctx, w.url(key), webVersion)
	var f *Fault
	if errors.As(err, &f) && (f.code == http.StatusMethodNotAllowed || f.code == http.StatusNotImplemented) {
		body, o, err := w.read(ctx, key, span{n: -1}, "")
		if err != nil {
			return o, err
		}
		return o, body.Close()
	}
	return o, w.ofServer(err)
}

func (w *web) read(ctx context.Context, key string, s span, version string) (io.ReadCloser, Object, error) {
	r := request{url: w.url(key)}
	if version != "" && s.from > 0 && !s.only { // of another version a part alone comes, too, which is told by its version
		r.header = [][2]string{{"If-Range", version}}
	}
	body, o, err := w.readSpan(ctx, r, s, webVersion)
	return body, o, w.ofServer(err)
}

// ofServer takes a refusal for that of one file where no key was sent: servers of many have some that nobody may see.
func (w *web) ofServer(err error) error {
	var f *Fault
	if errors.As(err, &f) && f.kind == refused && w.sign == nil {
		f.kind, f.err = other, fmt.Errorf("the server does not give it to everybody: %w", f.err)
	}
	return err
}

// hubVariables say where the hub is, and what opens it.
var hubVariables = []string{"HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME"}

// newHub makes the files of a repository of Hugging Face's hub at a commit, which are web files at another address. The
// hub sends on to where the large ones are.
func newHub(a address, p patience) (backend, error) {
	at := strings.TrimRight(os.Getenv("HF_ENDPOINT"), "/")
	if at == "" {
		at = "https://huggingface.co"
	}
	repo, commit, _ := strings.Cut(a.bucket, "@")
	w := &web{caller{client: &http.Client{Transport: transport(), CheckRedirect: onward}, p: p}, func(key string) string {
		return at + "/" + repo + "/resolve/" + commit + "/" + escaped(key, true)
	}}
	token, err := hubToken()
	if token != "" {
		w.sign = func(_ context.Context, req *http.Request, _ *Content) error {
			req.Header.Set("Authorization", "Bearer "+token)
			return nil
		}
	}
	return w, err
}

// hubToken is the token that the hub's own programs would use; "": there is none, and what is public can be read.
func hubToken() (string, error) {
	if t := os.Getenv("HF_TOKEN"); t != "" {
		return strings.TrimSpace(t), nil
	}
	path := os.Getenv("HF_TOKEN_PATH")
	if path == "" {
		path = inside(home("HF_HOME", ".cache/huggingface"), "token")
	}
	b, err := smallFile(path)
	return strings.TrimSpace(string(b)), err
}
