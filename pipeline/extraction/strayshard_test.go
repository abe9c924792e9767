package extraction_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
)

// TestShardDamagedInItsIdentity: a shard of which a digit of the identity is another one is called damaged, by its
// name, and a shard of another run among those of this one is named: neither is a table with other settings. So it is
// for a run and for an update.
func TestShardDamagedInItsIdentity(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	other := j
	other.Out, other.Weights = t.TempDir(), fixture.Weights(t, "vgg11/32", 9)
	fixture.Extract(t, other)
	update := j
	update.Update.Do = true
	shards, err := filepath.Glob(filepath.Join(j.Out, outputs.FeaturesDir, "*.parquet"))
	if err != nil || len(shards) < 2 {
		t.Fatal(shards, err)
	}
	refused := func(how, path string, data []byte, says string) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, k := range []extraction.Job{j, update} {
			_, err := extraction.Extract(context.Background(), k, conveyor.Events{})
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "remove it to compute it again") {
				t.Errorf("%s: %v", how, err)
			}
			var m *table.MismatchError
			if errors.As(err, &m) {
				t.Errorf("%s: told as a table with other settings: %v", how, err)
			}
		}
	}
	for _, path := range []string{shards[0], shards[len(shards)-1]} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := outputs.OpenShard(path)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		for what, digest := range map[string]string{"weights": s.Identity.WeightsSHA256, "inputs": s.Identity.Inputs.SHA256} {
			at := bytes.LastIndex(whole, []byte(digest))
			if at < 0 {
				t.Fatalf("no %s digest %s in %s", what, digest, path)
			}
			spoilt := bytes.Clone(whole)
			spoilt[at+40] ^= 1 // a digit that stays one of hex
			refused("a digit of "+what, path, spoilt, "the file is damaged")
		}
		stray, err := os.ReadFile(filepath.Join(other.Out, outputs.FeaturesDir, filepath.Base(path)))
		if err != nil {
			t.Fatal(err)
		}
		refused("of another run", path, stray, "weights")
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fixture.Extract(t, j)
}

// TestUnreadableShard: a shard or a manifest that the system cannot read is not told to be removed: it may be good.
func TestUnreadableShard(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	shards, err := filepath.Glob(filepath.Join(j.Out, outputs.FeaturesDir, "*.parquet"))
	if err != nil || len(shards) == 0 {
		t.Fatal(shards, err)
	}
	for _, path := range []string{shards[0], filepath.Join(j.Out, outputs.ManifestName)} {
		if err := os.Rename(path, path+"-away"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Base(path), path); err != nil { // to itself: nobody can open it
			t.Fatal(err)
		}
		_, err := extraction.Extract(context.Background(), j, conveyor.Events{})
		if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "remove") {
			t.Errorf("%s: %v", path, err)
		}
		if err := os.Rename(path+"-away", path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(shards[0], []byte("PAR1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := extraction.Extract(context.Background(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), shards[0]) || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("%v", err)
	}
}
