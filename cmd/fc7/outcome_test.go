package main

import (
	"errors"
	"testing"

	"fc7/pipeline/extraction"
)

// TestOutcomePassing: that the same command goes on is told once, whether the error says it or not.
func TestOutcomePassing(t *testing.T) {
	away := errors.New("the store is away")
	for want, err := range map[string]error{
		"fc7: the store is away; the same command goes on":                                                       away,
		"fc7: the store is away\n8 of 32 rows are kept in run; when the cause is gone, the same command goes on": &extraction.StoppedError{Done: 8, Total: 32, Out: "run", Cause: away},
	} {
		if code, text := outcome(t.Context(), nil, &extraction.PassingError{Err: err}); code != exitPassing || text != want {
			t.Errorf("status %d, %q, want %q", code, text, want)
		}
	}
}
