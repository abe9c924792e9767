package datasets

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/store"
	"github.com/parquet-go/parquet-go/format"
)

const matrixRows = 24

// matrixImage is the image of a row: text that packs well, and noise that does not; imageBytes of make.mjs.
func matrixImage(i int) []byte {
	out := bytes.Repeat([]byte(fmt.Sprintf("image %d;", i)), i%5+1)
	x := uint32(i + 1)
	for range i % 3 * 24 {
		x = x*1103515245 + 12345
		out = append(out, byte(x>>16))
	}
	return out
}

var matrixNames = []string{"cat", "dog", "ox"}

// matrixLabel is the label of a row, -1 for none.
func matrixLabel(i int) int {
	if i%8 == 7 {
		return -1
	}
	return i % 3
}

// foreignTables unpacks the tables that other programs wrote; see testdata/tables.
func foreignTables(t *testing.T) (dir string, names []string) {
	t.Helper()
	f, err := os.Open("testdata/tables/tables.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir, names
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, h.Name), b, 0o644); err != nil {
			t.Fatal(err)
		}
		names = append(names, strings.TrimSuffix(h.Name, ".parquet"))
	}
}

// Every codec, both versions of pages, with dictionaries and without, by every writer that can: all say the same.
func TestParquetMatrix(t *testing.T) {
	dir, names := foreignTables(t)
	for _, codec := range []string{"uncompressed", "snappy", "gzip", "brotli", "lz4", "zstd", "lz4_raw"} {
		for _, version := range []string{"v1", "v2"} {
			for _, how := range []string{"dict", "plain"} {
				if name := "arrowrs-" + codec + "-" + version + "-" + how; !slices.Contains(names, name) {
					t.Errorf("no table %s", name)
				}
			}
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name+".parquet")
			checkStorage(t, name, path)
			checkMatrix(t, path)
			checkTags(t, path)
		})
	}
}

// The same by the library's own writer, which writes into pages of a few rows.
func TestParquetMatrixOfLibrary(t *testing.T) {
	type image struct {
		Bytes []byte `parquet:"bytes"`
		Path  string `parquet:"path"`
	}
	type plain struct {
		Image image   `parquet:"image,optional"`
		Label *int64  `parquet:"label,optional"`
		Name  *string `parquet:"name,optional"`
	}
	rows := make([]plain, matrixRows)
	for i := range rows {
		rows[i].Image = image{matrixImage(i), fmt.Sprintf("photo %d.jpg", i)}
		if l := matrixLabel(i); l >= 0 {
			n := int64(l)
			rows[i].Label, rows[i].Name = &n, &matrixNames[l]
		}
	}
	encodings := map[string][]parquet.WriterOption{
		"plain": nil,
		"dict":  {parquet.DefaultEncoding(&parquet.RLEDictionary)},
		"deltas": {
			parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.DeltaByteArray), parquet.DefaultEncodingFor(parquet.Int64, &parquet.DeltaBinaryPacked),
		},
		"lengths": {
			parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.DeltaLengthByteArray), parquet.DefaultEncodingFor(parquet.Int64, &parquet.DeltaBinaryPacked),
		},
	}
	for codec := range unpackers {
		if codec == format.Lz4 { // which it does not write
			continue
		}
		for version := 1; version <= 2; version++ {
			for how, options := range encodings {
				path := filepath.Join(t.TempDir(), "x.parquet")
				options = append(slices.Clone(options), parquet.Compression(parquet.LookupCompressionCodec(codec)), parquet.DataPageVersion(version),
					parquet.PageBufferSize(300), parquet.KeyValueMetadata("huggingface", ""))
				writeTable(t, path, rows, 14, options...)
				t.Run(fmt.Sprintf("%s v%d %s", codec, version, how), func(t *testing.T) { checkMatrix(t, path) })
			}
		}
	}
}

// checkMatrix checks the rows of a table, its labels as numbers and as names.
func checkMatrix(t *testing.T, path string) {
	t.Helper()
	s := mustOpen(t, "parquet:"+path, Options{})
	if !slices.Equal(s.Classes, []string{"0", "1", "2"}) || len(s.Items) != matrixRows {
		t.Fatalf("%d items of classes %v", len(s.Items), s.Classes)
	}
	names := columnText(t, path, "name")
	for i, it := range s.Items {
		label, name := "[]", ""
		if l := matrixLabel(i); l >= 0 {
			label, name = fmt.Sprintf("[%d]", l), matrixNames[l]
		}
		if it.ID != fmt.Sprintf("photo %d.jpg", i) || fmt.Sprint(it.Labels()) != label || names[i] != name {
			t.Errorf("row %d: %+v, called %q", i, it, names[i])
		}
		if got := readAll(t, it.At); !bytes.Equal(got, matrixImage(i)) {
			t.Errorf("row %d: image %q, want %q", i, got, matrixImage(i))
		}
	}
}

// checkTags checks the lists of a table, of which every fourth is empty.
func checkTags(t *testing.T, path string) {
	t.Helper()
	s := mustOpen(t, "parquet:"+path, Options{LabelColumn: "tags"})
	for i, it := range s.Items {
		want := []string{}
		for k := range i % 4 {
			want = append(want, matrixNames[(i+k)%3])
		}
		slices.Sort(want)
		if !slices.Equal(it.Labels(), want) {
			t.Errorf("row %d: tags %q, want %q", i, it.Labels(), want)
		}
	}
}

// openedTable opens a table and its file.
func openedTable(t *testing.T, path string) (*parquetTable, *os.File) {
	t.Helper()
	table, err := openParquetTable(path, store.Object{}, Options{}, new(pageShelf))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return table, f
}

// columnText reads a column of strings.
func columnText(t *testing.T, path, name string) []string {
	t.Helper()
	table, f := openedTable(t, path)
	texts, err := table.texts(f, table.file.Root().Column(name))
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// checkStorage checks that a table is stored as its name says: program, codec, version of pages, encoding.
func checkStorage(t *testing.T, name, path string) {
	t.Helper()
	parts := strings.Split(name, "-")
	codec, version, dict := parts[1], parts[2], parts[3] == "dict"
	if parts[0] == "duckdb" && codec == "lz4" {
		codec = "lz4_raw"
	}
	table, f := openedTable(t, path)
	if n := len(table.meta.RowGroups); n != 2 && parts[0] != "duckdb" {
		t.Errorf("%d row groups", n)
	}
	if m := table.meta.RowGroups[0].Columns[table.bytes.Index()].MetaData; m.Codec.String() != strings.ToUpper(codec) {
		t.Errorf("codec %s", m.Codec)
	}
	pages, err := table.findPages(f, table.label.Column)
	if err != nil {
		t.Fatal(err)
	}
	h, _, err := pageHeader(f, pages[0].offset, table.size)
	if err != nil {
		t.Fatal(err)
	}
	if v2 := h.Type == format.DataPageV2; v2 != (version == "v2") || (pages[0].dictionary > 0) != dict {
		t.Errorf("a %s, dictionary at byte %d", h.Type, pages[0].dictionary)
	}
}
