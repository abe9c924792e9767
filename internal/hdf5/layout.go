package hdf5

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// maxDeflate is how much longer than its deflated form anything can be (1032 by the format), rounded up.
const maxDeflate = 1100

// Dataset is an array of an HDF5 file.
type Dataset struct {
	Shape []int // outermost first; empty for a scalar
	Type  Type
	Bytes int64 // of all elements

	f      *File
	addr   uint64 // of its header
	fill   []byte // an element that was never written; nil for zeros
	data   []byte // of a compact dataset
	start  int64  // place in the file of a contiguous dataset; -1 when it was never written
	chunks *chunked
}

// IsDataset tells whether the object is a dataset.
func (o *Object) IsDataset() bool { return o.has(msgLayout) }

// Dataset reads what the header tells of a dataset.
func (o *Object) Dataset() (*Dataset, error) {
	d := &Dataset{f: o.f, addr: o.addr, start: -1}
	if err := d.describe(o); err != nil {
		return nil, fmt.Errorf("dataset at %d: %w", o.addr, err)
	}
	return d, nil
}

func (d *Dataset) describe(o *Object) error {
	var parts [4][]byte
	for i, kind := range []int{msgDataspace, msgDatatype, msgLayout, msgFilters} {
		var err error
		if parts[i], err = o.find(kind); err != nil {
			return err
		}
		if parts[i] == nil && kind != msgFilters {
			return fmt.Errorf("expected a message of kind %d, found none", kind)
		}
	}
	var err error
	if d.Shape, err = d.f.dataspace(parts[0]); err != nil {
		return err
	}
	if d.Type, err = d.f.datatype(parts[1]); err != nil {
		return err
	}
	elements, err := count(d.Shape, d.Type.size)
	if err != nil {
		return err
	}
	d.Bytes = int64(elements) * int64(d.Type.size)
	if err := d.readFill(o); err != nil {
		return err
	}
	filters, err := readFilters(parts[3])
	if err != nil {
		return err
	}
	if err := d.layout(parts[2], filters); err != nil {
		return err
	}
	return d.plausible(filters)
}

// plausible bounds what a file can hold: nobody is to make room for a shape that nothing stands behind.
func (d *Dataset) plausible(filters []filter) error {
	most := d.f.size
	for _, f := range filters {
		if f.id == filterDeflate {
			most *= maxDeflate
			break
		}
	}
	if d.Bytes > most {
		return fmt.Errorf("expected at most the %d bytes that a file of %d can hold, found shape %v of %s", most, d.f.size, d.Shape, d.Type.Name)
	}
	return nil
}

// readFill reads a fill value message (IV.A.2.f).
func (d *Dataset) readFill(o *Object) error {
	data, err := o.find(msgFillValue)
	if err != nil || data == nil {
		return err
	}
	c := &cursor{b: data}
	version := c.u8()
	switch version {
	case 1, 2:
		c.skip(2)
		if defined := c.u8(); version == 2 && defined == 0 {
			return nil
		}
	case 3:
		const defined = 0x20
		if c.u8()&defined == 0 {
			return nil
		}
	default:
		return fmt.Errorf("expected a fill value of version 1 to 3, found %d", version)
	}
	n := c.u32()
	if n == 0 || n > math.MaxInt32 {
		return nil
	}
	d.fill = c.bytes(int(n))
	if err := c.err("fill value"); err != nil {
		return err
	}
	if len(d.fill) != d.Type.size {
		return fmt.Errorf("expected a fill value of %d bytes, found %d", d.Type.size, len(d.fill))
	}
	return nil
}

// Classes of layouts (IV.A.2.i).
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
)

// layout reads a data layout message.
func (d *Dataset) layout(data []byte, filters []filter) error {
	c := &cursor{b: data}
	version := c.u8()
	switch version {
	case 1, 2:
		return d.oldLayout(c, filters)
	case 3, 4:
	default:
		return fmt.Errorf("expected a layout of version 1 to 4, found %d", version)
	}
	switch class := c.u8(); class {
	case layoutCompact:
		return d.compact(c, c.u16())
	case layoutContiguous:
		addr, n := d.f.offset(c), d.f.length(c)
		if err := c.err("layout"); err != nil {
			return err
		}
		return d.contiguous(addr, n)
	case layoutChunked:
		if version == 4 {
			return d.chunked4(c, filters)
		}
		return d.chunked3(c, filters)
	default:
		return fmt.Errorf("expected data that are compact, contiguous or chunked, found layout %d", class)
	}
}

// oldLayout reads the versions before HDF5 1.6.3.
func (d *Dataset) oldLayout(c *cursor, filters []filter) error {
	rank, class := c.u8(), c.u8()
	c.skip(5)
	addr := undefined
	if class != layoutCompact {
		addr = d.f.offset(c)
	}
	sizes := readSizes(c, rank, 4)
	switch class {
	case layoutCompact:
		return d.compact(c, int(min(c.u32(), math.MaxInt32)))
	case layoutContiguous:
		return d.contiguous(addr, uint64(d.Bytes))
	case layoutChunked:
		if c.u32(); c.short { // the element's size, again
			return c.err("layout")
		}
		return d.chunkedBy(sizes, filters, chunkIndex{kind: indexBTree1, addr: addr})
	}
	return fmt.Errorf("expected data that are compact, contiguous or chunked, found layout %d", class)
}

func readSizes(c *cursor, rank, width int) []int {
	var sizes []int
	for range min(rank, maxRank+1) {
		sizes = append(sizes, int(min(c.uint(width), math.MaxInt32)))
	}
	return sizes
}

func (d *Dataset) compact(c *cursor, n int) error {
	d.data = c.bytes(n)
	if err := c.err("compact data"); err != nil {
		return err
	}
	if int64(len(d.data)) < d.Bytes {
		return fmt.Errorf("expected %d bytes in the header, found %d", d.Bytes, len(d.data))
	}
	if d.data == nil {
		d.data = []byte{}
	}
	return nil
}

func (d *Dataset) contiguous(addr, n uint64) error {
	if addr == undefined {
		return nil
	}
	if n < uint64(d.Bytes) {
		return fmt.Errorf("expected %d bytes, found %d", d.Bytes, n)
	}
	var err error
	d.start, err = d.f.place(addr, uint64(d.Bytes))
	return err
}

// chunked3 reads the chunked layout of version 3; the last size is that of an element.
func (d *Dataset) chunked3(c *cursor, filters []filter) error {
	rank := c.u8()
	addr := d.f.offset(c)
	sizes := readSizes(c, rank-1, 4)
	c.skip(4)
	if err := c.err("layout"); err != nil {
		return err
	}
	return d.chunkedBy(sizes, filters, chunkIndex{kind: indexBTree1, addr: addr})
}

// chunked4 reads the chunked layout of version 4.
func (d *Dataset) chunked4(c *cursor, filters []filter) error {
	const edgesUnfiltered, singleFiltered = 1, 2
	flags, rank, width := c.u8(), c.u8(), c.u8()
	if width < 1 || width > 8 {
		return fmt.Errorf("expected sizes of 1 to 8 bytes, found %d", width)
	}
	sizes := readSizes(c, rank-1, width)
	c.skip(width)
	index := chunkIndex{kind: c.u8(), edgesPlain: flags&edgesUnfiltered != 0}
	switch index.kind {
	case indexSingle:
		if flags&singleFiltered != 0 {
			index.stored, index.mask = d.f.length(c), c.u32()
		}
	case indexImplicit:
	case indexFixedArray:
		c.skip(1)
	default:
		return errors.New("expected an index of chunks of a dataset of fixed size, found one of a dataset that can grow; write it again without maxshape")
	}
	index.addr = d.f.offset(c)
	if err := c.err("layout"); err != nil {
		return err
	}
	return d.chunkedBy(sizes, filters, index)
}

// chunkedBy checks the sizes of the chunks, in elements.
func (d *Dataset) chunkedBy(sizes []int, filters []filter, index chunkIndex) error {
	if len(sizes) != len(d.Shape) || len(sizes) == 0 || slices.Min(sizes) < 1 {
		return fmt.Errorf("expected chunks of the rank of shape %v, found %v", d.Shape, sizes)
	}
	elements, err := count(sizes, d.Type.size)
	if err != nil {
		return err
	}
	if elements*d.Type.size > maxChunk {
		return fmt.Errorf("expected chunks of at most %d bytes, found %v of %d bytes", maxChunk, sizes, d.Type.size)
	}
	c := &chunked{d: d, bytes: elements * d.Type.size, filters: filters, index: index}
	c.grid = make([]int, len(sizes))
	total := 1
	for i, n := range d.Shape {
		c.grid[i] = n/sizes[i] + min(1, n%sizes[i])
		if c.grid[i] > 0 && total > maxChunks/c.grid[i] {
			return fmt.Errorf("expected at most %d chunks, found shape %v in chunks of %v", maxChunks, d.Shape, sizes)
		}
		total *= c.grid[i]
	}
	c.sizes = sizes
	c.flatten()
	c.entries = sync.OnceValues(c.readIndex)
	d.chunks = c
	return nil
}
