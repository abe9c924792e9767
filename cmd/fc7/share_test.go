package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestShareStatus: a share of a table without a plan ends as its own rows are, whichever ends last: a scheduler takes 3
// for a failure, and the failed rows are of another task. What it says of the whole table it says apart.
func TestShareStatus(t *testing.T) {
	j := newSmallJob(t, "6")
	if err := os.WriteFile(j.images(t, 6)[0], []byte("none"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, shares := range [][]string{{"1/2", "2/2"}, {"2/2", "1/2"}} {
		run := "run-" + shares[0][:1]
		for i, share := range shares {
			code := exitDone
			if share == "1/2" {
				code = exitSomeFailed
			}
			said := want(t, code, j.args(run, "--shard", share)...)
			if strings.Contains(said, "--retry-failed") != (code == exitSomeFailed) {
				t.Errorf("share %s: of failed rows that it has or has not: %s", share, said)
			}
			if i == 1 && share == "2/2" && !strings.Contains(said, "the table is complete: 6 images: 5 ok, 1 failed") {
				t.Errorf("share %s ended the table: %s", share, said)
			}
		}
		_, out, _ := fc7(t, j.args(run, "--shard", "2/2", "--json")...)
		var said struct {
			Tables []struct{ Inputs, Failed int }
		}
		if err := json.Unmarshal([]byte(out), &said); err != nil || len(said.Tables) != 1 || said.Tables[0].Failed != 0 {
			t.Errorf("%v: %s", err, out)
		}
	}
	want(t, exitSomeFailed, j.args("run-1")...) // all of it
}
