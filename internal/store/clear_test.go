package store_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"fc7/internal/store"
)

// TestClear: what is listed below a folder can be removed by the names that were told, and nothing else goes.
func TestClear(t *testing.T) {
	var mu sync.Mutex
	keys := map[string]bool{"run/tmp/a": true, "run/tmp/b/c": true, "run/x": true}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodDelete {
			delete(keys, strings.TrimPrefix(r.URL.Path, "/bucket/"))
			w.WriteHeader(http.StatusNoContent)
			return
		}
		fmt.Fprint(w, "<ListBucketResult>")
		for key := range keys {
			if strings.HasPrefix(key, r.URL.Query().Get("prefix")) {
				fmt.Fprintf(w, "<Contents><Key>%s</Key></Contents>", key)
			}
		}
		fmt.Fprint(w, "</ListBucketResult>")
	}))
	t.Cleanup(s.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"} {
		t.Setenv(name, value)
	}
	const folder = "s3://bucket/run/tmp"
	found, err := store.List(context.Background(), folder)
	if err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	for _, e := range found {
		if err := store.Remove(context.Background(), store.Join(folder, e.Name)); err != nil {
			t.Error(err)
		}
	}
	if len(keys) != 1 || !keys["run/x"] {
		t.Errorf("%v is left", keys)
	}
}
