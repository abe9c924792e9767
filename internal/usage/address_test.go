package usage

import (
	"slices"
	"strings"
	"testing"
)

func TestScheme(t *testing.T) {
	for text, want := range map[string]string{
		"s3://bucket/run": "s3", "https://h/x.jpg": "https", "HF://d": "HF", "git+ssh://h": "git+ssh", "file:///d": "file", "x9.-://": "x9.-",
		"": "", "://": "", "C://x": "", "c:/x": "", "a/s3://x": "", "9s://x": "", "s3:/x": "", "./s3:/x": "", "s3:b/x": "", "gs:": "", "https:/": "", "s3:x": "", "s 3://x": "", "ä3://x": "", "ss": "",
	} {
		if got := Scheme(text); got != want {
			t.Errorf("%q has the scheme %q, expected %q", text, got, want)
		}
		if err := Address("--out", text); (err != nil) != (want != "" || slices.Contains([]string{"s3:/x", "s3:b/x", "https:/"}, text)) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := Address("--out", "S3://b/run"); err == nil || !strings.Contains(err.Error(), "want s3://, in small letters") {
		t.Error(err)
	}
}
