package outputs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShardBytesAreDeterministic(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		cols := testColumns(dtype)
		rows := testRows(50, cols)
		a := mustRead(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(50), rows, 3000))
		b := mustRead(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(50), rows, 3000))
		if !bytes.Equal(a, b) {
			t.Errorf("%s: the same rows gave different bytes", dtype)
		}
	}
}

// The bytes on every machine and with every version: when they change, finished shards and resumed ones differ, so
// FormatVersion must change too. Nothing here depends on a random generator or on the platform.
func TestShardBytesAreThoseOfFormatVersion2(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 3, Float32), NewColumn("fc7", 384, 2, Float16)}
	rows := []Row{
		{Image: "a", Path: "a.jpg", Width: 3, Height: 2, Labels: []string{"cat", "dog"}, Splits: []string{"train"}, Status: StatusOK, Descriptors: [][]float32{{1, 0, 2.5}, {0.1, 3}}},
		{Image: "b", Object: 2, Path: "b.jpg", Status: StatusFailed, Error: "empty file"},
	}
	sum := sha256.Sum256(mustRead(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(2), rows, 0)))
	if got, want := hex.EncodeToString(sum[:]), "c6ebac9bfc828a595b1d79baa959809a65d290b61c05ba1060f69cd84034331c"; got != want {
		t.Errorf("sha256 %s, want %s", got, want)
	}
}

func TestShardWriterRefusesRowsAndGoesOn(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 2, Float16)}
	good := Row{Image: "a", Status: StatusOK, Descriptors: [][]float32{{1, 2}}}
	dir := t.TempDir()
	w, err := CreateShard(dir, 0, 1, cols, testIdentity(1))
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Row){
		"image is empty":                      func(r *Row) { r.Image = "" },
		`image "\xff" is not valid UTF-8`:     func(r *Row) { r.Image = "\xff" },
		`path "a\xc3" is not valid UTF-8`:     func(r *Row) { r.Path = "a\xc3" },
		`labels "\x80" is not valid UTF-8`:    func(r *Row) { r.Labels = []string{"\x80"} },
		"path is 1048577 bytes long":          func(r *Row) { r.Path = strings.Repeat("x", maxText+1) },
		"splits has 65537 entries":            func(r *Row) { r.Splits = make([]string, maxList+1) },
		"object is -1":                        func(r *Row) { r.Object = -1 },
		"width is 2147483648":                 func(r *Row) { r.Width = math.MaxInt32 + 1 },
		`status is "done"`:                    func(r *Row) { r.Status = "done" },
		"its error is empty":                  func(r *Row) { r.Status, r.Descriptors = StatusFailed, nil },
		"must not have descriptors":           func(r *Row) { r.Status, r.Error = StatusFailed, "x" },
		`the error is "x"`:                    func(r *Row) { r.Error = "x" },
		"0 descriptors, expected one for":     func(r *Row) { r.Descriptors = nil },
		"descriptor has 3 values, expected 2": func(r *Row) { r.Descriptors = [][]float32{{1, 2, 3}} },
		"value 1 is 65520":                    func(r *Row) { r.Descriptors = [][]float32{{1, 65520}} },
	} {
		r := good
		change(&r)
		if err := w.Write(r); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), w.final) {
			t.Errorf("error %v, want %q and the file", err, want)
		}
	}
	if err := w.Write(good); err != nil || w.Rows() != 1 {
		t.Errorf("after refused rows: %v, %d rows", err, w.Rows())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	compareRows(t, cols, must(readAll(mustRead(t, filepath.Join(dir, ShardName(0, 1))))), []Row{good})
	if err := w.Write(good); err == nil {
		t.Error("Write after Close: no error")
	}
	if err := errors.Join(w.Close(), w.Abort()); err != nil {
		t.Errorf("Close and Abort after Close: %v", err)
	}
}

func TestShardWriterRequiredColumn(t *testing.T) {
	w, err := CreateShard(t.TempDir(), 0, 1, []Column{{Name: "descriptor", Width: 1, Dtype: Float32, Required: true}}, testIdentity(1))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Write(Row{Image: "a", Status: StatusFailed, Error: "empty file"}); err == nil || !strings.Contains(err.Error(), "allows no nulls, but the row failed: empty file") {
		t.Errorf("error %v", err)
	}
}

// Non-finite values are the extractor's to refuse, before they are written; whoever reads some is told where they
// stand, whichever way they are read.
func TestNonFiniteValues(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		cols := []Column{NewColumn("fc7", 256, 3, dtype)}
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			rows := []Row{
				{Image: "a", Status: StatusOK, Descriptors: [][]float32{{1, 2, 3}}},
				{Image: "b", Status: StatusOK, Descriptors: [][]float32{{1, float32(bad), 3}}},
			}
			path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(2), rows, 0)
			want := fmt.Sprintf("reading %s: row 1: column fc7_q256: expected finite numbers, found that value 1 is %v", path, float32(bad))
			for how, read := range map[string]func() error{
				"group": func() error { return readGroups(path) },
				"table": func() error { _, err := OpenTable(path, ReadOptions{Columns: []string{"fc7_q256"}}); return err },
				"mapped": func() error {
					_, err := OpenTable(path, ReadOptions{Columns: []string{"fc7_q256"}, Mapped: true})
					return err
				},
				"scan": func() error {
					s, err := NewScanner(path)
					if err != nil {
						return err
					}
					return s.Scan([]string{"fc7_q256"}, func(Batch) error { return nil })
				},
			} {
				if err := read(); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s, %s: %v, want %q", dtype, how, err, want)
				}
			}
		}
	}
}

// readGroups reads a shard whole.
func readGroups(path string) error {
	s, err := OpenShard(path)
	if err != nil {
		return err
	}
	defer s.Close()
	for g := range s.Groups() {
		if _, err := s.ReadGroup(g); err != nil {
			return err
		}
	}
	return nil
}

// TestFooterIsVouchedFor: a table whose footer is not what was written is refused, be it one file or a run's, whose
// manifest lists the footers; pages of a run that are listed are not read for it.
func TestFooterIsVouchedFor(t *testing.T) {
	cols, run := testColumns(Float32), t.TempDir()
	features := filepath.Join(run, FeaturesDir)
	if err := os.Mkdir(features, 0o755); err != nil {
		t.Fatal(err)
	}
	id := testIdentity(9)
	path := writeShard(t, features, 0, 1, cols, id, testRows(9, cols), 0)
	data := mustRead(t, path)
	net := bytes.LastIndex(data, []byte(`"net":"`)) + len(`"net":"`)
	spoilt := bytes.Clone(data)
	spoilt[net] ^= 1
	c, err := CheckShard(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := Manifest{Identity: id, Columns: cols, Shards: 1, Files: []File{c.File}, Counts: Counts{Inputs: c.Rows, OK: c.Rows - c.Failed, Failed: c.Failed}}
	for _, listed := range []bool{false, true} {
		if listed {
			if err := m.Write(run); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{path, features, run} {
			if _, err := OpenTable(name, ReadOptions{}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := os.WriteFile(path, spoilt, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenTable(name, ReadOptions{}); err == nil || !strings.Contains(err.Error(), path) || !errors.Is(err, errDamaged) {
				t.Errorf("%s with another net in its footer: %v", name, err)
			}
			if _, err := NewScanner(name); err == nil {
				t.Errorf("%s has a digest", name)
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestCreateShardRefuses(t *testing.T) {
	cols := testColumns(Float32)
	wrong := testIdentity(1)
	wrong.Format = 9
	column := func(c Column) []Column { return []Column{c} }
	for want, create := range map[string]func(dir string) (*ShardWriter, error){
		"shard 2 of 2":            func(d string) (*ShardWriter, error) { return CreateShard(d, 2, 2, cols, testIdentity(1)) },
		"shard -1 of 2":           func(d string) (*ShardWriter, error) { return CreateShard(d, -1, 2, cols, testIdentity(1)) },
		"at least one descriptor": func(d string) (*ShardWriter, error) { return CreateShard(d, 0, 1, nil, testIdentity(1)) },
		"513 descriptor columns": func(d string) (*ShardWriter, error) {
			return CreateShard(d, 0, 1, make([]Column, 513), testIdentity(1))
		},
		"already taken": func(d string) (*ShardWriter, error) {
			return CreateShard(d, 0, 1, append(cols, cols[0]), testIdentity(1))
		},
		"name status is already": func(d string) (*ShardWriter, error) {
			return CreateShard(d, 0, 1, column(Column{Name: "status", Width: 1, Dtype: Float32}), testIdentity(1))
		},
		`name "" is empty`: func(d string) (*ShardWriter, error) {
			return CreateShard(d, 0, 1, column(Column{Width: 1, Dtype: Float32}), testIdentity(1))
		},
		"width 0": func(d string) (*ShardWriter, error) {
			return CreateShard(d, 0, 1, column(NewColumn("fc7", 256, 0, Float32)), testIdentity(1))
		},
		`dtype "bfloat16"`: func(d string) (*ShardWriter, error) {
			return CreateShard(d, 0, 1, column(NewColumn("fc7", 256, 1, "bfloat16")), testIdentity(1))
		},
		"table format 9, expected": func(d string) (*ShardWriter, error) { return CreateShard(d, 0, 1, cols, wrong) },
		"no such file or directory": func(d string) (*ShardWriter, error) {
			return CreateShard(filepath.Join(d, "x"), 0, 1, cols, testIdentity(1))
		},
	} {
		dir := t.TempDir()
		if _, err := create(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if left := leftovers(t, dir); len(left) > 0 {
			t.Errorf("%s: %v left behind", want, left)
		}
	}
}

func TestShardIsThereOnlyWhenComplete(t *testing.T) {
	cols := testColumns(Float32)
	dir := t.TempDir()
	name := ShardName(0, 1)
	w, err := CreateShard(dir, 0, 1, cols, testIdentity(5))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range testRows(5, cols) {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if shardDone(dir, 0, 1) {
		t.Error("done before Close")
	}
	if _, err := OpenTable(dir, ReadOptions{}); err == nil {
		t.Error("OpenTable took a temporary file for a shard")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !shardDone(dir, 0, 1) || len(leftovers(t, dir, name)) > 0 {
		t.Errorf("after Close: done %v, also there: %v", shardDone(dir, 0, 1), leftovers(t, dir, name))
	}
	before := mustRead(t, filepath.Join(dir, name))
	if _, err := CreateShard(dir, 0, 1, cols, testIdentity(5)); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("CreateShard over a finished one: %v", err)
	}
	if !bytes.Equal(before, mustRead(t, filepath.Join(dir, name))) {
		t.Error("the finished shard changed")
	}
}

func TestShardAbortAndStaleTemporaries(t *testing.T) {
	cols := testColumns(Float32)
	dir := t.TempDir()
	stale := filepath.Join(dir, "."+ShardName(0, 2)+".123.tmp")
	other := "." + ShardName(1, 2) + ".123.tmp"
	for _, path := range []string{stale, filepath.Join(dir, other)} {
		if err := os.WriteFile(path, []byte("left by a killed run"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := CreateShard(dir, 0, 2, cols, testIdentity(5))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("the stale temporary file is still there")
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, dir, other); len(left) > 0 {
		t.Errorf("after Abort: %v; want the other shard's file alone", left)
	}
}

// Two processes on one shard: one of them wins whole, the other gets an error.
func TestShardWrittenTwiceAtOnce(t *testing.T) {
	cols := testColumns(Float32)
	dir := t.TempDir()
	rows := testRows(4, cols)
	a, err := CreateShard(dir, 0, 1, cols, testIdentity(4))
	if err != nil {
		t.Fatal(err)
	}
	b, err := CreateShard(dir, 0, 1, cols, testIdentity(4))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := errors.Join(a.Write(r), b.Write(r)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Errorf("the first writer's Close: %v", err)
	}
	if err := b.Close(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second writer's Close: %v", err)
	}
	got, err := readAll(mustRead(t, filepath.Join(dir, ShardName(0, 1))))
	if err != nil {
		t.Fatal(err)
	}
	compareRows(t, cols, got, rows)
	if left := leftovers(t, dir, ShardName(0, 1)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// fullFile is a file on a disk with room for some bytes more.
type fullFile struct {
	outFile
	room    int
	commits bool // this fails
}

var errFull = errors.New("no space left on device")

func (f *fullFile) Write(p []byte) (int, error) {
	if len(p) > f.room {
		n, _ := f.outFile.Write(p[:f.room])
		f.room = 0
		return n, errFull
	}
	f.room -= len(p)
	return f.outFile.Write(p)
}

func (f *fullFile) Commit() error {
	if f.commits {
		return errors.Join(errFull, f.outFile.Abort())
	}
	return f.outFile.Commit()
}

func TestShardOnAFullDisk(t *testing.T) {
	cols := testColumns(Float32)
	rows := testRows(30, cols)
	size := len(mustRead(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(30), rows, 2000)))
	faults := []fullFile{{room: size, commits: true}}
	for room := 0; room < size; room += 97 {
		faults = append(faults, fullFile{room: room})
	}
	for _, fault := range faults {
		dir := t.TempDir()
		w, err := createShard(dir, shardMark{0, 1}, cols, testIdentity(30), func(path string) (outFile, error) {
			f, err := newFile(path)
			fault.outFile = f
			return &fault, err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.limit = 2000
		var failed error
		for _, r := range rows {
			if err := w.Write(r); err != nil {
				failed = err
				if again := w.Write(r); !errors.Is(again, errFull) {
					t.Errorf("Write after the failure: %v", again)
				}
				break
			}
		}
		if failed != nil && !errors.Is(failed, errFull) {
			t.Errorf("Write: %v", failed)
		}
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("Close: %v", err)
		}
		if left := leftovers(t, dir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func BenchmarkShardWriter(b *testing.B) {
	for _, dtype := range []string{Float32, Float16} {
		b.Run(dtype, func(b *testing.B) {
			cols := []Column{NewColumn("fc7", 256, 4096, dtype)}
			rows := testRows(2, cols)
			w, err := CreateShard(b.TempDir(), 0, 1, cols, testIdentity(0))
			if err != nil {
				b.Fatal(err)
			}
			defer w.Abort()
			b.SetBytes(int64(4096 * cols[0].bytes()))
			for b.Loop() {
				if err := w.Write(rows[0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
