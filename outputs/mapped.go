package outputs

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"fc7/internal/half"
	"fc7/internal/machine"
)

// mapping is a shard's file in memory, not read but mapped: the system brings in what is used and drops it when memory
// is short.
type mapping struct {
	path string
	file []byte
}

// Close gives the mapped files of [ReadOptions.Mapped] back: rows of the table's matrices must not be used any more. A
// table that maps nothing need not be closed.
func (t *Table) Close() error {
	var err error
	for _, m := range t.maps {
		if e := machine.UnmapFile(m.file); e != nil {
			err = errors.Join(err, fmt.Errorf("unmapping %s: %w", m.path, e))
		}
	}
	t.maps = nil
	return err
}

// MappedAt names the file that is mapped at an address, for the error that comes of a fault there: a file that is cut
// short while it is mapped cannot be read any more (fault.Guard in internal/).
func (t *Table) MappedAt(addr uintptr) (path string, ok bool) {
	for _, m := range t.maps {
		if start := uintptr(unsafe.Pointer(unsafe.SliceData(m.file))); addr >= start && addr < start+uintptr(len(m.file)) {
			return m.path, true
		}
	}
	return "", false
}

// mapShard maps the whole file of a shard; nil where files cannot be mapped, so that they are read.
func (t *Table) mapShard(s *Shard) ([]byte, error) {
	f, err := os.Open(s.Path)
	if err != nil {
		return nil, fmt.Errorf("reading a feature table: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading a feature table: %w", err)
	}
	b, err := machine.MapFile(f, info.Size())
	if err != nil {
		return nil, nil // an odd file system, or too many mappings: reading serves as well
	}
	t.maps = append(t.maps, mapping{s.Path, b})
	return b, nil
}

// mappedColumn makes a matrix whose rows lie in the files, without them yet.
func (t *Table) mappedColumn(c Column, halves func(bytes int64) bool) Matrix {
	if c.Dtype == Float16 && halves != nil && halves(4*int64(len(t.Rows))*int64(c.Width)) {
		return Matrix{Column: c, OK: make([]bool, len(t.Rows)), halves: make([][]uint16, len(t.Rows))}
	}
	return Matrix{Column: c, OK: make([]bool, len(t.Rows)), rows: make([][]float32, len(t.Rows))}
}

// placeRows finds where the rows of column i of group g lie in the mapped file, and checks them as reading does.
// Without a mapped file, and for types other than float32, it reads them.
func (s *Shard) placeRows(g, i int, file []byte, rows [][]float32, ok []bool) error {
	c := s.Columns[i]
	if file == nil || c.Dtype != Float32 {
		if err := checkRoom(c, len(rows), s.stored(g, i)); err != nil {
			return err
		}
		dst := make([]float32, len(rows)*c.Width)
		if err := s.readDescriptors(g, i, dst, ok); err != nil {
			return err
		}
		for r := range rows {
			if ok[r] {
				rows[r] = dst[r*c.Width : (r+1)*c.Width : (r+1)*c.Width]
			}
		}
		return nil
	}
	return s.placeColumn(g, i, file, ok, func(row int, stored, read []byte) []float32 {
		rows[row] = floats(stored)
		return floats(read)
	})
}

// placeHalves is placeRows of a float16 column whose values stay what they are.
func (s *Shard) placeHalves(g, i int, file []byte, rows [][]uint16, ok []bool) error {
	width := s.Columns[i].Width
	values := make([]float32, width)
	return s.placeColumn(g, i, file, ok, func(row int, stored, _ []byte) []float32 {
		rows[row] = slices.Clip(unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(stored))), width))
		half.Widen(values, rows[row])
		return values
	})
}

// placeColumn calls put for the rows of column i of group g, with the bytes that stay in the mapped file, or in a copy
// where there is none, and those that were read, and checks the values that it returns.
func (s *Shard) placeColumn(g, i int, file []byte, ok []bool, put func(row int, stored, read []byte) []float32) error {
	c := s.Columns[i]
	short, bad := false, error(nil)
	err := s.walk(g, i, ok, func(row int, b []byte, at int64) {
		var stored []byte
		switch {
		case b == nil:
			return
		case file == nil:
			stored = slices.Clone(b)
		case at+int64(len(b)) > int64(len(file)):
			short = true
			return
		default:
			stored = file[at : at+int64(len(b))]
		}
		if e := checkFinite(put(row, stored, b)); e != nil && bad == nil {
			bad = s.notFinite(g, row, c, e)
		}
	})
	if err == nil && short {
		err = errors.New("the file became longer while it was opened: it is not fc7 that writes it")
	}
	if err != nil {
		return fmt.Errorf("reading %s: row group %d: column %s: %w", s.Path, g, c.Name, err)
	}
	return bad
}

// floats is b as little-endian float32 values; only for machines with such (see machine.MapFile), which read them at
// any address.
func floats(b []byte) []float32 {
	return slices.Clip(unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4))
}
