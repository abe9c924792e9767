package store

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestCauseOfAnother: the fault that ended a group of requests stays what it was, whatever the others make of theirs.
func TestCauseOfAnother(t *testing.T) {
	s := serve(t, "s3")
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer web.Close()
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	work, ctx := errgroup.WithContext(context.Background())
	for range 2 {
		work.Go(func() error {
			_, err := Stat(ctx, web.URL+"/b")
			return err
		})
	}
	work.Go(func() error {
		_, err := Stat(ctx, s.at("a"))
		return err
	})
	err := work.Wait()
	var f *Fault
	if !errors.As(err, &f) || !f.OfStore() || !strings.Contains(err.Error(), "access is refused") || !strings.Contains(err.Error(), s.at("a")) {
		t.Errorf("%v", err)
	}
}
