package conveyor

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
)

// TestRemoteTrouble: an object that is absent is its image's failure, but that of all images where it holds others; a
// store that is shut is the machine's, which is tried again.
func TestRemoteTrouble(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "none.jpg") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if asked++; asked > 3 {
			_, _ = io.WriteString(w, "bytes")
			return
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer s.Close()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"} {
		t.Setenv(name, value)
	}
	open := func(at string, patience time.Duration, part ...datasets.Part) (got string, err error) {
		set := &datasets.Set{Root: t.TempDir(), Items: []datasets.Item{{ID: "a", At: datasets.Location{Path: at}}}}
		if len(part) > 0 {
			set.Items[0].At.Part = &part[0]
		}
		r := NewReader(set, Options{Patience: patience})
		err = r.Open(t.Context(), &set.Items[0], func(f io.Reader, _ picture.DecodeOptions) error {
			b, err := io.ReadAll(f)
			got = string(b)
			return err
		})
		return got, err
	}
	m := new(MachineError)
	if _, err := open("s3://bucket/none.jpg", time.Hour); err == nil || errors.As(err, &m) || !strings.Contains(err.Error(), "there is no such object") {
		t.Errorf("absent: %v", err)
	}
	if _, err := open("s3://bucket/none.jpg", time.Hour, datasets.Part{Size: 1}); !errors.As(err, &m) || !strings.Contains(err.Error(), "was changed or removed") {
		t.Errorf("an archive that is gone: %v", err)
	}
	if _, err := open("s3://bucket/a.jpg", time.Nanosecond); !errors.As(err, &m) || !strings.Contains(err.Error(), "its store gives no bytes") {
		t.Errorf("shut: %v", err)
	}
	if got, err := open("s3://bucket/a.jpg", time.Hour); err != nil || got != "bytes" {
		t.Errorf("shut for a while: %q, %v", got, err)
	}
}
