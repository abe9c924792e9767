package conveyor

import (
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/outputs"
)

// TestPinned: an input that is not the one that was planned fails with words that say how, whether or not it can be
// decoded; the one that was planned is read, or fails, as ever.
func TestPinned(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jpg")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set := &datasets.Set{Root: dir, Items: []datasets.Item{{ID: "a.jpg", At: datasets.Location{Path: path}}, {ID: "b.jpg", At: datasets.Location{Path: filepath.Join(dir, "b.jpg")}}}}
	if err := os.WriteFile(filepath.Join(dir, "b.jpg"), []byte("stands"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := NewReader(set, Options{Patience: time.Nanosecond})
	write("no image")
	pin, err := r.Pin(t.Context(), &set.Items[0], true)
	if sum := sha256.Sum256([]byte("no image")); err != nil || pin.Size != 8 || pin.SHA256 == nil || *pin.SHA256 != sum {
		t.Fatalf("%+v, %v", pin, err)
	}
	bySize := datasets.Pin{Size: 8}
	for _, c := range []struct {
		text, says string
		pin        datasets.Pin
	}{
		{"no image", "", pin},
		{"no image", "", bySize},
		{"no image", "", datasets.Unknown},
		{"longer than that", "it has 16 bytes, and had 8", bySize},
		{"an image", "", bySize},
		{"an image", "it has other bytes", pin},
		{"longer than that", "it has 16 bytes, and had 8", pin},
		{"", "it is not there, and had 8 bytes", bySize},
		{"", "", datasets.Unknown},
		{"no image", "another tar", datasets.Pin{Size: 8, Replaced: "another tar"}},
	} {
		if write(c.text); c.text == "" {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		var changed *ChangedError
		_, _, _, err := r.pinned(&c.pin).imageInput(t.Context(), &set.Items[0])
		if err == nil || errors.As(err, &changed) != (c.says != "") || c.says != "" && err.Error() != outputs.ChangedInput+c.says {
			t.Errorf("%q by %+v: %v, want %q", c.text, c.pin, err, c.says)
		}
		if m := new(MachineError); errors.As(err, &m) || c.says != "" && strings.Contains(err.Error(), dir) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

// TestPinnedObject: an object of another version than was planned, or that is gone, says so; a store that is busy does
// not make it another one.
func TestPinnedObject(t *testing.T) {
	version, status := `"1"`, http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", version)
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		w.Header().Set("Content-Length", "8")
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, "no image")
		}
	}))
	defer s.Close()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"} {
		t.Setenv(name, value)
	}
	set := &datasets.Set{Root: t.TempDir(), Items: []datasets.Item{{ID: "a", At: datasets.Location{Path: "s3://bucket/a.jpg"}}}}
	r := NewReader(set, Options{Patience: time.Nanosecond})
	pin, err := r.Pin(t.Context(), &set.Items[0], false)
	if err != nil || pin.Size != 8 || pin.Version == "" || pin.SHA256 != nil {
		t.Fatalf("%+v, %v", pin, err)
	}
	for _, c := range []struct {
		version, says string
		status        int
	}{
		{`"1"`, "", http.StatusOK},
		{`"2"`, "its store gives another version of it, of 8 bytes", http.StatusOK},
		{`"1"`, "it is not there, and had 8 bytes", http.StatusNotFound},
		{`"1"`, "", http.StatusForbidden},
	} {
		version, status = c.version, c.status
		_, _, _, err := r.pinned(&pin).imageInput(t.Context(), &set.Items[0])
		var changed *ChangedError
		if err == nil || errors.As(err, &changed) != (c.says != "") || c.says != "" && err.Error() != outputs.ChangedInput+c.says {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
