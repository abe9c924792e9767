package outputs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
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
		if _, _, err := parsePageHeader(b[:i]); !errors.Is(err, errThrift) {
			t.Errorf("cut after %d of %d bytes: %v", i, len(b), err)
		}
	}
}

func TestThriftWalkBounds(t *testing.T) {
	list := func(kind byte, n uint64) []byte { // field 1: a list of n elements, none of which follows
		return binary.AppendUvarint([]byte{0x19, 0xf0 | kind}, n)
	}
	for name, b := range map[string][]byte{
		"nothing":               {},
		"no end":                {0x15, 2},
		"list of 2^31":          list(thriftStruct, 1<<31),
		"list of 2^63":          list(thriftI32, 1<<63),
		"string of 2^40":        binary.AppendUvarint([]byte{0x18}, 1<<40),
		"nested without end":    bytes.Repeat([]byte{0x1c}, 1000),
		"lists in lists":        append([]byte{0x19}, bytes.Repeat([]byte{0x19}, 1000)...),
		"map":                   {0x1b, 1, 0x55, 2, 2, 0},
		"type 13":               {0x1d, 0},
		"overlong integer":      append([]byte{0x15}, bytes.Repeat([]byte{0xff}, 11)...),
		"more structs than let": append(append(list(thriftStruct, 200), make([]byte, 200)...), 0),
	} {
		r := &thriftReader{b: b, items: 100}
		if err := r.walk(0, nil); !errors.Is(err, errThrift) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := &thriftReader{b: append(append(list(thriftStruct, 100), make([]byte, 100)...), 0), items: 100}
	if err := r.walk(0, nil); err != nil || r.pos != len(r.b) {
		t.Errorf("100 empty structs: %v after %d of %d bytes", err, r.pos, len(r.b))
	}
}

// What the walk accepts, the library decodes without allocating much more than the bytes that are there, and without a panic.
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
