package outputs

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// withPage gives a good file in which column i of the one row group has a single page of these bytes, without a
// checksum.
func withPage(t testing.TB, good []byte, i int, values int32, data []byte) []byte {
	t.Helper()
	h := format.PageHeader{Type: format.DataPage, UncompressedPageSize: int32(len(data)), CompressedPageSize: int32(len(data))}
	h.DataPageHeader.Valid = true
	h.DataPageHeader.V = format.DataPageHeader{NumValues: values, Encoding: format.Plain, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE}
	header, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	if err != nil {
		t.Fatal(err)
	}
	n := int(binary.LittleEndian.Uint32(good[len(good)-8:]))
	pages, tail := good[:len(good)-8-n], good[len(good)-8-n:]
	file := append(append(append(bytes.Clone(pages), header...), data...), tail...)
	return withFooter(t, file, func(m *format.FileMetaData) {
		c := &m.RowGroups[0].Columns[i].MetaData
		c.DataPageOffset, c.TotalCompressedSize = int64(len(pages)), int64(len(header)+len(data))
	})
}

// Each way in which a page can contradict itself or the group is an error.
func TestDecoderRefusesPages(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 2, Float32)}
	rows := []Row{
		{Image: "a", Status: StatusOK, Descriptors: [][]float32{{1, 2}}},
		{Image: "b", Status: StatusFailed, Error: "x"},
	}
	good := mustRead(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(2), rows, 0))
	text := func(s ...string) []byte {
		var b []byte
		for _, x := range s {
			b = append(binary.LittleEndian.AppendUint32(b, uint32(len(x))), x...)
		}
		return b
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	run := func(pairs ...byte) []byte { // count, level, count, level …
		var b []byte
		for i := 0; i < len(pairs); i += 2 {
			b = append(b, pairs[i]<<1, pairs[i+1])
		}
		return prefixed(b)
	}
	floats := make([]byte, 8)
	for name, c := range map[string]struct {
		column int
		values int32
		data   []byte
		want   string
	}{
		"a row too few":         {colImage, 1, text("a"), "1 rows, the group has 2"},
		"a row too many":        {colImage, 3, text("a", "b", "c"), "more than the 2 rows"},
		"text behind":           {colImage, 2, text("a", "b", "c"), "5 bytes behind the last value"},
		"text cut":              {colImage, 2, text("a", "bcd")[:11], "a string of 3 bytes, 2 left"},
		"not UTF-8":             {colPath, 2, text("a", "\xff"), "row 1: a string that is not UTF-8"},
		"status unknown":        {colStatus, 2, text("ok", "odd"), `row 1: status "odd"`},
		"negative number":       {colWidth, 2, bytes.Repeat([]byte{0xff}, 8), "-1 is negative"},
		"number cut":            {colWidth, 2, make([]byte, 7), "unexpected EOF"},
		"more values than fit":  {colWidth, 1 << 30, make([]byte, 8), "1073741824 values in a page of 8 bytes"},
		"list without row":      {colLabels, 2, join(run(2, 1), run(2, 0)), "does not begin with a row"},
		"no null there":         {firstDescriptor, 2, join(run(2, 0), run(2, 0)), "descriptor present: false"},
		"short list":            {firstDescriptor, 2, join(run(2, 0), run(1, 2, 1, 0), floats[:4]), "neither null nor a list of 2 values"},
		"long list":             {firstDescriptor, 4, join(run(1, 0, 2, 1, 1, 0), run(3, 2, 1, 0), floats, floats[:4]), "neither null nor a list of 2 values"},
		"empty list":            {firstDescriptor, 3, join(run(1, 0, 1, 1, 1, 0), run(2, 2, 1, 1), floats), "neither null nor a list of 2 values"},
		"list cut":              {firstDescriptor, 3, join(run(1, 0, 1, 1, 1, 0), run(2, 2, 1, 0), floats[:7]), "unexpected EOF"},
		"floats behind":         {firstDescriptor, 3, join(run(1, 0, 1, 1, 1, 0), run(2, 2, 1, 0), floats, floats), "8 bytes behind"},
		"descriptors too few":   {firstDescriptor, 2, join(run(1, 0, 1, 1), run(2, 2), floats), "1 rows, the group has 2"},
		"descriptors too many":  {firstDescriptor, 4, join(run(1, 0, 1, 1, 2, 0), run(2, 2, 2, 0), floats), "more than the 2 rows"},
		"null in a good status": {firstDescriptor, 4, join(run(1, 0, 1, 1, 1, 0, 1, 1), run(4, 2), floats, floats), "has status failed, but descriptor present: true"},
	} {
		if _, err := readAll(withPage(t, good, c.column, c.values, c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	same, err := readAll(withPage(t, good, firstDescriptor, 3, join(run(1, 0, 1, 1, 1, 0), run(2, 2, 1, 0),
		binary.LittleEndian.AppendUint32(nil, math.Float32bits(1)), binary.LittleEndian.AppendUint32(nil, math.Float32bits(2)))))
	if err != nil {
		t.Fatal(err)
	}
	compareRows(t, cols, same, rows)
}

// FuzzPages puts arbitrary bytes where a column's page was, behind a header that fits them.
func FuzzPages(f *testing.F) {
	cols := mapColumns(Float16)
	good := mustRead(f, writeShard(f, f.TempDir(), 0, 1, cols, testIdentity(4), testRows(4, cols), 0))
	f.Add(uint8(colImage), int32(4), []byte("\x01\x00\x00\x00a"))
	f.Add(uint8(colLabels), int32(4), append(prefixed([]byte{8, 0}), prefixed([]byte{8, 0})...))
	f.Add(uint8(firstDescriptor), int32(4), append(prefixed([]byte{8, 0}), prefixed([]byte{8, 0})...))
	f.Add(uint8(firstDescriptor+3), int32(8), append(append(prefixed([]byte{2, 0, 14, 1}), prefixed([]byte{16, 2})...), make([]byte, 16)...))
	f.Fuzz(func(t *testing.T, column uint8, values int32, data []byte) {
		rows, err := readAll(withPage(t, good, int(column)%(firstDescriptor+len(cols)), values, data))
		if err == nil && len(rows) != 4 {
			t.Fatalf("%d rows, want 4", len(rows))
		}
	})
}
