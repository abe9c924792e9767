package datasets

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
)

// A Parquet column is read by pages; a row costs the page that it is in. The pages of the images' column are found by
// walking their headers, when the table is opened, because few writers of image tables add the index of pages, without
// which the library would decode all pages before the one that is wanted.

// parquetPage is where a data page is.
type parquetPage struct {
	group  int   // row group
	row    int64 // first row, from 0 in the table
	rows   int64
	offset int64 // of its header
	size   int64 // unpacked, with its dictionary

	dictionary int64 // offset of the chunk's dictionary; 0: its values are not in one
}

// at is 0 if the page holds a row, below 0 if it ends before that, and above if it begins behind it.
func (p parquetPage) at(row int64) int {
	switch {
	case row < p.row:
		return 1
	case row >= p.row+p.rows:
		return -1
	}
	return 0
}

// checkImage refuses the page of one image that is larger than any image may be, before it is unpacked.
func (p parquetPage) checkImage() error {
	if p.rows == 1 && p.size > maxLoosePage {
		return fmt.Errorf("page at byte %d: it says that it unpacks to %d bytes, of one image, want at most %d", p.offset, p.size, maxLoosePage)
	}
	return nil
}

// loadedPage is a decoded page; its values share one piece of memory.
type loadedPage struct {
	table  *parquetTable
	page   parquetPage
	values []parquet.Value
	bytes  int64
}

// Bounds of pages. Writers that know no better put a whole row group of images into one.
const (
	maxPageHeader  = 520 << 20 // some writers put the least and the greatest image into it, whole
	maxHeaderItems = 64        // structs in lists, of which Parquet has none there
)

// image returns the bytes of a row's image, which must not be changed.
func (t *parquetTable) image(ctx context.Context, row int64) (data []byte, err error) {
	if row < 1 || row > t.rows {
		return nil, fmt.Errorf("row %d of a table of %d rows", row, t.rows)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	defer recoverParquet(&err)
	p, err := t.load(ctx, row-1)
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
func (t *parquetTable) load(ctx context.Context, row int64) (*loadedPage, error) {
	if p := t.shelf.find(t, row); p != nil {
		return p, nil
	}
	page, err := t.find(row)
	if err == nil {
		err = page.checkImage()
	}
	if err != nil {
		return nil, err
	}
	f, err := t.in.open(ctx, t.path, page.size)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t.shelf.makeRoom(t, page.size)
	p, err := t.read(f, t.bytes, page)
	if err != nil {
		return nil, err
	}
	t.shelf.put(p)
	return p, nil
}

// room is how much memory is taken to load the page that a row is in: as it is packed, unpacked, and its values.
func (t *parquetTable) room(row int64) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shelf.has(t, row-1) {
		return 0
	}
	page, err := t.find(row - 1)
	if err != nil || page.checkImage() != nil {
		return 0 // as Open will tell
	}
	return 3 * page.size
}

// find is the page that a row is in.
func (t *parquetTable) find(row int64) (parquetPage, error) {
	i, found := slices.BinarySearchFunc(t.pages, row, parquetPage.at)
	if !found {
		return parquetPage{}, fmt.Errorf("no page holds row %d", row+1)
	}
	return t.pages[i], nil
}

// findPages walks the page headers of a column.
func (t *parquetTable) findPages(f io.ReaderAt, column *parquet.Column) ([]parquetPage, error) {
	if err := t.checkChunks(column); err != nil {
		return nil, err
	}
	w := &pageWalk{list: column.MaxRepetitionLevel() > 0, pagesLeft: t.size / leastPageBytes, valuesLeft: mostListValues(t.size)}
	row := int64(0)
	for g, group := range t.meta.RowGroups {
		first := len(w.pages)
		w.next, w.last, w.dictionary, w.dictionarySize = parquetPage{group: g, row: row}, row+group.NumRows, 0, 0
		if err := t.groupPages(f, &group.Columns[column.Index()].MetaData, w); err != nil {
			return nil, fmt.Errorf("row group %d: %w", g+1, err)
		}
		switch {
		case len(w.pages) == first && group.NumRows > 0:
			return nil, fmt.Errorf("row group %d: no pages", g+1)
		case !w.list && w.next.row != w.last:
			return nil, fmt.Errorf("row group %d: its pages hold %d rows, but its metadata say %d", g+1, w.next.row-row, group.NumRows)
		}
		row += group.NumRows
	}
	return w.pages, nil
}

// groupPages walks the page headers of a column in a row group.
func (t *parquetTable) groupPages(f io.ReaderAt, m *format.ColumnMetaData, w *pageWalk) error {
	start := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	if start < 4 || m.TotalCompressedSize < 0 || m.TotalCompressedSize > t.size-start {
		return fmt.Errorf("its bytes %d+%d are not in the file", start, m.TotalCompressedSize)
	}
	for at, end := start, start+m.TotalCompressedSize; at < end; {
		h, length, err := pageHeader(f, at, end)
		if err == nil {
			err = w.add(at, h, m)
		}
		if err == nil {
			err = checkPacking(f, m.Codec, h, at+length)
		}
		if err != nil {
			return fmt.Errorf("page at byte %d: %w", at, err)
		}
		at += length + int64(h.CompressedPageSize)
	}
	return nil
}

// pageWalk collects the pages of a column.
type pageWalk struct {
	list  bool // there may be more values than rows
	pages []parquetPage

	next                  parquetPage // but for what its header says
	last                  int64       // row behind the row group's
	pagesLeft, valuesLeft int64       // that there may be, for the size of the file; valuesLeft: of lists

	dictionary, dictionarySize int64 // of the row group; 0: none yet
}

// add takes in the next page, whose header begins at a byte.
func (w *pageWalk) add(at int64, h *format.PageHeader, m *format.ColumnMetaData) error {
	if w.pagesLeft--; w.pagesLeft < 0 {
		return errors.New("the file has no room for so many pages: its row groups share them, or it is damaged")
	}
	if err := checkSizes(h, m); err != nil {
		return err
	}
	if h.Type == format.DictionaryPage {
		w.dictionary, w.dictionarySize = at, int64(h.UncompressedPageSize)
	}
	encoding, n := dataOf(h)
	most := int64(maxPageValues)
	if w.list {
		most = min(most, w.valuesLeft)
		w.valuesLeft -= max(n, 0)
	} else {
		most = min(most, w.last-w.next.row)
	}
	switch {
	case n > most:
		return fmt.Errorf("it says that it has %d values, want at most %d", n, most)
	case n <= 0: // none, or a page of no data
		return nil
	}
	p := w.next
	p.offset, p.rows, p.size = at, n, int64(h.UncompressedPageSize)
	if isDictionary(encoding) {
		p.dictionary, p.size = w.dictionary, p.size+w.dictionarySize
	}
	w.pages = append(w.pages, p)
	w.next.row += n
	return nil
}

// pageHeader reads the header of a page and its length, and checks its sizes.
func pageHeader(f io.ReaderAt, at, end int64) (*format.PageHeader, int64, error) {
	for size := int64(512); ; size *= 8 {
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

// texts reads a column of all rows as text: "" where it is null, or too long for a path. Equal ones share their memory.
func (t *parquetTable) texts(f io.ReaderAt, column *parquet.Column) (all []string, err error) {
	known := map[string]string{}
	err = t.values(f, column, func(v parquet.Value) error {
		b := v.ByteArray()
		if v.IsNull() || len(b) > math.MaxUint16 {
			b = nil
		}
		text, ok := known[string(b)]
		if !ok {
			text = string(b)
			known[text] = text
		}
		all = append(all, text)
		return nil
	})
	return all, err
}

// values tells each value of a column, in order; it is valid during the call.
func (t *parquetTable) values(f io.ReaderAt, column *parquet.Column, tell func(parquet.Value) error) (err error) {
	defer recoverParquet(&err)
	pages, err := t.findPages(f, column)
	if err != nil {
		return err
	}
	left := mostText(t.size)
	for _, p := range pages {
		if left -= p.size; left < 0 {
			return fmt.Errorf("page at byte %d: the column unpacks to more than %d bytes, in a table of %d: its texts are no names", p.offset, mostText(t.size), t.size)
		}
		if err := t.tellPage(f, column, p, tell); err != nil {
			return err
		}
	}
	return nil
}

func (t *parquetTable) tellPage(f io.ReaderAt, column *parquet.Column, p parquetPage, tell func(parquet.Value) error) error {
	page, err := t.decode(f, column, p)
	if err != nil {
		return err
	}
	var some [1024]parquet.Value
	for r := page.Values(); ; {
		n, err := r.ReadValues(some[:min(p.rows, int64(len(some)))])
		for _, v := range some[:n] {
			if err := tell(v); err != nil {
				return err
			}
		}
		if p.rows -= int64(n); p.rows == 0 {
			return nil
		}
		if err != nil || n == 0 {
			return fmt.Errorf("page at byte %d: %d values are missing: %w", p.offset, p.rows, cmp.Or(err, io.ErrUnexpectedEOF))
		}
	}
}
