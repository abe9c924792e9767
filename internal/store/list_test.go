package store

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fc7/internal/hostile"
)

// lists tells whether a request is for a list.
func (s *server) lists(r *http.Request) bool {
	want := map[string]string{"s3": "/bucket/", "gs": "/storage/v1/b/bucket/o", "azblob": "/acc/bucket"}[s.kind]
	return r.Method == http.MethodGet && want != "" && r.URL.EscapedPath() == want
}

// inPage is how many objects a page has.
const inPage = 3

// list tells a page as each store does.
func (s *server) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	mark := q.Get(map[string]string{"s3": "continuation-token", "gs": "pageToken", "azblob": "marker"}[s.kind])
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if strings.HasPrefix(key, q.Get("prefix")) && (mark == "" || "=+"+key >= mark) {
			keys = append(keys, key)
		}
	}
	next := ""
	if len(keys) > inPage {
		next, keys = "=+"+keys[inPage], keys[:inPage]
	}
	text := func(t string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(t))
		return b.String()
	}
	switch s.kind {
	case "s3":
		fmt.Fprintf(w, `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>%t</IsTruncated>`, next != "")
		fmt.Fprintf(w, `<NextContinuationToken>%s</NextContinuationToken>`, text(next))
		for _, key := range keys {
			fmt.Fprintf(w, `<Contents><Key>%s</Key><ETag>&quot;v%d&quot;</ETag><Size>%d</Size></Contents>`, url.QueryEscape(key), s.versions[key], len(s.objects[key]))
		}
		_, _ = io.WriteString(w, `</ListBucketResult>`)
	case "azblob":
		_, _ = io.WriteString(w, "\ufeff"+`<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>`)
		for i, key := range keys {
			name := text(key)
			if i == 0 {
				name = text((&url.URL{Path: key}).EscapedPath())
			}
			fmt.Fprintf(w, `<Blob><Name Encoded="%t">%s</Name><Properties><Etag>v%d</Etag><Content-Length>%d</Content-Length></Properties></Blob>`, i == 0, name, s.versions[key], len(s.objects[key]))
		}
		fmt.Fprintf(w, `</Blobs><NextMarker>%s</NextMarker></EnumerationResults>`, text(next))
	default:
		p := map[string]any{}
		var items []map[string]string
		for _, key := range keys {
			items = append(items, map[string]string{"name": key, "size": strconv.Itoa(len(s.objects[key])), "generation": strconv.Itoa(s.versions[key])})
		}
		if p["items"] = items; next != "" {
			p["nextPageToken"] = next
		}
		_ = json.NewEncoder(w).Encode(p)
	}
}

// whereListed runs a test on a store of each kind that can be listed.
func whereListed(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	everywhere(t, func(t *testing.T, s *server) {
		if CanPut(s.at("a")) {
			test(t, s)
		} else if _, err := List(context.Background(), s.at("a")); faulty(t, err, "alone").OfStore() || len(s.asked()) > 0 {
			t.Errorf("%d requests, %v", len(s.asked()), err)
		}
	})
}

// TestList: all that stands below a folder is told, whatever it is called, with sizes and versions as others tell them,
// and nothing that only begins alike.
func TestList(t *testing.T) {
	whereListed(t, func(t *testing.T, s *server) {
		names := []string{"a", "d/b c.jpg", "d/e/f", "d0", "ü+%41&=;~!'()*@:$,<.bin", "z?#y", "zz"}
		for i, name := range names {
			s.put("run/"+name, content(10*i))
		}
		s.put("run", content(1))
		s.put("run2/a", content(1))
		s.put("run/d/", nil) // a folder, as some programs make them
		found, err := List(context.Background(), s.at("run"))
		if err != nil || len(found) != len(names) {
			t.Fatalf("%+v, %v", found, err)
		}
		slices.Sort(names)
		for i, e := range found {
			if o, err := Stat(context.Background(), s.at("run/"+e.Name)); e.Name != names[i] || err != nil || e.Object != o {
				t.Errorf("%+v is listed, want %s, %+v, %v", e, names[i], o, err)
			}
		}
		if found, err := List(context.Background(), s.at("none")); err != nil || len(found) > 0 {
			t.Errorf("of nothing: %v, %v", found, err)
		}
	})
}

// TestListFaults: a page is asked for again when it may pass, and a list without end ends.
func TestListFaults(t *testing.T) {
	whereListed(t, func(t *testing.T, s *server) {
		for i := range 2 * inPage {
			s.put(fmt.Sprintf("run/%d", i), nil)
		}
		s.answer(func(w http.ResponseWriter, r *http.Request, n int) bool {
			switch n {
			case 0, 3:
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			case 1:
				_, _ = io.WriteString(w, "<ListBucketResult><Contents><Ke")
				return true
			}
			return false
		})
		if found, err := List(context.Background(), s.at("run")); err != nil || len(found) != 2*inPage || len(s.asked()) != 5 {
			t.Errorf("%d requests, %v, %v", len(s.asked()), found, err)
		}
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			switch s.kind {
			case "s3":
				_, _ = io.WriteString(w, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>")
			case "azblob":
				_, _ = io.WriteString(w, "<EnumerationResults><NextMarker>x</NextMarker></EnumerationResults>")
			default:
				_, _ = io.WriteString(w, `{"nextPageToken":"x"}`)
			}
			return true
		})
		_, err := List(context.Background(), s.at("run"))
		faulty(t, err, "the same part of the list again")
		s.answer(func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		})
		if _, err := List(context.Background(), s.at("run")); !faulty(t, err, "access is refused").OfStore() {
			t.Errorf("%v", err)
		}
	})
}

// TestListWithoutEnd: a list that goes on and on, from another mark each time, ends: also where no page has an object,
// or each has but folders.
func TestListWithoutEnd(t *testing.T) {
	for _, what := range []string{"", "<Contents><Key>run/d/</Key><Size>0</Size></Contents>"} {
		n := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n++
			fmt.Fprintf(w, "<ListBucketResult><IsTruncated>%t</IsTruncated><NextContinuationToken>t%d</NextContinuationToken>%s</ListBucketResult>", n < 3*maxIdle, n, what)
		}))
		t.Setenv("AWS_ENDPOINT_URL", s.URL)
		t.Setenv("AWS_ACCESS_KEY_ID", "a")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
		_, err := List(context.Background(), "s3://bucket/run")
		s.Close()
		faulty(t, err, "without an object")
		if n > maxIdle+1 {
			t.Errorf("%d pages were asked for", n)
		}
	}
}

// longNames is a backend whose pages have each a name that is as long as a page may be, and no end: without the XML
// around them, whose reading would take the test's time.
type longNames struct {
	backend
	name  string
	pages int
}

func (l *longNames) page(_ context.Context, prefix, _ string) (found []Entry, next string, err error) {
	l.pages++
	return []Entry{{Name: prefix + l.name}}, fmt.Sprint("t", l.pages), nil
}

// TestListOfLongNames: a list without end whose names are as long as pages may be ends, too.
func TestListOfLongNames(t *testing.T) {
	_, env := maker("s3")
	key := "s3://longnames\x00" + env
	l := &longNames{name: strings.Repeat("n", 24<<20)}
	opened.Store(key, l)
	defer opened.Delete(key)
	_, err := List(context.Background(), "s3://longnames/run")
	faulty(t, err, "names of")
	if l.pages > maxIdle+1 {
		t.Errorf("%d pages were asked for", l.pages)
	}
}

func FuzzPages(f *testing.F) { pagesTarget().Fuzz(f) }

func TestDamagedPages(t *testing.T) { pagesTarget().Test(t, "FuzzPages") }

// pagesTarget reads an answer as each store's list.
func pagesTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts(
			`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken><Contents><Key>run/a%20b</Key><ETag>&quot;v&quot;</ETag><Size>12</Size></Contents></ListBucketResult>`,
			`<EnumerationResults><Blobs><Blob><Name Encoded="true">run/a%20b</Name><Properties><Etag>0x8</Etag><Content-Length>3</Content-Length></Properties></Blob></Blobs><NextMarker>m</NextMarker></EnumerationResults>`,
			`<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`,
			`<?xml version="1.0"?><ListBucketResult><Contents><Key>run/a+b</Key><Size>0</Size></Contents><Contents><Key>run/</Key><Size>1</Size></Contents><CommonPrefixes><Prefix>run/d/</Prefix></CommonPrefixes></ListBucketResult>`,
			`<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>`,
			"\ufeff"+`<EnumerationResults ContainerName="c"><Blobs><Blob><Name>run/a &amp; b</Name><Properties><Etag>"0x8"</Etag><Content-Length>3</Content-Length></Properties></Blob><BlobPrefix><Name>run/d/</Name></BlobPrefix></Blobs><NextMarker/></EnumerationResults>`,
			`<EnumerationResults><Blobs></Blobs></EnumerationResults>`,
			`{"nextPageToken":"t","items":[{"name":"run/a","size":"5","generation":"7"}]}`,
			`{}`,
			`{"kind":"storage#objects","prefixes":["run/d/"],"items":[{"name":"run/\u00fc","size":"0"},{"name":"run/b","size":"9007199254740993","generation":"1","metadata":{"sha256":"x"}}]}`,
		),
		Words: []string{"<", ">", "</", "&#0;", "%zz", "-1", `"`, "<Contents>", "<Blob>", "{", "}", "null", "9e99"},
		Alloc: func(n int) uint64 { return 1<<20 + 2000*uint64(n) },
		Read: func(file []byte, r *hostile.Result) (err error) {
			read := false
			for _, parse := range []func([]byte) ([]Entry, string, error){parseS3Page, parseAzurePage, parseGCSPage} {
				found, next, e := parse(file)
				if e == nil {
					r.Int(len(found), len(next))
					_, e = below(nil, found, "run/")
				}
				if read = read || e == nil; e != nil {
					err = e
				}
			}
			if read {
				return nil
			}
			return err
		},
	}
}
