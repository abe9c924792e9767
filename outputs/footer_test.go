package outputs

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
)

// withFooter replaces the footer of a good file by what change makes of it.
func withFooter(t testing.TB, file []byte, change func(*format.FileMetaData)) []byte {
	t.Helper()
	n := int(binary.LittleEndian.Uint32(file[len(file)-8:]))
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), file[len(file)-8-n:len(file)-8], &meta); err != nil {
		t.Fatal(err)
	}
	change(&meta)
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		t.Fatal(err)
	}
	return withRawFooter(file[:len(file)-8-n], footer)
}

func withRawFooter(pages, footer []byte) []byte {
	out := append(bytes.Clone(pages), footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), parquetguard.Magic...)
}

func setKey(m *format.FileMetaData, key, value string) {
	for i := range m.KeyValueMetadata {
		if m.KeyValueMetadata[i].Key == key {
			m.KeyValueMetadata[i].Value = value
		}
	}
}

func TestFooterRefuses(t *testing.T) {
	cols := testColumns(Float32)
	good := mustRead(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(6), testRows(6, cols), 0))
	chunk := func(m *format.FileMetaData, i int) *format.ColumnMetaData { return &m.RowGroups[0].Columns[i].MetaData }
	for name, c := range map[string]struct {
		change func(*format.FileMetaData)
		want   string
	}{
		"no identity":  {func(m *format.FileMetaData) { m.KeyValueMetadata = nil; m.CreatedBy = "parquet-cpp 1" }, `not a feature table of fc7 (no fc7.identity in its footer; written by "parquet-cpp 1")`},
		"newer format": {func(m *format.FileMetaData) { setKey(m, keyIdentity, `{"format":3}`) }, "table format 3"},
		"bad columns":  {func(m *format.FileMetaData) { setKey(m, keyColumns, "{") }, keyColumns},
		"no columns":   {func(m *format.FileMetaData) { setKey(m, keyColumns, "null") }, "at least one"},
		"wide column": {func(m *format.FileMetaData) {
			setKey(m, keyColumns, `[{"name":"x","width":99999999,"dtype":"float32"}]`)
		}, "width 99999999"},
		"other columns":    {func(m *format.FileMetaData) { setKey(m, keyColumns, `[{"name":"x","width":9,"dtype":"float32"}]`) }, "schema of"},
		"bad shard":        {func(m *format.FileMetaData) { setKey(m, keyShard, `{"index":3,"count":2}`) }, "shard 3 of 2"},
		"renamed column":   {func(m *format.FileMetaData) { m.Schema[1].Name = "picture" }, `schema element 1 is "picture" required BYTE_ARRAY STRING, expected "image" required`},
		"wider element":    {func(m *format.FileMetaData) { m.Schema[2].Type.Set(format.Int64) }, "schema element 2"},
		"fewer row groups": {func(m *format.FileMetaData) { m.RowGroups = nil }, "0 rows in all, the footer says 6"},
		"fewer chunks":     {func(m *format.FileMetaData) { m.RowGroups[0].Columns = m.RowGroups[0].Columns[:3] }, "has 3 columns"},
		"negative rows":    {func(m *format.FileMetaData) { m.RowGroups[0].NumRows = -1 }, "claims -1 rows"},
		"too many rows":    {func(m *format.FileMetaData) { m.RowGroups[0].NumRows = 1 << 40 }, "claims 1099511627776 rows"},
		"compressed":       {func(m *format.FileMetaData) { chunk(m, 0).Codec = format.Gzip }, "stored as GZIP"},
		"dictionary":       {func(m *format.FileMetaData) { chunk(m, 1).DictionaryPageOffset = 4 }, "another program changed the file"},
		"encoding":         {func(m *format.FileMetaData) { chunk(m, 1).Encoding = []format.Encoding{format.ByteStreamSplit} }, "BYTE_STREAM_SPLIT"},
		"type":             {func(m *format.FileMetaData) { chunk(m, 10).Type = format.Double }, "type DOUBLE, expected FLOAT"},
		"offset":           {func(m *format.FileMetaData) { chunk(m, 0).DataPageOffset = -5 }, "pages at -5"},
		"beyond the file":  {func(m *format.FileMetaData) { chunk(m, 0).TotalCompressedSize = 1 << 62 }, "pages at 4, 4611686018427387904 bytes"},
	} {
		if _, err := readAll(withFooter(t, good, c.change)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if got, err := readAll(withFooter(t, good, func(*format.FileMetaData) {})); err != nil || len(got) != 6 {
		t.Errorf("an unchanged footer: %d rows, %v", len(got), err)
	}
}

// Errors name the file and what it is.
func TestOpenShardForeignFiles(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.parquet")
	if err := parquet.WriteFile(foreign, []struct{ X int }{{1}, {2}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":   {"", "0 bytes are too few"},
		"text":    {"image,label\n1.jpg,cat\n", `it begins with "imag"`},
		"cut":     {"PAR1" + strings.Repeat("x", 100), "the file is cut short or damaged"},
		"huge":    {"PAR1" + strings.Repeat("x", 100) + "\xff\xff\xff\xffPAR1", "footer of 4294967295 bytes"},
		"garbage": {"PAR1" + strings.Repeat("\xff", 100) + "\x40\x00\x00\x00PAR1", "malformed Thrift"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenShard(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q and the path", name, err, c.want)
		}
	}
	for path, want := range map[string]string{foreign: "not a feature table of fc7", dir: "not a regular file", filepath.Join(dir, "absent"): "no such file"} {
		if _, err := OpenShard(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q and the path", path, err, want)
		}
	}
}

// A footer that announces lists of millions in a few bytes must not be given memory for them.
func TestFooterBoundsMemory(t *testing.T) {
	list := binary.AppendUvarint([]byte{0x29, 0xfc}, 1<<30) // field 2, the schema: 2^30 structs
	file := withRawFooter([]byte(parquetguard.Magic), append(list, 0))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readAll(file)
	runtime.ReadMemStats(&after)
	if err == nil || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("error %v, %d bytes allocated", err, after.TotalAlloc-before.TotalAlloc)
	}
}
