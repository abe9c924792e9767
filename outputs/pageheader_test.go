package outputs

import (
	"errors"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
)

func TestParsePageHeaderAgainstTheLibrary(t *testing.T) {
	h := format.PageHeader{Type: format.DataPage, UncompressedPageSize: 123456, CompressedPageSize: 123456, CRC: -7}
	h.DataPageHeader.Valid = true
	h.DataPageHeader.V = format.DataPageHeader{
		NumValues: 4097, Encoding: format.Plain, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		Statistics: format.Statistics{MinValue: []byte("min"), MaxValue: []byte("max"), NullCount: 3},
	}
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	if err != nil {
		t.Fatal(err)
	}
	got, n, err := parsePageHeader(append(b, 1, 2, 3))
	crc := int32(-7)
	want := pageHeader{kind: 0, uncompressed: 123456, size: 123456, crc: uint32(crc), hasCRC: true, values: 4097, encoding: 0, defEncoding: 3, repEncoding: 3}
	if err != nil || n != len(b) || got != want {
		t.Errorf("%+v, %d bytes, %v\nwant %+v, %d bytes", got, n, err, want, len(b))
	}
	for i := range b {
		if _, _, err := parsePageHeader(b[:i]); !errors.Is(err, parquetguard.ErrThrift) {
			t.Errorf("cut after %d of %d bytes: %v", i, len(b), err)
		}
	}
}

// What the walk accepts, the library decodes without allocating much more than the bytes that are there, and without a
// panic.
func FuzzPageHeader(f *testing.F) {
	f.Add([]byte{0x15, 0, 0x15, 16, 0x15, 16, 0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0})
	f.Add([]byte{0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := parsePageHeader(b)
		if n > len(b) {
			t.Fatalf("read %d of %d bytes", n, len(b))
		}
		var lib format.PageHeader
		if err != nil || thrift.Unmarshal(new(thrift.CompactProtocol), b[:n], &lib) != nil {
			return
		}
		if lib.DataPageHeader.Valid && h.values != int64(lib.DataPageHeader.V.NumValues) {
			t.Fatalf("%d values, the library reads %d", h.values, lib.DataPageHeader.V.NumValues)
		}
	})
}
