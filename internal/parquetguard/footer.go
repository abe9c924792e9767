// Package parquetguard stands in front of the Parquet library, which decodes a file's footer and page headers
// trustingly: the length that a list announces becomes an allocation before its elements are read. Here the bytes are
// walked first, so that a file costs no more memory than its size allows.
package parquetguard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Magic begins and ends a Parquet file.
const Magic = "PAR1"

const (
	// maxFooter: that of a table of a million rows in groups of 100 has some 10 MB.
	maxFooter = 256 << 20
	// maxStructs bounds what the library allocates for a footer to about 1 GiB. A column of a row group takes one to
	// four.
	maxStructs = 1 << 20
	// maxNames bounds the names in the paths of all columns, which the library lists.
	maxNames = 1 << 22
)

// The fields of a footer and of an element of its schema that the library allocates by.
const (
	fieldSchema    = 2
	fieldRowGroups = 4
	fieldCipher    = 8

	elementType     = 1
	elementChildren = 5
)

var errEncrypted = errors.New("it is encrypted: write it without encryption")

// Footer reads the footer of a Parquet file of size bytes: a FileMetaData in Thrift's compact protocol that the library
// can be given. Errors tell what was expected and found.
func Footer(r io.ReaderAt, size int64) ([]byte, error) {
	raw, err := Raw(r, size)
	if err != nil {
		return nil, err
	}
	if err := check(raw); err != nil {
		return nil, fmt.Errorf("reading the Parquet footer: %w", err)
	}
	return raw, nil
}

// Raw is Footer without a look at what the bytes say, which the library must not be given.
func Raw(r io.ReaderAt, size int64) ([]byte, error) {
	var head [4]byte
	var tail [8]byte
	if size < int64(len(head)+len(tail)) {
		return nil, fmt.Errorf("%d bytes are too few for a Parquet file: is it cut short?", size)
	}
	if err := readFull(r, head[:], 0); err != nil {
		return nil, err
	}
	if err := readFull(r, tail[:], size-8); err != nil {
		return nil, err
	}
	if string(head[:]) == "PARE" || string(tail[4:]) == "PARE" {
		return nil, errEncrypted
	}
	if string(head[:]) != Magic {
		return nil, fmt.Errorf("it begins with %q, expected %q: not a Parquet file", head, Magic)
	}
	if string(tail[4:]) != Magic {
		return nil, fmt.Errorf("it ends with %q, expected %q: the file is cut short or damaged", tail[4:], Magic)
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if most := min(size-12, maxFooter); n > most {
		return nil, fmt.Errorf("footer of %d bytes in a file of %d, expected at most %d: the file is damaged", n, size, most)
	}
	raw := make([]byte, n)
	return raw, readFull(r, raw, size-8-n)
}

func readFull(r io.ReaderAt, b []byte, offset int64) error {
	_, err := io.ReadFull(io.NewSectionReader(r, offset, int64(len(b))), b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// check walks over a footer.
func check(raw []byte) error {
	r := NewReader(raw, maxStructs)
	var s schema
	groups := -1
	err := r.Walk(0, func(f Field) (bool, error) {
		if f.ID == fieldCipher && f.Kind == Struct { // of columns, as the footer can be read
			return false, errEncrypted
		}
		if f.Kind != List || f.ID != fieldSchema && f.ID != fieldRowGroups {
			return false, nil
		}
		if f.ID == fieldRowGroups && groups >= 0 || f.ID == fieldSchema && s.elements > 0 {
			return false, fmt.Errorf("%w: field %d is there twice", ErrThrift, f.ID)
		}
		kind, n, err := r.listHeader()
		if err != nil {
			return false, err
		}
		if f.ID == fieldRowGroups {
			groups = n
		}
		for range n {
			switch {
			case f.ID == fieldSchema && kind == Struct:
				err = s.element(r)
			default:
				err = r.skipValue(kind, 1)
			}
			if err != nil {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	if r.Pos() != len(raw) {
		return fmt.Errorf("%d bytes behind its end", len(raw)-r.Pos())
	}
	if n := int64(s.leaves) * int64(max(groups, 0)); n > maxStructs {
		return fmt.Errorf("%d columns in %d row groups, expected at most %d parts: write the table with larger row groups", s.leaves, groups, maxStructs)
	}
	return nil
}

// schema counts what the library allocates for the tree of columns.
type schema struct {
	elements, leaves int
	names            int     // in the paths of all elements
	open             []int64 // children to come, of each element that the next one is below
}

// element reads the next element, depth first. Parquet's leaves have a type, groups a number of children.
func (s *schema) element(r *Reader) error {
	children, leaf := int64(0), false
	err := r.Walk(2, func(f Field) (bool, error) {
		switch {
		case f.ID == elementType && f.Kind == I32:
			leaf = true
		case f.ID == elementChildren && f.Kind == I32:
			children = f.Value
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	s.elements++
	if leaf {
		s.leaves++
	}
	if s.names += len(s.open) + 1; s.names > maxNames {
		return fmt.Errorf("the schema's columns are nested too deep: %d names in all their paths, expected at most %d", s.names, maxNames)
	}
	if children > 0 {
		s.open = append(s.open, children)
		return nil
	}
	for n := len(s.open) - 1; n >= 0; n-- { // it may be the last one below several
		if s.open[n]--; s.open[n] > 0 {
			break
		}
		s.open = s.open[:n]
	}
	return nil
}
