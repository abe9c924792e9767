package usage

import "testing"

func TestScheme(t *testing.T) {
	for text, want := range map[string]string{
		"s3://bucket/run": "s3", "https://h/x.jpg": "https", "HF://d": "HF", "git+ssh://h": "git+ssh", "file:///d": "file", "x9.-://": "x9.-",
		"": "", "://": "", "C://x": "", "c:/x": "", "a/s3://x": "", "9s://x": "", "s3:/x": "", "./s3:/x": "", "s3:x": "", "s 3://x": "", "ä3://x": "", "ss": "",
	} {
		if got := Scheme(text); got != want {
			t.Errorf("%q has the scheme %q, expected %q", text, got, want)
		}
		if err := Address("--out", text); (err != nil) != (want != "" || text == "s3:/x") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
