package store

import (
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for text, want := range map[string]address{
		"s3://bucket/dir/a b+ü.jpg":              {"s3", "bucket", "dir/a b+ü.jpg"},
		"gs://my.bucket/x":                       {"gs", "my.bucket", "x"},
		"azblob://$web/x?y":                      {"azblob", "$web", "x?y"},
		"s3://bucket/...a/..b/c..":               {"s3", "bucket", "...a/..b/c.."},
		"https://example.org/a//b/..c":           {"https", "example.org", "/a//b/..c"},
		"https://example.org:8443/a%20b.jpg?k=v": {"https", "example.org:8443", "/a%20b.jpg?k=v"},
		"http://127.0.0.1:80/x":                  {"http", "127.0.0.1:80", "/x"},
		"hf://o/r@" + commit + "/d/f.bin":        {"hf", "o/r@" + commit, "d/f.bin"},
		"hf://datasets/o/r@" + commit + "/f.bin": {"hf", "datasets/o/r@" + commit, "f.bin"},
	} {
		if got, err := parse(text); err != nil || got != want || !Is(text) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, words := range map[string]string{
		"ftp://host/x":                  "want an address that begins with s3://",
		"s3:/bucket/x":                  "want an address",
		"s3://bucket":                   "want s3://BUCKET/NAME",
		"s3://bucket/dir/":              "want s3://BUCKET/NAME",
		"s3:///x":                       "want s3://BUCKET/NAME",
		"s3://a b/x":                    "want s3://BUCKET/NAME, found a bucket of other",
		"s3://b/x":                      "want s3://BUCKET/NAME, found a bucket of other",
		"s3://b/x\ny":                   "want s3://BUCKET/NAME",
		"s3://user:pw@host/x":           "want s3://BUCKET/NAME",
		"s3://bucket/../x":              `a part of the name is ".."`,
		"gs://bucket/x/..":              `a part of the name is ".."`,
		"azblob://bucket/./x":           `a part of the name is "."`,
		"s3://bucket/a/./x":             `a part of the name is "."`,
		"s3://bucket//x":                `a part of the name is ""`,
		"s3://bucket/a//x":              `a part of the name is ""`,
		"https://h/a/../x":              `a part of the name is ".."`,
		"https://h/a/%2E./x":            `a part of the name is ".."`,
		"hf://o/r@" + commit + "/../x":  `a part of the name is ".."`,
		"hf://o/r@" + commit + "/a//x":  `a part of the name is ""`,
		"https://host":                  "found a folder",
		"https://host/":                 "found a folder",
		"https:///x":                    "want https://HOST/PATH",
		"https://me:" + secret + "@h/x": "a name and password",
		"https://h/x?a=1&sig=" + secret: "a signature or token",
		"https://h/x#y":                 "write %23",
		"https://h/%zz":                 "this is no URL",
		"http://example.org/x":          "use https://",
		"hf://o/r/f.bin":                "want hf://OWNER/REPO@COMMIT/PATH",
		"hf://o/r@main/f.bin":           "40 digits of a commit",
		"hf://o/r@" + commit + "/":      "want hf://OWNER/REPO@COMMIT/PATH",
	} {
		err := Check(text)
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got := Shown("https://h/x?sig=" + secret); got != "https://h/x?…" {
		t.Errorf("shown as %s", got)
	}
}

// TestJoin: a name stays in the bucket that its folder is in.
func TestJoin(t *testing.T) {
	for _, c := range [][3]string{
		{"s3://b/lists", "a b.jpg", "s3://b/lists/a b.jpg"},
		{"s3://b/lists", "../img/a.jpg", "s3://b/img/a.jpg"},
		{"s3://b", "../../x", "s3://b/x"},
		{"https://h:1/d", "a b#.jpg", "https://h:1/d/a b%23.jpg"},
		{Folder("https://h/d/l.txt?sig=x"), "a.jpg", "https://h/d/a.jpg"},
		{Folder("gs://b/l.txt"), "./a.jpg", "gs://b/a.jpg"},
	} {
		if got := Join(c[0], c[1]); got != c[2] {
			t.Errorf("%s and %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}
