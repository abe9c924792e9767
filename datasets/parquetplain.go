package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/escape"
	"fc7/internal/parquetguard"
)

// The library sees a table as though nothing in it were compressed: its footer is given to it with every column chunk
// uncompressed and at the beginning of a file of its own, which holds the page wanted, unpacked, behind its dictionary.

// openPlain opens a table of size bytes: its metadata as they are, and what the library makes of the plain ones.
func openPlain(f io.ReaderAt, size int64) (*parquet.File, *format.FileMetaData, error) {
	raw, err := parquetguard.Footer(f, size)
	if err != nil {
		return nil, nil, err
	}
	decode := func(raw []byte) (*format.FileMetaData, error) {
		m := new(format.FileMetaData)
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), raw, m); err != nil {
			return nil, fmt.Errorf("want a Parquet file: %w", err)
		}
		return m, nil
	}
	meta, err := decode(raw)
	if err != nil {
		return nil, nil, err
	}
	plain, err := decode(raw)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range plain.RowGroups {
		for i := range g.Columns {
			m := &g.Columns[i].MetaData
			m.Codec, m.DataPageOffset, m.DictionaryPageOffset, m.TotalCompressedSize = format.Uncompressed, 0, 0, math.MaxInt64
		}
	}
	if raw, err = thrift.Marshal(new(thrift.CompactProtocol), plain); err != nil {
		return nil, nil, fmt.Errorf("want a Parquet file: %w", err)
	}
	head := []byte(parquetguard.Magic)
	tail := append(binary.LittleEndian.AppendUint32(nil, uint32(len(raw))), head...)
	parts := pieces{head, raw, tail}
	file, err := parquet.OpenFile(parts, parts.size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, fmt.Errorf("want a Parquet file: %w", err)
	}
	return file, meta, nil
}

// pieces are read as a file of all of them.
type pieces [][]byte

func (ps pieces) size() (n int64) {
	for _, p := range ps {
		n += int64(len(p))
	}
	return n
}

func (ps pieces) ReadAt(b []byte, at int64) (n int, err error) {
	for _, p := range ps {
		if at >= int64(len(p)) {
			at -= int64(len(p))
			continue
		}
		n += copy(b[n:], p[at:])
		at = 0
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// checkChunks refuses a column that is stored in a way that is not read.
func (t *parquetTable) checkChunks(c *parquet.Column) error {
	for g := range t.meta.RowGroups {
		columns := t.meta.RowGroups[g].Columns
		if c.Index() >= len(columns) {
			return fmt.Errorf("row group %d lacks a column", g+1)
		}
		chunk := &columns[c.Index()]
		err := codecError(chunk.MetaData.Codec)
		if chunk.FilePath != "" {
			err = fmt.Errorf("its data are in another file, %s: open that one", escape.Name(chunk.FilePath))
		}
		if err != nil {
			return fmt.Errorf("row group %d: %w", g+1, err)
		}
	}
	return nil
}

// plain makes the file of a page, unpacked, behind the dictionary of its column chunk, if that has one.
func (t *parquetTable) plain(f io.ReaderAt, column *parquet.Column, p parquetPage) (pieces, error) {
	var parts pieces
	for _, at := range []int64{p.dictionary, p.offset} {
		if at == 0 {
			continue
		}
		page, err := t.unpackPage(f, column, &t.meta.RowGroups[p.group].Columns[column.Index()].MetaData, at)
		if err != nil {
			return nil, fmt.Errorf("page at byte %d: %w", at, err)
		}
		parts = append(parts, page...)
	}
	return parts, nil
}

// unpackPage reads the page at a byte of the file: its header, made anew, its levels, if they stand before what is
// packed, and the rest, unpacked.
func (t *parquetTable) unpackPage(f io.ReaderAt, column *parquet.Column, m *format.ColumnMetaData, at int64) (pieces, error) {
	h, length, err := pageHeader(f, at, t.size)
	if err == nil {
		err = checkSizes(h, m) // it may have been written again since
	}
	if err != nil {
		return nil, err
	}
	packed := make([]byte, h.CompressedPageSize)
	if _, err := f.ReadAt(packed, at+length); err != nil {
		return nil, err
	}
	if sum := crc32.ChecksumIEEE(packed); h.CRC != 0 && sum != uint32(h.CRC) {
		return nil, fmt.Errorf("its checksum is %08x, but its header says %08x: the file is damaged", sum, uint32(h.CRC))
	}
	codec, levels, err := packing(m.Codec, h)
	if err != nil {
		return nil, err
	}
	body, err := unpack(codec, packed[levels:], int(h.UncompressedPageSize)-levels)
	if err != nil {
		return nil, err
	}
	if err := checkValues(column, h, packed[:levels], body); err != nil {
		return nil, err
	}
	h.CompressedPageSize, h.CRC = h.UncompressedPageSize, 0
	h.DataPageHeader.V.Statistics, h.DataPageHeaderV2.V.Statistics = format.Statistics{}, format.Statistics{}
	header, err := thrift.Marshal(new(thrift.CompactProtocol), h)
	return pieces{header, packed[:levels], body}, err
}

// packing tells how a page is packed: in the second version levels stand before it that never are, and the values may
// be as they are though the column is compressed.
func packing(codec format.CompressionCodec, h *format.PageHeader) (_ format.CompressionCodec, levels int, err error) {
	v2 := &h.DataPageHeaderV2
	if h.Type != format.DataPageV2 || !v2.Valid {
		return codec, 0, nil
	}
	rep, def := int64(v2.V.RepetitionLevelsByteLength), int64(v2.V.DefinitionLevelsByteLength)
	if most := int64(min(h.CompressedPageSize, h.UncompressedPageSize)); rep < 0 || def < 0 || rep+def > most {
		return codec, 0, fmt.Errorf("%d bytes of levels in a page of %d", rep+def, most)
	}
	if v2.V.IsCompressed.Valid && !v2.V.IsCompressed.V {
		codec = format.Uncompressed
	}
	return codec, int(rep + def), nil
}

// decode decodes a page of a column. It is not released: its memory is that of its values.
func (t *parquetTable) decode(f io.ReaderAt, column *parquet.Column, p parquetPage) (parquet.Page, error) {
	chunk, ok := t.file.RowGroups()[p.group].ColumnChunks()[column.Index()].(*parquet.FileColumnChunk)
	if !ok {
		return nil, errors.New("want a column of a file")
	}
	parts, err := t.plain(f, column, p)
	if err != nil {
		return nil, err
	}
	pages := chunk.PagesFrom(parts)
	defer pages.Close()
	page, err := pages.ReadPage()
	if err != nil {
		return nil, fmt.Errorf("page at byte %d: %w", p.offset, err)
	}
	if n := page.NumValues(); n != p.rows {
		return nil, fmt.Errorf("page at byte %d: %d values, but its header says %d", p.offset, n, p.rows)
	}
	return page, nil
}

// read decodes a page of images.
func (t *parquetTable) read(f io.ReaderAt, column *parquet.Column, p parquetPage) (*loadedPage, error) {
	page, err := t.decode(f, column, p)
	if err != nil {
		return nil, err
	}
	out := &loadedPage{table: t, page: p, values: make([]parquet.Value, p.rows), bytes: max(page.Size(), p.size)}
	if n, err := page.Values().ReadValues(out.values); n != len(out.values) {
		return nil, fmt.Errorf("page at byte %d: %d of %d values: %w", p.offset, n, len(out.values), err)
	}
	return out, nil
}
