package datasets

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/store"
	"github.com/parquet-go/parquet-go/compress"
)

type hubImage struct {
	Bytes []byte  `parquet:"bytes,optional"`
	Path  *string `parquet:"path,optional"`
}

// hubRow is a row as the hub's image tables have it.
type hubRow struct {
	Image hubImage `parquet:"image,optional"`
	Label *int64   `parquet:"label,optional"`
	Extra string   `parquet:"extra"`
}

const hubMeta = `{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog", "ox"], "_type": "ClassLabel"}, "extra": {"dtype": "string", "_type": "Value"}, "more": [{"x": 1}]}}}`

// imageBytes are the bytes of row n; not all of a size.
func imageBytes(n int) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("image %d;", n)), 20+n%7)
}

// hubRows makes rows with labels 0, 1, 2, -1, none in turn.
func hubRows(from, n int, paths bool) []hubRow {
	rows := make([]hubRow, n)
	for i := range rows {
		label := int64((from+i)%5) % 4
		if label == 3 {
			label = -1
		}
		rows[i] = hubRow{Image: hubImage{Bytes: imageBytes(from + i)}, Label: &label}
		if (from+i)%5 == 4 {
			rows[i].Label = nil
		}
		if paths {
			p := fmt.Sprintf("photo %d.jpg", from+i)
			rows[i].Image.Path = &p
		}
	}
	return rows
}

// writeTable writes rows in groups of group rows.
func writeTable[T any](t testing.TB, path string, rows []T, group int, options ...parquet.WriterOption) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	options = append([]parquet.WriterOption{parquet.KeyValueMetadata("huggingface", hubMeta), parquet.PageBufferSize(1 << 10)}, options...)
	w := parquet.NewGenericWriter[T](f, options...)
	for part := range slices.Chunk(rows, group) {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func readAll(t testing.TB, l Location) []byte {
	t.Helper()
	r, err := l.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParquet(t *testing.T) {
	codecs := []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Zstd, &parquet.Gzip, &parquet.Lz4Raw, &parquet.Brotli}
	for _, codec := range codecs {
		for version := 1; version <= 2; version++ {
			root := t.TempDir()
			opts := []parquet.WriterOption{parquet.Compression(codec), parquet.DataPageVersion(version)}
			writeTable(t, filepath.Join(root, "train-00000-of-00002.parquet"), hubRows(0, 50, true), 20, opts...)
			writeTable(t, filepath.Join(root, "train-00001-of-00002.parquet"), hubRows(50, 13, true), 100, opts...)
			writeTable(t, filepath.Join(root, "validation-00000-of-00001.parquet"), hubRows(63, 7, true), 5, opts...)
			if err := os.WriteFile(filepath.Join(root, "README.md"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, "parquet:"+root, Options{})
			checkHub(t, s, 70)
			if got := strings.Join(s.Notes, ""); got != "not read from the tables: 1 column (extra)" {
				t.Errorf("notes %q", got)
			}
			if got := skipped(s); got != skipTable+": README.md" {
				t.Errorf("skipped %q", got)
			}
		}
	}
}

// checkHub checks a set of hubRows with paths, read in two orders.
func checkHub(t *testing.T, s *Set, n int) {
	t.Helper()
	if !slices.Equal(s.Classes, []string{"cat", "dog", "ox"}) || len(s.Items) != n {
		t.Fatalf("%d items of classes %v", len(s.Items), s.Classes)
	}
	labels := []string{"[cat]", "[dog]", "[ox]", "[]", "[]"}
	for i, it := range s.Items {
		split := "[train]"
		if i >= 63 {
			split = "[val]"
		}
		if it.ID != fmt.Sprintf("photo %d.jpg", i) || fmt.Sprint(it.Labels()) != labels[i%5] || fmt.Sprint(it.Splits()) != split {
			t.Errorf("row %d: %+v", i, it)
		}
	}
	for _, step := range []int{1, 31, n - 1} {
		for i := range s.Items {
			i = i * step % n
			if got := readAll(t, s.Items[i].At); !bytes.Equal(got, imageBytes(i)) {
				t.Fatalf("row %d, by steps of %d: %d bytes, %.20q", i, step, len(got), got)
			}
		}
	}
}

// Row groups may hold a page each, pages of several rows, and dictionaries.
func TestParquetDictionary(t *testing.T) {
	type row struct {
		Image []byte `parquet:"img,dict"`
		Label string `parquet:"Label,dict"`
	}
	var rows []row
	for i := range 300 {
		rows = append(rows, row{imageBytes(i % 17), []string{"b", "a"}[i%2]})
	}
	path := filepath.Join(t.TempDir(), "test", "0000.parquet")
	writeTable(t, path, rows, 128, parquet.Compression(&parquet.Snappy))
	s := mustOpen(t, "parquet:"+filepath.Dir(filepath.Dir(path)), Options{})
	if !slices.Equal(s.Classes, []string{"a", "b"}) || s.Items[299].ID != "test/0000/300" || fmt.Sprint(s.Items[0].Splits()) != "[test]" {
		t.Errorf("classes %v, last %+v", s.Classes, s.Items[299])
	}
	for i := range s.Items {
		i = len(s.Items) - 1 - i
		if !bytes.Equal(readAll(t, s.Items[i].At), imageBytes(i%17)) || s.Items[i].Labels()[0] != rows[i].Label {
			t.Fatalf("row %d is %v", i, s.Items[i])
		}
	}
}

// A row is read where it was, unless the table was replaced.
func TestParquetLocation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 9, false), 4)
	s := mustOpen(t, "parquet:"+path, Options{})
	if s.Items[8].ID != "x/9" || len(s.Items[0].Splits()) != 0 {
		t.Errorf("%+v", s.Items[8])
	}
	at := s.Items[7].At
	if got := readAll(t, at); !bytes.Equal(got, imageBytes(7)) || at.String() != path+"#8" {
		t.Errorf("%s: %q", at, got)
	}
	_, err := Location{Path: path, Part: &Part{Offset: 10, in: at.Part.in}}.Open()
	wantError(t, err, path+"#10", "row 10 of a table of 9 rows")
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	_, err = s.Items[0].At.Open()
	wantError(t, err, path, "it was replaced")
}

func TestParquetNullImage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	rows := hubRows(0, 3, true)
	rows[1].Image.Bytes = nil
	writeTable(t, path, rows, 4)
	s := mustOpen(t, "parquet:"+path, Options{})
	_, err := s.Items[1].At.Open()
	wantError(t, err, "x.parquet#2", "the image is null", "embed the bytes")
	if got := readAll(t, s.Items[2].At); !bytes.Equal(got, imageBytes(2)) {
		t.Errorf("%q", got)
	}
}

func TestParquetErrors(t *testing.T) {
	root := t.TempDir()
	bad := func(name string, content string) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	type noImage struct {
		A, B int32
	}
	type lateLabel struct {
		Image []byte `parquet:"image"`
		Label int32  `parquet:"label"`
	}
	writeTable(t, filepath.Join(root, "none.parquet"), []noImage{{1, 2}}, 1)
	writeTable(t, filepath.Join(root, "late.parquet"), []lateLabel{{[]byte("a"), 0}, {[]byte("b"), 3}}, 1)
	writeTable(t, filepath.Join(root, "empty.parquet"), []hubRow{}, 1)
	writeTable(t, filepath.Join(root, "mix/a.parquet"), hubRows(0, 2, true), 1)
	writeTable(t, filepath.Join(root, "mix/b.parquet"), hubRows(2, 2, true), 1, parquet.KeyValueMetadata("huggingface", strings.Replace(hubMeta, "ox", "cow", 1)))
	bad("nothing/x.txt", "")
	bad("huge.parquet", "PAR1 \xff\xff\xff\x7fPAR1")
	bad("short.parquet", "PAR1")
	bad("text.parquet", "path,label of no table")
	bad("zero.parquet", "PAR1\x00\x00\x00\x00PAR1")
	for name, words := range map[string][]string{
		"none.parquet":    {"none.parquet", "want one column of images", "2 columns (A, B)"},
		"late.parquet":    {"column label", "row 2", "label 3", "name 3 classes"},
		"empty.parquet":   {"no row in 1 table"},
		"mix":             {"b.parquet", "others than those of", "a.parquet"},
		"nothing":         {"no .parquet file here"},
		"huge.parquet":    {"huge.parquet", "footer of 2147483647 bytes in a file of 13"},
		"short.parquet":   {"short.parquet", "4 bytes are too few"},
		"text.parquet":    {"text.parquet", `it begins with "path", expected "PAR1"`},
		"zero.parquet":    {"zero.parquet"},
		"missing.parquet": {"cannot be opened"},
		"x-*.parquet":     {"no shard"},
	} {
		_, err := Open(t.Context(), "parquet:"+filepath.Join(root, name), Options{})
		wantError(t, err, words...)
	}
}

// A table that DuckDB wrote; see testdata/duckdb.sql.
func TestParquetOfDuckDB(t *testing.T) {
	s := mustOpen(t, "parquet:testdata/duckdb.parquet", Options{})
	if !slices.Equal(s.Classes, []string{"cat", "dog", "ox"}) || len(s.Items) != 60 {
		t.Fatalf("%d items of classes %v", len(s.Items), s.Classes)
	}
	for i, it := range s.Items {
		want := strings.Repeat(fmt.Sprintf("image %d;", i), i%40+1)
		if it.ID != fmt.Sprintf("photo %d.jpg", i) || it.Labels()[0] != s.Classes[i%3] || string(readAll(t, it.At)) != want {
			t.Errorf("row %d: %+v", i, it)
		}
	}
}

// Every page is decoded once when rows are read in their order, whatever the size of row groups, and few bytes are read
// for one row.
func TestParquetPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 2000, false), 2000)
	table, err := openParquetTable(path, store.Object{}, Options{}, new(pageShelf))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pages, err := table.findPages(f, table.bytes)
	if err != nil || len(pages) < 20 || len(table.file.RowGroups()) != 1 {
		t.Fatalf("%d pages in %d row groups, %v", len(pages), len(table.file.RowGroups()), err)
	}
	count := &countingReader{r: f}
	if _, err := table.read(count, table.bytes, pages[len(pages)-1]); err != nil {
		t.Fatal(err)
	}
	if limit := table.size / 10; count.n > limit {
		t.Errorf("%d bytes read of %d for one row", count.n, table.size)
	}
	for row := int64(1); row <= 2000; row++ {
		if _, err := table.image(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		if len(table.shelf.pages) > keptPages {
			t.Fatalf("%d pages are kept", len(table.shelf.pages))
		}
	}
}

type countingReader struct {
	r io.ReaderAt
	n int64
}

func (c *countingReader) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.r.ReadAt(p, at)
	c.n += int64(n)
	return n, err
}

// openAndRead opens a table and all its images, whatever comes of it.
func openAndRead(t *testing.T, path string, b []byte) {
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), "parquet:"+path, Options{})
	if err != nil {
		return
	}
	for _, it := range s.Items {
		if r, err := it.At.Open(); err == nil {
			r.Close()
		}
	}
}
