package storetest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// wish is what a request asks for, in whatever language.
type wish struct {
	verb   string // GET, HEAD, PUT, DELETE or list
	key    string // of a list, the prefix
	after  string // key behind which a list goes on
	absent bool   // nothing must stand there
	was    string // or this version; "": anything
}

// list is the verb of a list.
const list = "LIST"

// wish reads a request.
func (b *Bucket) wish(r *http.Request) wish {
	q := r.URL.Query()
	w := wish{verb: r.Method, absent: r.Header.Get("If-None-Match") == "*", was: r.Header.Get("If-Match")}
	lists, mark := false, ""
	switch b.kind {
	case "s3":
		w.key = strings.TrimPrefix(r.URL.Path, "/bucket/")
		lists, mark = r.Method == http.MethodGet && (w.key == "" || r.URL.Path == "/bucket"), "continuation-token"
	case "azblob":
		w.key = strings.TrimPrefix(r.URL.Path, "/acc/bucket/")
		lists, mark = q.Get("comp") == "list", "marker"
	case "gs":
		const objects = "/storage/v1/b/bucket/o"
		w.key = strings.TrimPrefix(r.URL.Path, objects+"/")
		lists, mark = r.URL.Path == objects, "pageToken"
		w.absent, w.was = q.Get("ifGenerationMatch") == "0", q.Get("ifGenerationMatch")+q.Get("generation")
		switch {
		case r.URL.Path == "/upload"+objects:
			w.verb, w.key = http.MethodPut, q.Get("name")
		case r.Method == http.MethodGet && q.Get("alt") != "media":
			w.verb = http.MethodHead
		}
	}
	if lists {
		w = wish{verb: list, key: q.Get("prefix"), after: q.Get(mark)}
	}
	return w
}

// version is that of an object, as the store writes it.
func (b *Bucket) version(o object) string {
	if b.kind == "gs" {
		return strconv.Itoa(o.version)
	}
	return fmt.Sprintf(`"v%d"`, o.version)
}

// refuses is the status of a put whose condition does not hold; 0: it holds.
func (b *Bucket) refuses(ask wish, there object) int {
	switch {
	case ask.absent && there.version > 0 && b.kind == "azblob":
		return http.StatusConflict
	case ask.absent && there.version > 0:
		return http.StatusPreconditionFailed
	case ask.absent || ask.was == "" || ask.was == b.version(there):
		return 0
	case there.version == 0 && b.kind == "s3":
		return http.StatusNotFound
	}
	return http.StatusPreconditionFailed
}

// head says in an answer's header which version of an object it is of.
func (b *Bucket) head(w http.ResponseWriter, o object) {
	name := "ETag"
	if b.kind == "gs" {
		name = "X-Goog-Generation"
	}
	w.Header().Set(name, b.version(o))
}

// tell answers with what Google says of an object.
func (b *Bucket) tell(w http.ResponseWriter, o object) {
	_ = json.NewEncoder(w).Encode(map[string]string{"size": strconv.Itoa(len(o.bytes)), "generation": b.version(o)})
}

// pageKeys is how many objects are told in an answer, as by S3.
const pageKeys = 1000

// list tells the objects behind a key, a page of them.
func (b *Bucket) list(w http.ResponseWriter, ask wish) {
	var names []string
	var found []object
	next := ""
	for _, key := range b.Keys(ask.key) {
		if key <= ask.after {
			continue
		}
		if len(names) == pageKeys {
			next = names[len(names)-1]
			break
		}
		b.mu.Lock()
		o := b.objects[key]
		b.mu.Unlock()
		names, found = append(names, key), append(found, o)
	}
	switch b.kind {
	case "s3":
		b.listS3(w, names, found, next)
	case "gs":
		b.listGCS(w, names, found, next)
	default:
		b.listAzure(w, names, found, next)
	}
}

// listS3 answers as ListObjectsV2 does; keys are as in a URL, since XML cannot hold all of them.
func (b *Bucket) listS3(w http.ResponseWriter, names []string, found []object, next string) {
	type content struct {
		Key, ETag string
		Size      int
	}
	var all struct {
		XMLName      xml.Name `xml:"ListBucketResult"`
		IsTruncated  bool
		EncodingType string
		Contents     []content

		NextContinuationToken string `xml:",omitempty"`
	}
	all.IsTruncated, all.EncodingType, all.NextContinuationToken = next != "", "url", next
	for i, o := range found {
		all.Contents = append(all.Contents, content{url.QueryEscape(names[i]), b.version(o), len(o.bytes)})
	}
	_ = xml.NewEncoder(w).Encode(all)
}

func (b *Bucket) listGCS(w http.ResponseWriter, names []string, found []object, next string) {
	items := []map[string]string{}
	for i, o := range found {
		items = append(items, map[string]string{"name": names[i], "size": strconv.Itoa(len(o.bytes)), "generation": b.version(o)})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"items": items, "nextPageToken": next})
}

// listAzure answers as List Blobs does.
func (b *Bucket) listAzure(w http.ResponseWriter, names []string, found []object, next string) {
	type properties struct {
		Etag string
		Size int `xml:"Content-Length"`
	}
	type blob struct {
		Name       string
		Properties properties
	}
	var all struct {
		XMLName    xml.Name `xml:"EnumerationResults"`
		Blobs      struct{ Blob []blob }
		NextMarker string
	}
	all.NextMarker = next
	for i, o := range found {
		all.Blobs.Blob = append(all.Blobs.Blob, blob{names[i], properties{strings.Trim(b.version(o), `"`), len(o.bytes)}})
	}
	_ = xml.NewEncoder(w).Encode(all)
}
