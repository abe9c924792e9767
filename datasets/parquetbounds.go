package datasets

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
)

// A table says of itself what it unpacks to, and how many values there are. All that is compared with its other figures
// and with these bounds before memory is taken for it.
const (
	maxPageBytes   = 1 << 30 // unpacked
	maxPacking     = 16      // times as much as it is packed may a page be that is larger than any image
	maxLoosePage   = 257 << 20
	maxDictionary  = 256 << 20
	maxPageValues  = 1 << 24
	maxListValues  = 1 << 26 // in a column of lists
	leastPageBytes = 8       // in the file, of a page with its header
)

// mostRows is how many rows a table of size bytes may have, each of which takes memory: an image takes more room than
// 16 bytes, but where a small table holds one many times.
func mostRows(size int64) int64 { return min(maxParquetRows, size, 1<<20+size/16) }

// mostListValues is how many values a column of lists may have in a table of size bytes: an image takes more bytes of
// it than it has labels.
func mostListValues(size int64) int64 { return min(maxListValues, 64<<10+4*size) }

// mostText is how many bytes columns of labels and names may unpack to in a table of size bytes, each of its pages with
// its dictionary: beside images they are small.
func mostText(size int64) int64 { return 64<<20 + 16*size }

// checkSizes holds what a page says of itself against its codec and against what the footer says of its column chunk.
func checkSizes(h *format.PageHeader, m *format.ColumnMetaData) error {
	packed, unpacked := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	switch {
	case h.Type == format.DictionaryPage && unpacked > maxDictionary:
		return fmt.Errorf("a dictionary of %d bytes, want at most %d", unpacked, maxDictionary)
	case m.TotalUncompressedSize > 0 && unpacked > m.TotalUncompressedSize:
		return fmt.Errorf("it says that it unpacks to %d bytes, but the footer says that all pages of its column do to %d", unpacked, m.TotalUncompressedSize)
	case unpacked > maxLoosePage && unpacked > maxPacking*packed:
		return fmt.Errorf("it says that %d bytes unpack to %d, want at most %d, or %d times as many: write the table with smaller pages",
			packed, unpacked, maxLoosePage, maxPacking)
	}
	return nil
}

// oldDictionary is PLAIN_DICTIONARY, which is out of date and still written.
const oldDictionary format.Encoding = 2

// isDictionary tells whether values in an encoding stand in the chunk's dictionary.
func isDictionary(e format.Encoding) bool { return e == oldDictionary || e == format.RLEDictionary }

// dataOf is how a data page's values are encoded, and how many there are, nulls included; -1: it is none.
func dataOf(h *format.PageHeader) (format.Encoding, int64) {
	switch {
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		return h.DataPageHeader.V.Encoding, int64(h.DataPageHeader.V.NumValues)
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		return h.DataPageHeaderV2.V.Encoding, int64(h.DataPageHeaderV2.V.NumValues)
	}
	return format.Plain, -1
}

// checkValues counts what a page of a column holds, which the library makes room for by other figures: levels are those
// of version 2, body the rest of the page, unpacked. What the header of version 2 says of nulls is put right.
func checkValues(c *parquet.Column, h *format.PageHeader, levels, body []byte) error {
	if h.Type == format.DictionaryPage {
		return checkDictionary(c.Type().Kind(), h, body)
	}
	encoding, n := dataOf(h)
	if n < 0 || n > maxPageValues {
		return fmt.Errorf("%d values, want at most %d: write the table with smaller pages", n, maxPageValues)
	}
	body, there, err := checkLevels(c, h, levels, body, int(n))
	if err != nil {
		return err
	}
	if err := checkEncoded(c.Type().Kind(), encoding, body, there); err != nil {
		return fmt.Errorf("its values in %s: %w", encoding, err)
	}
	return nil
}

// checkDictionary holds the number of values that a dictionary says it has against its bytes.
func checkDictionary(kind parquet.Kind, h *format.PageHeader, body []byte) error {
	least := map[parquet.Kind]int{parquet.Int32: 4, parquet.Int64: 8, parquet.Float: 4, parquet.Double: 8, parquet.ByteArray: 4}[kind]
	if !h.DictionaryPageHeader.Valid || least == 0 {
		return fmt.Errorf("no dictionary of %s", kind)
	}
	n := int(h.DictionaryPageHeader.V.NumValues)
	if n < 0 || n > maxPageValues || n > len(body)/least {
		return fmt.Errorf("a dictionary of %d values in %d bytes", n, len(body))
	}
	if kind == parquet.ByteArray {
		return parquetguard.Strings(body, n)
	}
	return nil
}

// checkLevels counts the levels of n values, and returns what stands behind those that are in body and how many values
// are not null.
func checkLevels(c *parquet.Column, h *format.PageHeader, levels, body []byte, n int) (rest []byte, there int, err error) {
	rep, def := c.MaxRepetitionLevel(), c.MaxDefinitionLevel()
	if h.Type == format.DataPageV2 {
		v := &h.DataPageHeaderV2.V
		at := int(v.RepetitionLevelsByteLength)
		if _, err := parquetguard.Runs(levels[:at], bits.Len(uint(rep)), n, rep); err != nil {
			return nil, 0, fmt.Errorf("its repetition levels: %w", err)
		}
		there := n
		if def > 0 {
			if there, err = parquetguard.Runs(levels[at:], bits.Len(uint(def)), n, def); err != nil {
				return nil, 0, fmt.Errorf("its definition levels: %w", err)
			}
		}
		v.NumNulls = int32(n - there) // which Arrow's Go writer tells wrongly
		return body, there, nil
	}
	v := &h.DataPageHeader.V
	if _, body, err = levelsBefore(body, v.RepetitionLevelEncoding, rep, n); err != nil {
		return nil, 0, fmt.Errorf("its repetition levels: %w", err)
	}
	if there, body, err = levelsBefore(body, v.DefinitionLevelEncoding, def, n); err != nil {
		return nil, 0, fmt.Errorf("its definition levels: %w", err)
	}
	return body, there, nil
}

// levelsBefore takes the levels of n values, of which the greatest is most, off what they stand before, and counts
// those that are that.
func levelsBefore(body []byte, e format.Encoding, most, n int) (greatest int, rest []byte, err error) {
	if most == 0 {
		return n, body, nil
	}
	if e != format.RLE {
		return 0, nil, fmt.Errorf("in %s, want RLE", e)
	}
	runs, rest, err := behindLength(body)
	if err == nil {
		greatest, err = parquetguard.Runs(runs, bits.Len(uint(most)), n, most)
	}
	return greatest, rest, err
}

// behindLength cuts off what stands behind its length.
func behindLength(b []byte) (part, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, fmt.Errorf("%d bytes, want the 4 of a length", len(b))
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if b = b[4:]; n > uint64(len(b)) {
		return nil, nil, fmt.Errorf("%d bytes announced, %d are left", n, len(b))
	}
	return b[:n], b[n:], nil
}

// checkEncoded counts values, which are to be n.
func checkEncoded(kind parquet.Kind, e format.Encoding, body []byte, n int) (err error) {
	switch {
	case len(body) == 0 && n == 0: // all are null
	case e == format.Plain && kind == parquet.ByteArray:
		err = parquetguard.Strings(body, n)
	case e == format.DeltaByteArray:
		err = parquetguard.FrontCoded(body, n, max(maxLoosePage, int64(len(body))))
	case e == format.DeltaBinaryPacked || e == format.DeltaLengthByteArray:
		err = parquetguard.Deltas(body, n)
	case len(body) == 0:
		err = fmt.Errorf("%d values in no bytes", n)
	case isDictionary(e):
		_, err = parquetguard.Runs(body[1:], int(body[0]), n, 0)
	case e == format.RLE:
		var runs []byte
		if runs, _, err = behindLength(body); err == nil {
			_, err = parquetguard.Runs(runs, 1, n, 0)
		}
	}
	return err // others take the room of their bytes
}
