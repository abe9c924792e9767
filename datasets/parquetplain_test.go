package datasets

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/store"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// rewritten writes a table anew with what change made of its metadata, and of the bytes before these.
func rewritten(t *testing.T, path string, change func(table *parquetTable, body []byte) []byte) string {
	t.Helper()
	table, err := openParquetTable(path, store.Object{}, Options{}, new(pageShelf))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	length := int(binary.LittleEndian.Uint32(file[len(file)-8:]))
	body := change(table, file[:len(file)-8-length])
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), table.meta)
	if err != nil {
		t.Fatal(err)
	}
	body = binary.LittleEndian.AppendUint32(append(body, footer...), uint32(len(footer)))
	out := filepath.Join(t.TempDir(), "y.parquet")
	if err := os.WriteFile(out, append(body, "PAR1"...), 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

// leaves are the columns of values below a column, in the order of the file.
func leaves(c *parquet.Column) (all []*parquet.Column) {
	if c.Leaf() {
		return []*parquet.Column{c}
	}
	for _, inner := range c.Columns() {
		all = append(all, leaves(inner)...)
	}
	return all
}

// The codec is that of each part of a column, as programs that join tables leave it, not that of the first for all.
func TestParquetMixedCodecs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 20, true), 10, parquet.Compression(&parquet.Snappy), parquet.PageBufferSize(1<<20))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mixed := rewritten(t, path, func(table *parquetTable, body []byte) []byte {
		for i := range table.meta.RowGroups[1].Columns {
			m := &table.meta.RowGroups[1].Columns[i].MetaData
			column := leaves(table.file.Root())[i]
			parts, err := table.plain(bytes.NewReader(file), column, parquetPage{group: 1, offset: m.DataPageOffset, dictionary: m.DictionaryPageOffset})
			if err != nil {
				t.Fatal(err)
			}
			m.Codec, m.DataPageOffset, m.TotalCompressedSize = format.Uncompressed, int64(len(body)), parts.size()
			body = append(body, bytes.Join(parts, nil)...)
		}
		return body
	})
	want := mustOpen(t, "parquet:"+path, Options{})
	for i, it := range mustOpen(t, "parquet:"+mixed, Options{}).Items {
		if got := readAll(t, it.At); !bytes.Equal(got, imageBytes(i)) || it.ID != want.Items[i].ID || !slices.Equal(it.Labels(), want.Items[i].Labels()) {
			t.Errorf("row %d: %s, %q", i, it.ID, got)
		}
	}
}

// What cannot be read is told when the table is opened, by the name of what it is.
func TestParquetStorageErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 20, true), 10)
	for name, c := range map[string]struct {
		column int
		change func(*format.ColumnChunk)
		want   []string
	}{
		"LZO":        {0, func(c *format.ColumnChunk) { c.MetaData.Codec = format.LZO }, []string{"column image.bytes", "row group 2", "compressed by LZO, which is not read"}},
		"label":      {2, func(c *format.ColumnChunk) { c.MetaData.Codec = 12 }, []string{"column label", "row group 2", "compressed by codec 12"}},
		"other file": {0, func(c *format.ColumnChunk) { c.FilePath = "part-0.parquet" }, []string{"column image.bytes", "its data are in another file, part-0.parquet"}},
	} {
		bad := rewritten(t, path, func(table *parquetTable, body []byte) []byte {
			c.change(&table.meta.RowGroups[1].Columns[c.column])
			return body
		})
		_, err := Open(t.Context(), "parquet:"+bad, Options{})
		t.Run(name, func(t *testing.T) { wantError(t, err, append(c.want, bad)...) })
	}
}

// A page that was changed since is told by its checksum, where the writer noted one.
func TestParquetChecksum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 20, true), 20, parquet.Compression(&parquet.Uncompressed))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(file, imageBytes(7))
	file[at+3] ^= 1
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = mustOpen(t, "parquet:"+path, Options{}).Items[7].At.Open()
	wantError(t, err, path+"#8", "column image.bytes", "page at byte", "its checksum is", "the file is damaged")
}
