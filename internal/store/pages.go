package store

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"
)

// s3Page is S3's answer (ListObjectsV2). Keys are asked for as in a URL, since XML cannot hold all of them.
type s3Page struct {
	XMLName   xml.Name `xml:"ListBucketResult"`
	Encoding  string   `xml:"EncodingType"`
	Next      string   `xml:"NextContinuationToken"`
	Truncated bool     `xml:"IsTruncated"`
	Contents  []struct {
		Key, ETag string
		Size      int64
	}
}

func parseS3Page(b []byte) (found []Entry, next string, err error) {
	var p s3Page
	if xml.Unmarshal(b, &p) != nil {
		return nil, "", noPage()
	}
	for _, o := range p.Contents {
		e := Entry{o.Key, Object{o.Size, quoted(o.ETag)}}
		if p.Encoding == "url" {
			if e.Name, err = url.QueryUnescape(o.Key); err != nil {
				return nil, "", noPage()
			}
		}
		found = append(found, e)
	}
	if !p.Truncated {
		p.Next = ""
	} else if p.Next == "" {
		return nil, "", noPage()
	}
	return found, p.Next, nil
}

// quoted is an ETag as headers have it.
func quoted(etag string) string {
	if etag == "" || strings.HasPrefix(etag, `"`) || strings.HasPrefix(etag, "W/") {
		return etag
	}
	return `"` + etag + `"`
}

// azurePage is Azure's answer (List Blobs).
type azurePage struct {
	XMLName xml.Name `xml:"EnumerationResults"`
	Next    string   `xml:"NextMarker"`
	Blobs   struct {
		Blob []struct {
			Name struct {
				Encoded bool   `xml:"Encoded,attr"`
				Text    string `xml:",chardata"`
			}
			Properties struct {
				ETag string `xml:"Etag"`
				Size int64  `xml:"Content-Length"`
			}
		}
	}
}

func parseAzurePage(b []byte) (found []Entry, next string, err error) {
	var p azurePage
	if xml.Unmarshal(bytes.TrimPrefix(b, []byte("\ufeff")), &p) != nil {
		return nil, "", noPage()
	}
	for _, o := range p.Blobs.Blob {
		e := Entry{o.Name.Text, Object{o.Properties.Size, quoted(o.Properties.ETag)}}
		if o.Name.Encoded {
			if e.Name, err = url.PathUnescape(o.Name.Text); err != nil {
				return nil, "", noPage()
			}
		}
		found = append(found, e)
	}
	return found, p.Next, nil
}

// gcsPage is a part of a list of objects.
type gcsPage struct {
	Next  string `json:"nextPageToken"`
	Items []struct {
		Name       string `json:"name"`
		Size       int64  `json:"size,string"`
		Generation string `json:"generation"`
	} `json:"items"`
}

func parseGCSPage(b []byte) (found []Entry, next string, err error) {
	var p gcsPage
	if json.Unmarshal(b, &p) != nil {
		return nil, "", noPage()
	}
	for _, o := range p.Items {
		found = append(found, Entry{o.Name, Object{o.Size, o.Generation}})
	}
	return found, p.Next, nil
}
