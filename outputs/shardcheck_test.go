package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckShard(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		cols := testColumns(dtype)
		rows := testRows(60, cols)
		path := writeShard(t, t.TempDir(), 1, 3, cols, testIdentity(180), rows, 2500)
		var keys []string
		c, err := CheckShard(path, func(r *Row) { keys = append(keys, r.Image) })
		if err != nil || len(c.Problems) > 0 {
			t.Fatalf("%v, %q", err, c.Problems)
		}
		failed := 0
		for i, r := range rows {
			if keys[i] != r.Image {
				t.Fatalf("row %d is %q, want %q", i, keys[i], r.Image)
			}
			if r.Status == StatusFailed {
				failed++
			}
		}
		data := mustRead(t, path)
		sum := sha256.Sum256(data)
		want := File{ShardName(1, 3), hex.EncodeToString(sum[:]), c.Digests.Footer, int64(len(data)), 60, failed, 0}
		if c.File != want || c.Mark != (ShardMark{1, 3}) || len(c.Identity.Differences(testIdentity(180))) > 0 {
			t.Errorf("%+v, want %+v", c.File, want)
		}
	}
}

// Any byte of a shard that changes is found by the shard alone.
func TestCheckShardFindsAnyByte(t *testing.T) {
	cols := testColumns(Float32)
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(20), testRows(20, cols), 1500)
	good := mustRead(t, path)
	random := rand.New(rand.NewPCG(1, 2))
	check := func(what string, bad []byte) {
		t.Helper()
		file := filepath.Join(filepath.Dir(path), "bad", ShardName(0, 1))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := CheckShard(file, nil)
		if err != nil || len(c.Problems) == 0 {
			t.Errorf("%s: no problem found (%v)", what, err)
		}
	}
	places := []int{0, 3, 4, len(good) - 1, len(good) - 5, len(good) - 8, len(good) - 9}
	at := digestPlace(good)
	places = append(places, at, at+digestDigits-1, at-1, at-3, at+digestDigits)
	for range 400 {
		places = append(places, random.IntN(len(good)))
	}
	for _, i := range places {
		bad := append([]byte(nil), good...)
		bad[i] ^= byte(1 << random.IntN(8))
		check(fmt.Sprintf("byte %d of %d", i, len(good)), bad)
	}
	for _, n := range []int{0, 1, 11, 12, len(good) / 2, len(good) - 1} {
		check(fmt.Sprintf("cut to %d bytes", n), good[:n])
	}
	check("a byte more", append(append([]byte(nil), good...), 0))
	check("a byte in between", append(append(append([]byte(nil), good[:500]...), 7), good[500:]...))
}

func TestCheckShardNames(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 3, Float32)}
	ok := Row{Image: "a", Path: "a", Status: StatusOK, Descriptors: [][]float32{{1, 2, 3}}}
	nan := Row{Image: "b", Path: "b", Status: StatusOK, Descriptors: [][]float32{{1, float32(math.NaN()), 3}}}
	inf := Row{Image: "c", Path: "c", Status: StatusOK, Descriptors: [][]float32{{1, 2, float32(math.Inf(-1))}}}
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(3), []Row{ok, nan, inf}, 0)
	c, err := CheckShard(path, nil)
	if err != nil || len(c.Problems) != 2 || !strings.Contains(c.Problems[0], `image "b"`) || !strings.Contains(c.Problems[1], "value 2 is -Inf") {
		t.Errorf("%v, %q", err, c.Problems)
	}
	moved := filepath.Join(filepath.Dir(path), ShardName(1, 2))
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	if c, err := CheckShard(moved, nil); err != nil || !strings.Contains(strings.Join(c.Problems, "\n"), "renamed") {
		t.Errorf("renamed: %v, %q", err, c.Problems)
	}
	if _, err := CheckShard(path, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("absent: %v", err)
	}
}

// testdata/format1.parquet is the table of TestShardBytesAreThoseOfFormatVersion2 as version 1 wrote it: it is read,
// and cannot vouch for its bytes.
func TestFormat1IsRead(t *testing.T) {
	path := filepath.Join("testdata", "format1.parquet")
	c, err := CheckShard(path, nil)
	if err != nil || len(c.Problems) > 0 || c.Identity.Format != 1 || c.Rows != 2 || c.Failed != 1 || c.Digests.Own != "" {
		t.Fatalf("%v, %+v", err, c)
	}
	table, err := OpenTable(path, ReadOptions{Columns: []string{"fc7_q256"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := table.Descriptors("fc7_q256")
	if err != nil || !sameBits(m.Row(0), []float32{1, 0, 2.5}) {
		t.Errorf("%v, %v", m.Data, err)
	}
	if d := table.Identity.Differences(testIdentity(2)); len(d) != 1 || d[0] != "table format: table has 1, now 2" {
		t.Errorf("a resume would mix the versions: %q", d)
	}
}

func TestRewriteShard(t *testing.T) {
	cols := testColumns(Float32)
	dir := t.TempDir()
	path := writeShard(t, dir, 0, 1, cols, testIdentity(3), testRows(3, cols), 0)
	before := mustRead(t, path)
	rewrite := func(end func(*ShardWriter) error) {
		w, err := RewriteShard(dir, 0, 1, cols, testIdentity(3))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range testRows(2, cols) {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if string(mustRead(t, path)) != string(before) {
			t.Error("the shard changed before Close")
		}
		if err := end(w); err != nil {
			t.Fatal(err)
		}
	}
	rewrite((*ShardWriter).Abort)
	if string(mustRead(t, path)) != string(before) {
		t.Error("the shard changed by Abort")
	}
	rewrite((*ShardWriter).Close)
	if rows, err := readAll(mustRead(t, path)); err != nil || len(rows) != 2 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if left := leftovers(t, dir, filepath.Base(path)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
