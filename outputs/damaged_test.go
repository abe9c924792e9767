package outputs

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/hostile"
)

func FuzzShard(f *testing.F)    { targets(f)["FuzzShard"].Fuzz(f) }
func FuzzFooter(f *testing.F)   { targets(f)["FuzzFooter"].Fuzz(f) }
func FuzzManifest(f *testing.F) { targets(f)["FuzzManifest"].Fuzz(f) }
func FuzzInputs(f *testing.F)   { targets(f)["FuzzInputs"].Fuzz(f) }

func TestDamaged(t *testing.T) { hostile.Tests(t, targets(t)) }

// targets are what fc7 reads again of a feature table.
func targets(t testing.TB) map[string]*hostile.Target {
	t.Helper()
	words := []string{"PAR1", "fc7.identity", "fc7.columns", "fc7.sha256", "\x15\x00", "\x19\x1c", "\x19\xfc\xff\xff\xff\xff\x07", "\x00", "image", "labels", "list", "element"}
	shards, editFooter := shardSeeds(t), hostile.EditParquetFooter(words)
	manifest := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(manifest, 0o755); err != nil {
		t.Fatal(err)
	}
	return map[string]*hostile.Target{
		"FuzzShard": {Seeds: shards, Slow: 4, Words: words, Mend: mendShard, Read: readShard, Again: checkedShard(t)},
		"FuzzFooter": {
			Seeds: shards, EditsOnly: true, Slow: 4, Words: words, Read: readShard, Edit: func(file, edits []byte) []byte { return withDigest(editFooter(file, edits)) },
		},
		"FuzzInputs": {
			Seeds: inputSeeds(), Words: []string{"\t", "\n", "-", "0", "1", "-1", "99999999999999999999", "1 1 2 2", strings.Repeat("ab", 32), "\x00"},
			Mend: func(_, after []byte) []byte { return withLastLine(after) },
			Read: func(file []byte, r *hostile.Result) error {
				text, err := checkInputs(string(file), "own", 2)
				if err != nil {
					return err
				}
				list, err := parseInputs(text, 2)
				if err != nil {
					return err
				}
				for _, in := range list {
					if in.Object < 0 || in.Image == "" {
						r.Errorf("took %+v", in)
					}
					r.Text(in.Image, in.Box)
				}
				return nil
			},
		},
		"FuzzManifest": {
			Seeds: manifestSeeds(t), Slow: 10,
			Words: []string{`"identity"`, `"format"`, `"counts"`, `"inputs"`, `"ok"`, `"failed"`, `"shards"`, `"columns"`, `null`, `-1`, `1e99`, `99999999999999999999`, `{`, `}`, `[`, `]`, `,`, `"`, `\u0000`},
			Read: func(file []byte, r *hostile.Result) error {
				if err := os.WriteFile(filepath.Join(manifest, ManifestName), file, 0o644); err != nil {
					return err
				}
				m, err := ReadManifest(manifest)
				if err != nil {
					return err
				}
				if err := m.Write(manifest); err != nil {
					return nil // counts that do not add up
				}
				if _, err := ReadManifest(manifest); err != nil {
					r.Errorf("read, written, and not read again: %v", err)
				}
				return nil
			},
		},
	}
}

func shardSeeds(t testing.TB) (all [][]byte) {
	t.Helper()
	for _, dtype := range []string{Float32, Float16} {
		for _, cols := range [][]Column{mapColumns(dtype), testColumns(dtype), {NewColumn("fc7", 256, 2, dtype)}} {
			for _, n := range []int{1, 4} {
				all = append(all, mustRead(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(n), testRows(n, cols), 200)))
			}
		}
	}
	return append(all, mustRead(t, filepath.Join("testdata", "format1.parquet")))
}

func readShard(file []byte, r *hostile.Result) error {
	rows, err := readAll(file)
	if err != nil {
		return err
	}
	if len(rows)*minRow > len(file) {
		r.Errorf("%d rows from %d bytes", len(rows), len(file))
	}
	for _, row := range rows {
		r.Text(row.Image, row.Path, row.Error)
		r.Text(row.Labels...)
		for _, d := range row.Descriptors {
			r.Floats(d)
		}
	}
	d, err := digests(bytes.NewReader(file), int64(len(file)))
	if err == nil {
		r.Text(d.SHA256, d.Own)
	}
	return err
}

// checkedShard reads a shard, and checks it where it lies: what is read is sound, and what is not has a problem.
func checkedShard(t testing.TB) func([]byte, *hostile.Result) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), ShardName(0, 1))
	put := hostile.Placed(t, path)
	return func(file []byte, r *hostile.Result) error {
		err := readShard(file, r)
		if e := put(file); e != nil {
			return e
		}
		rows := 0
		c, e := CheckShard(path, func(row *Row) { rows++ })
		if e == nil && len(c.Problems) == 0 && err != nil {
			r.Errorf("checked without a problem, but reading it: %v", err)
		}
		if e == nil && len(c.Problems) == 0 && rows != c.Rows {
			r.Errorf("%d of %d rows were shown", rows, c.Rows)
		}
		return err
	}
}

// mendShard states the footer's length and the file's digest of itself.
func mendShard(before, after []byte) []byte { return withDigest(hostile.MendParquet(before, after)) }

// withDigest states the digest of a shard in its footer, if it has a place for it.
func withDigest(file []byte) []byte {
	d, err := digests(bytes.NewReader(file), int64(len(file)))
	if err != nil || d.Own == "" || len(d.actual) != len(d.Own) {
		return file
	}
	if at := bytes.LastIndex(file, []byte(d.Own)); at >= 0 {
		copy(file[at:], d.actual)
	}
	return file
}

func manifestSeeds(t testing.TB) [][]byte {
	t.Helper()
	m := Manifest{Identity: testIdentity(5), Columns: testColumns(Float16), Shards: 2, Counts: Counts{Inputs: 5, OK: 3, Failed: 2}}
	if err := m.Write(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	whole, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	m.Columns, m.Shards = mapColumns(Float32), 1
	other, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	all := [][]byte{whole, other, []byte(`{"identity":{"format":1},"counts":{"inputs":-1,"ok":-1}}`), []byte(`{"identity":{"format":99}}`)}
	for i, n := range []int{1, 3, 4, 6, 7, 9} {
		m := Manifest{Identity: testIdentity(n), Columns: testColumns([]string{Float16, Float32}[i%2])[:1+i%2], Shards: 1 + i, Counts: Counts{Inputs: n, OK: n}}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// inputSeeds are files of inputs of two rows of the shard "own".
func inputSeeds() (all [][]byte) {
	for _, rows := range []string{
		strings.Repeat("ab", 32) + "\t3\t1700000000\t-\t0\ta.jpg\n-\t0\t0\t-\t0\tb.jpg\n",
		strings.Repeat("0f", 32) + "\t9\t-5\t1 2 3 4\t2\ta.jpg\n" + strings.Repeat("0f", 32) + "\t9\t-5\t1 2 3 5\t3\ta.jpg\n",
		"-\t0\t0\t-\t0\ta\n-\t0\t0\t-\t0\tb\n", "-\t0\t0\t1 1 1 1\t1\ta\n-\t0\t0\t1 1 2 2\t2\ta\n",
		"-\t0\t0\t-\t0\td/e.jpg\n" + strings.Repeat("00", 32) + "\t0\t0\t-\t0\td/f.jpg\n", strings.Repeat("9a", 32) + "\t9223372036854775807\t1\t-\t0\t\u00fc\n-\t0\t0\t-\t0\t\\xff\n",
		"-\t0\t0\t-5 -6 7 8\t1\ta b\n-\t0\t0\t0 0 0 0\t1\tc d\n", strings.Repeat("ff", 32) + "\t1\t-9223372036854775808\t-\t0\tx\n-\t0\t0\t-\t0\ty\n",
		"-\t0\t0\t-\t0\ta\n" + strings.Repeat("12", 32) + "\t7\t7\t1 2 3 4\t1\ta\n", strings.Repeat("34", 32) + "\t5\t5\t-\t0\ta.png\n" + strings.Repeat("34", 32) + "\t5\t5\t-\t0\tb.png\n",
	} {
		all = append(all, withLastLine([]byte(firstInputsLine+"\town\t2\n"+rows+"sha256\t\n")))
	}
	return all
}

// withLastLine states the digest of what stands above the last line.
func withLastLine(file []byte) []byte {
	at := bytes.LastIndexByte(bytes.TrimSuffix(file, []byte("\n")), '\n') + 1
	return fmt.Appendf(file[:at:at], "sha256\t%x\n", sha256.Sum256(file[:at]))
}
