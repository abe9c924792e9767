package datasets

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/store"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// What a page says that it unpacks to is refused where its codec cannot make as much of its bytes: 32 times as much by
// Snappy's longest copies, 1032 by deflate's, 255 by LZ4's, some head room and 64 bytes added.
func TestPackingBombs(t *testing.T) {
	for codec, most := range map[format.CompressionCodec]int32{
		format.Uncompressed: 1, format.Snappy: 32, format.Gzip: 1100, format.Lz4Raw: 256,
	} {
		const packed = 1000
		h := &format.PageHeader{CompressedPageSize: packed, UncompressedPageSize: most * (packed + 64)}
		page := bytes.NewReader(binary.AppendUvarint(nil, packed)) // Snappy's length
		if err := checkPacking(page, codec, h, 0); err != nil {
			t.Errorf("%s: %d bytes of %d: %v", codec, h.UncompressedPageSize, packed, err)
		}
		h.UncompressedPageSize++
		if err := checkPacking(page, codec, h, 0); err == nil || !strings.Contains(err.Error(), "more than "+codec.String()+" can do") {
			t.Errorf("%s: %d bytes of %d: %v", codec, h.UncompressedPageSize, packed, err)
		}
	}
	huge := &format.PageHeader{CompressedPageSize: 10, UncompressedPageSize: maxPageBytes}
	if err := checkPacking(bytes.NewReader(nil), format.Zstd, huge, 0); err != nil {
		t.Errorf("Zstandard, which has no such bound: %v", err)
	}
}

// Snappy's data begin with the length that they unpack to; in pages of the second version levels stand before them.
func TestPackingOfSnappy(t *testing.T) {
	for _, c := range []struct {
		says, levels, length int
		want                 string
	}{
		{says: 100, length: 100},
		{says: 100, length: 101, want: "it unpacks to 101 bytes, but says 100"},
		{says: 300, levels: 7, length: 300},
		{says: 300, levels: 7, length: 301, want: "it unpacks to 301 bytes, but says 300"},
		{says: 300, levels: 51, length: 1, want: "51 bytes of levels in a page of 50"},
	} {
		data := append(bytes.Repeat([]byte{0xff}, 3+c.levels), binary.AppendUvarint(nil, uint64(c.length))...)
		h := &format.PageHeader{CompressedPageSize: 50, UncompressedPageSize: int32(c.says)}
		if c.levels > 0 {
			h.Type = format.DataPageV2
			h.DataPageHeaderV2 = thrift.New(format.DataPageHeaderV2{RepetitionLevelsByteLength: 3, DefinitionLevelsByteLength: int32(c.levels) - 3})
		}
		switch err := checkPacking(bytes.NewReader(data), format.Snappy, h, 3); {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.want != "" && (err == nil || err.Error() != c.want):
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A header whose sizes are not those of a page that is there, or of any that may be read, is refused.
func TestPageHeaderSizes(t *testing.T) {
	for _, c := range []struct {
		packed, unpacked int32
		want             string
	}{
		{100, maxPageBytes, ""},
		{101, 50, "it says that it has 101 bytes, but 100 are left"},
		{-1, 50, "it says that it has -1 bytes"},
		{100, maxPageBytes + 1, "it has 1073741825 bytes, want at most 1073741824: write the table with smaller row groups"},
		{100, -1, "it has -1 bytes"},
	} {
		b, err := thrift.Marshal(new(thrift.CompactProtocol), &format.PageHeader{CompressedPageSize: c.packed, UncompressedPageSize: c.unpacked})
		if err != nil {
			t.Fatal(err)
		}
		file := append(append(make([]byte, 7), b...), make([]byte, 100)...)
		h, length, err := pageHeader(bytes.NewReader(file), 7, int64(len(file)))
		switch {
		case c.want == "" && (err != nil || int(length) != len(b) || h.CompressedPageSize != c.packed || h.UncompressedPageSize != c.unpacked):
			t.Errorf("%+v: %d of %d bytes, %v", c, length, len(b), err)
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A table with one page that cannot be what it says is refused before its images are read.
func TestPackingIsChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 12, false), 12, parquet.Compression(&parquet.Uncompressed))
	table, err := openParquetTable(path, store.Object{}, Options{}, new(pageShelf))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := table.findPages(bytes.NewReader(file), table.bytes)
	if err != nil {
		t.Fatal(err)
	}
	at := pages[len(pages)-1].offset
	h, length, err := pageHeader(bytes.NewReader(file), at, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	h.UncompressedPageSize += 100
	b, err := thrift.Marshal(new(thrift.CompactProtocol), h)
	if err != nil || int64(len(b)) != length {
		t.Fatalf("a header of %d bytes became one of %d: %v", length, len(b), err)
	}
	copy(file[at:], b)
	_, err = table.findPages(bytes.NewReader(file), table.bytes)
	wantError(t, err, "row group 1", fmt.Sprintf("page at byte %d", at), "more than UNCOMPRESSED can do")
}
