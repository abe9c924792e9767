package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
)

// A Parquet column is read by pages; a row costs the page that it is in. The pages of the images' column are found by
// walking their headers, once for each table, because few writers of image tables add the index of pages, without which
// the library would decode all pages before the one that is wanted.

// parquetPage is where a data page is.
type parquetPage struct {
	group  int   // row group
	row    int64 // first row, from 0 in the table
	rows   int64
	offset int64 // of its header

	dictionary int64 // offset of the chunk's dictionary; 0: it has none
}

// loadedPage is a decoded page; its values share one piece of memory.
type loadedPage struct {
	page   parquetPage
	values []parquet.Value
	bytes  int64
}

// Bounds of pages. Writers that know no better put a whole row group of images into one.
const (
	maxPageHeader  = 1 << 20
	maxHeaderItems = 64      // structs in lists, of which Parquet has none there
	maxPageBytes   = 1 << 30 // decoded
	maxDictionary  = 256 << 20
	keptPages      = 4
	keptBytes      = 256 << 20 // the page in use counts, but is always kept
)

// image returns the bytes of a row's image, which must not be changed.
func (t *parquetTable) image(row int64) (data []byte, err error) {
	if row < 1 || row > t.rows {
		return nil, fmt.Errorf("row %d of a table of %d rows", row, t.rows)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	defer recoverParquet(&err)
	p, err := t.load(row - 1)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", columnPath(t.bytes), err)
	}
	v := p.values[row-1-p.page.row]
	if v.IsNull() {
		return nil, errors.New("the image is null: tables that name images by path alone are not read; embed the bytes")
	}
	return v.ByteArray(), nil
}

// load returns the page that a row is in. The caller holds the lock.
func (t *parquetTable) load(row int64) (*loadedPage, error) {
	for i, p := range t.recent {
		if row >= p.page.row && row < p.page.row+p.page.rows {
			t.recent = append(slices.Delete(t.recent, i, i+1), p)
			return p, nil
		}
	}
	f, err := os.Open(t.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if t.pages == nil {
		if t.pages, err = t.findPages(f, t.bytes); err != nil {
			return nil, err
		}
	}
	i, found := slices.BinarySearchFunc(t.pages, row, func(p parquetPage, row int64) int {
		switch {
		case row < p.row:
			return 1
		case row >= p.row+p.rows:
			return -1
		}
		return 0
	})
	if !found {
		return nil, fmt.Errorf("no page holds row %d", row+1)
	}
	p, err := t.read(f, t.bytes, t.pages[i])
	if err != nil {
		return nil, err
	}
	t.keep(p)
	return p, nil
}

// keep adds a page and lets old ones go.
func (t *parquetTable) keep(p *loadedPage) {
	t.recent = append(t.recent, p)
	total := int64(0)
	for i := len(t.recent) - 1; i >= 0; i-- {
		total += t.recent[i].bytes
		if i < len(t.recent)-1 && (len(t.recent)-i > keptPages || total > keptBytes) {
			t.recent = slices.Clone(t.recent[i+1:])
			return
		}
	}
}

// findPages walks the page headers of a column.
func (t *parquetTable) findPages(f io.ReaderAt, column *parquet.Column) ([]parquetPage, error) {
	var pages []parquetPage
	if err := t.checkChunks(column); err != nil {
		return nil, err
	}
	row := int64(0)
	for g, group := range t.meta.RowGroups {
		found, err := t.groupPages(f, g, row, &group.Columns[column.Index()].MetaData)
		if err != nil {
			return nil, fmt.Errorf("row group %d: %w", g+1, err)
		}
		if len(found) > 0 {
			last := found[len(found)-1]
			if column.MaxRepetitionLevel() == 0 && last.row+last.rows != row+group.NumRows {
				return nil, fmt.Errorf("row group %d: its pages hold %d rows, but its metadata say %d", g+1, last.row+last.rows-row, group.NumRows)
			}
		} else if group.NumRows > 0 {
			return nil, fmt.Errorf("row group %d: no pages", g+1)
		}
		pages = append(pages, found...)
		row += group.NumRows
	}
	return pages, nil
}

// groupPages walks the page headers of a column in a row group, whose rows begin at row.
func (t *parquetTable) groupPages(f io.ReaderAt, group int, row int64, m *format.ColumnMetaData) ([]parquetPage, error) {
	start := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	if start < 4 || m.TotalCompressedSize < 0 || m.TotalCompressedSize > t.size-start {
		return nil, fmt.Errorf("its bytes %d+%d are not in the file", start, m.TotalCompressedSize)
	}
	var pages []parquetPage
	dictionary := int64(0)
	for at, end := start, start+m.TotalCompressedSize; at < end; {
		h, length, err := pageHeader(f, at, end)
		if err != nil {
			return nil, fmt.Errorf("page at byte %d: %w", at, err)
		}
		n := int64(-1)
		switch {
		case h.Type == format.DataPage && h.DataPageHeader.Valid:
			n = int64(h.DataPageHeader.V.NumValues)
		case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
			n = int64(h.DataPageHeaderV2.V.NumValues)
		case h.Type == format.DictionaryPage:
			if h.UncompressedPageSize > maxDictionary {
				return nil, fmt.Errorf("page at byte %d: a dictionary of %d bytes, want at most %d", at, h.UncompressedPageSize, maxDictionary)
			}
			dictionary = at
		}
		if most := t.rows + 64*int64(h.UncompressedPageSize); n > most { // of lists, there may be more values than rows
			return nil, fmt.Errorf("page at byte %d: %d values in %d bytes", at, n, h.UncompressedPageSize)
		}
		if n > 0 {
			pages = append(pages, parquetPage{group: group, row: row, rows: n, offset: at, dictionary: dictionary})
			row += n
		}
		if err := checkPacking(f, m.Codec, h, at+length); err != nil {
			return nil, fmt.Errorf("page at byte %d: %w", at, err)
		}
		at += length + int64(h.CompressedPageSize)
	}
	return pages, nil
}

// pageHeader reads the header of a page and its length, and checks its sizes.
func pageHeader(f io.ReaderAt, at, end int64) (*format.PageHeader, int64, error) {
	for size := int64(512); ; size *= 16 {
		size = min(size, maxPageHeader, end-at)
		b := make([]byte, size)
		if _, err := f.ReadAt(b, at); err != nil {
			return nil, 0, err
		}
		walk := parquetguard.NewReader(b, maxHeaderItems)
		err := walk.Walk(0, nil)
		if err != nil && size < min(maxPageHeader, end-at) {
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("damaged header: %w", err)
		}
		length := int64(walk.Pos())
		h := new(format.PageHeader)
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), b[:length], h); err != nil {
			return nil, 0, fmt.Errorf("damaged header: %w", err)
		}
		switch {
		case h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > end-at-length:
			return nil, 0, fmt.Errorf("it says that it has %d bytes, but %d are left", h.CompressedPageSize, end-at-length)
		case h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPageBytes:
			return nil, 0, fmt.Errorf("it has %d bytes, want at most %d: write the table with smaller row groups", h.UncompressedPageSize, maxPageBytes)
		}
		return h, length, nil
	}
}

// checkPacking compares the length that a page is said to unpack to, which is allocated before it is decoded, with what
// its codec can make of its bytes, and, for Snappy, whose data begin with their length, with that.
func checkPacking(f io.ReaderAt, codec format.CompressionCodec, h *format.PageHeader, at int64) error {
	codec, levels, err := packing(codec, h)
	if err != nil {
		return err
	}
	packed, unpacked := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	most := map[format.CompressionCodec]int64{format.Uncompressed: 1, format.Snappy: 32, format.Gzip: 1100, format.Lz4: 256, format.Lz4Raw: 256}[codec]
	if most > 0 && unpacked > most*(packed+64) {
		return fmt.Errorf("it says that %d bytes unpack to %d, more than %s can do", packed, unpacked, codec)
	}
	if codec != format.Snappy || packed == int64(levels) {
		return nil
	}
	var b [binary.MaxVarintLen32]byte
	n, err := f.ReadAt(b[:], at+int64(levels))
	if n == 0 {
		return err
	}
	if size, k := binary.Uvarint(b[:n]); k > 0 && size > uint64(unpacked) {
		return fmt.Errorf("it unpacks to %d bytes, but says %d", size, unpacked)
	}
	return nil
}

// texts reads a column of all rows as text: "" where it is null, or too long for a path.
func (t *parquetTable) texts(f io.ReaderAt, column *parquet.Column) (all []string, err error) {
	defer recoverParquet(&err)
	pages, err := t.findPages(f, column)
	if err != nil {
		return nil, err
	}
	for _, p := range pages {
		l, err := t.read(f, column, p)
		if err != nil {
			return nil, err
		}
		for _, v := range l.values {
			text := ""
			if !v.IsNull() && len(v.ByteArray()) <= math.MaxUint16 {
				text = string(v.ByteArray())
			}
			all = append(all, text)
		}
	}
	return all, nil
}
