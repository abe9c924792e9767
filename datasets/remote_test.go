package datasets

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// serveTexts serves texts by their paths.
func serveTexts(t *testing.T, by map[string]string) (at string) {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, ok := by[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, text)
	})
}

// serve starts a web server.
func serve(t *testing.T, answer http.HandlerFunc) (at string) {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

// TestRemoteLists: what a list on a store names is below its own folder, and has the keys and names that it would have
// on a disk; addresses are their own.
func TestRemoteLists(t *testing.T) {
	const other = "https://example.org/d/c.jpg?w=1"
	at := serveTexts(t, map[string]string{
		"/x/l.txt": "a b.jpg\n../y/./b.jpg\n" + other + "\n",
		"/x/t.csv": "path,labels\na b.jpg,cat\n../y/b.jpg,dog\n" + other + ",cat\n",
		"/x/c.txt": "a b.jpg 3\n../y/%#.jpg 4\n",
		"/x/r.txt": "a b.jpg\n../y/b.jpg\n",
	})
	for _, spec := range []string{"list:" + at + "/x/l.txt", "csv:" + at + "/x/t.csv"} {
		s := mustOpen(t, spec, Options{})
		if got := ids(s); got != "a b.jpg ../y/b.jpg "+other {
			t.Errorf("%s: %s", spec, got)
		}
		for i, want := range []struct{ at, path string }{{at + "/x/a b.jpg", "a b.jpg"}, {at + "/y/b.jpg", at + "/y/b.jpg"}, {other, other}} {
			if it := s.Items[i]; it.At.Path != want.at || s.Places().Path(it.At.Path) != want.path {
				t.Errorf("%s: item %d is at %s, in tables %s, want %+v", spec, i, it.At.Path, s.Places().Path(it.At.Path), want)
			}
		}
	}
	if s := mustOpen(t, "list:"+at+"/x/c.txt", Options{}); len(s.Classes) != 2 || s.Items[1].At.Path != at+"/y/%25%23.jpg" || ids(s) != "a b.jpg ../y/%#.jpg" {
		t.Errorf("Caffe's list: classes %v, %s, the second at %s", s.Classes, ids(s), s.Items[1].At.Path)
	}
	if s := mustOpen(t, "list:"+at+"/x/r.txt", Options{}); s.Places().Path(s.Items[1].At.Path) != "../y/b.jpg" {
		t.Errorf("without addresses the second one is %s", s.Places().Path(s.Items[1].At.Path))
	}
}

// TestRemoteListsRefused: a list on a store names nothing of this machine, and no address that would be a secret.
func TestRemoteListsRefused(t *testing.T) {
	at := serveTexts(t, map[string]string{
		"/abs.txt": "a.jpg\n/etc/passwd\n", "/scheme.txt": "ftp://h/a.jpg\n", "/sig.csv": "path\nhttps://h/a.jpg?X-Amz-Signature=1\n", "/plain.csv": "path\nhttp://example.org/a.jpg\n",
	})
	for spec, words := range map[string]string{
		"list:" + at + "/abs.txt":    "abs.txt:2: a list that is on a store",
		"list:" + at + "/scheme.txt": "scheme.txt:1: the image",
		"csv:" + at + "/sig.csv":     "a signature or token",
		"csv:" + at + "/plain.csv":   "use https://",
		"list:" + at + "/none.txt":   "there is no such object",
		"voc2007:" + at + "/x":       "list:, csv:, tar:, parquet:, folder: may be on a store",
		"folder:" + at + "/x":        "a folder that can be listed",
		"folder:s3://bucket":         "want s3://BUCKET/NAME",
		"list:s3://bucket":           "want s3://BUCKET/NAME",
	} {
		_, err := Open(t.Context(), spec, Options{})
		wantError(t, err, words)
	}
}
