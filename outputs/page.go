package outputs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
)

// headerWindow is how much is read to find a page header in. Ours take some 30 bytes.
const (
	headerWindow   = 4 << 10
	maxHeaderItems = 64
)

// pageHeader holds what of a Parquet PageHeader a PLAIN data page of version 1 needs.
type pageHeader struct {
	kind               int64 // format.PageType
	uncompressed, size int64 // of the page after the header, in bytes
	crc                uint32
	hasCRC             bool
	values             int64 // nulls and empty lists included
	encoding           int64
	defEncoding        int64
	repEncoding        int64
}

// parsePageHeader reads the header that b begins with, and gives its length.
func parsePageHeader(b []byte) (h pageHeader, n int, err error) {
	h = pageHeader{kind: -1, size: -1, values: -1, encoding: -1}
	r := parquetguard.NewReader(b, maxHeaderItems)
	data := func(f parquetguard.Field) (bool, error) {
		switch f.ID {
		case 1:
			h.values = f.Value
		case 2:
			h.encoding = f.Value
		case 3:
			h.defEncoding = f.Value
		case 4:
			h.repEncoding = f.Value
		}
		return false, nil
	}
	err = r.Walk(0, func(f parquetguard.Field) (bool, error) {
		switch f.ID {
		case 1:
			h.kind = f.Value
		case 2:
			h.uncompressed = f.Value
		case 3:
			h.size = f.Value
		case 4:
			h.crc, h.hasCRC = uint32(f.Value), true
		case 5:
			if f.Kind == parquetguard.Struct {
				return true, r.Walk(1, data)
			}
		}
		return false, nil
	})
	return h, r.Pos(), err
}

// chunk reads the pages of one column of one row group.
type chunk struct {
	r              io.ReaderAt
	offset, end    int64
	maxRep, maxDef int
	elem           int   // least bytes a value takes in a page
	rows           int64 // in the row group; bounds the values that take no bytes
	window, buf    []byte
	rep, def       []byte
}

// page is one data page: the levels of its n values (nil where the column has none) and the PLAIN bytes of those that
// are not null. It is valid until the next page is read.
type page struct {
	n        int
	rep, def []byte
	values   []byte
	at       int64 // where values begin in the file
}

// next gives io.EOF after the last page.
func (c *chunk) next() (page, error) {
	if c.offset >= c.end {
		return page{}, io.EOF
	}
	h, err := c.header()
	if err != nil {
		return page{}, fmt.Errorf("page header at byte %d: %w", c.offset, err)
	}
	if int64(cap(c.buf)) < h.size {
		c.buf = make([]byte, h.size)
	}
	data := c.buf[:h.size]
	if err := readFull(c.r, data, c.offset); err != nil {
		return page{}, fmt.Errorf("page at byte %d: %w", c.offset, err)
	}
	if h.hasCRC && crc32.ChecksumIEEE(data) != h.crc {
		return page{}, fmt.Errorf("page at byte %d: checksum %08x, expected %08x: the file is damaged", c.offset, crc32.ChecksumIEEE(data), h.crc)
	}
	p, err := c.split(int(h.values), data)
	if err != nil {
		return page{}, fmt.Errorf("page at byte %d: %w", c.offset, err)
	}
	c.offset += h.size
	p.at = c.offset - int64(len(p.values))
	return p, nil
}

// header reads the next page's header, checks it, and moves behind it.
func (c *chunk) header() (pageHeader, error) {
	if c.window == nil {
		c.window = make([]byte, headerWindow)
	}
	b := c.window[:min(headerWindow, c.end-c.offset)]
	if err := readFull(c.r, b, c.offset); err != nil {
		return pageHeader{}, err
	}
	h, n, err := parsePageHeader(b)
	if err != nil {
		return h, err
	}
	c.offset += int64(n)
	switch {
	case h.kind != int64(format.DataPage) || h.encoding != int64(format.Plain):
		return h, fmt.Errorf("page type %d with encoding %d, expected a data page of version 1 in PLAIN", h.kind, h.encoding)
	case h.size < 0 || h.size > c.end-c.offset || h.uncompressed != h.size:
		return h, fmt.Errorf("page of %d bytes (%d uncompressed), %d left in the column", h.size, h.uncompressed, c.end-c.offset)
	case c.maxRep > 0 && h.repEncoding != int64(format.RLE) || c.maxDef > 0 && h.defEncoding != int64(format.RLE):
		return h, errors.New("levels are not in RLE")
	case h.values < 0 || h.values > c.rows+h.size/int64(c.elem):
		return h, fmt.Errorf("%d values in a page of %d bytes", h.values, h.size)
	}
	return h, nil
}

// split decodes the levels in front of a page's values.
func (c *chunk) split(n int, data []byte) (page, error) {
	p := page{n: n, values: data}
	var err error
	if c.maxRep > 0 {
		if c.rep, p.values, err = levels(c.rep, p.values, n, c.maxRep); err != nil {
			return p, fmt.Errorf("repetition levels: %w", err)
		}
		p.rep = c.rep
		if n > 0 && p.rep[0] != 0 {
			return p, errors.New("it does not begin with a row")
		}
	}
	if c.maxDef > 0 {
		if c.def, p.values, err = levels(c.def, p.values, n, c.maxDef); err != nil {
			return p, fmt.Errorf("definition levels: %w", err)
		}
		p.def = c.def
	}
	return p, nil
}

// levels decodes n levels of at most max (1 to 3), which stand behind their length in bytes; dst is used again if it is
// large enough. The encoding is Parquet's hybrid of runs and bit-packed groups of eight ("RLE/Bit-Packing Hybrid").
func levels(dst, src []byte, n, max int) (decoded, rest []byte, err error) {
	if len(src) < 4 {
		return nil, nil, io.ErrUnexpectedEOF
	}
	size := binary.LittleEndian.Uint32(src)
	if uint64(size) > uint64(len(src)-4) {
		return nil, nil, fmt.Errorf("%d bytes announced, %d left", size, len(src)-4)
	}
	src, rest = src[4:4+size], src[4+size:]
	width := 1
	if max > 1 {
		width = 2
	}
	if cap(dst) < n {
		dst = make([]byte, n)
	}
	dst = dst[:n]
	for at := 0; at < n; {
		header, k := binary.Uvarint(src)
		if k <= 0 || header>>1 == 0 {
			return nil, nil, fmt.Errorf("%d of %d there", at, n)
		}
		count, packed := header>>1, header&1 == 1
		src = src[k:]
		if !packed {
			if len(src) == 0 || count > uint64(n-at) || int(src[0]) > max {
				return nil, nil, fmt.Errorf("bad run after %d of %d", at, n)
			}
			fill(dst[at:at+int(count)], src[0])
			src = src[1:]
			at += int(count)
			continue
		}
		if count > uint64(len(src)/width) {
			return nil, nil, fmt.Errorf("%d groups announced after %d of %d", count, at, n)
		}
		m := min(8*int(count), n-at) // the last group is padded
		if err := unpack(dst[at:at+m], src, width, max); err != nil {
			return nil, nil, err
		}
		src = src[int(count)*width:]
		at += m
	}
	return dst, rest, nil
}

// fill sets every byte of b to v, by doubling copies: runs are as long as rows.
func fill(b []byte, v byte) {
	if len(b) == 0 {
		return
	}
	b[0] = v
	for i := 1; i < len(b); i *= 2 {
		copy(b[i:], b[:i])
	}
}

// unpack reads len(dst) values of width bits (1 or 2), lowest bits first.
func unpack(dst, src []byte, width, max int) error {
	mask := byte(1<<width - 1)
	for i := range dst {
		bit := i * width
		v := src[bit/8] >> (bit % 8) & mask
		if int(v) > max {
			return fmt.Errorf("level %d, at most %d is possible", v, max)
		}
		dst[i] = v
	}
	return nil
}

// readFull is ReadAt that fails on fewer bytes than asked for.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
