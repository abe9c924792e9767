package outputs

import (
	"errors"
	"fmt"
	"io"
)

// readMaps reads column i of group g, which holds maps: the values [H,W,C] of each row, nil where the row has none. The
// caller owns them. H, W and C are in the next column (see Column.Map).
func (s *Shard) readMaps(g, i int) ([][]float32, error) {
	c := s.Columns[i]
	if !c.Map {
		return nil, fmt.Errorf("reading %s: column %s holds vectors of %d values, no maps", s.Path, c.Name, c.Width)
	}
	rows, err := s.maps(g, i)
	if err != nil {
		return nil, fmt.Errorf("reading %s: row group %d: column %s: %w", s.Path, g, c.Name, err)
	}
	return rows, nil
}

func (s *Shard) maps(g, i int) ([][]float32, error) {
	col := s.Columns[i]
	c := s.chunk(g, firstDescriptor+i, col.bytes())
	out := make([][]float32, 0, s.GroupRows(g))
	for {
		p, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		b := p.values
		for at := 0; at < p.n; {
			if len(out) == cap(out) {
				return nil, fmt.Errorf("more than the %d rows of the group", len(out))
			}
			n, present, err := mapShape(col, p.rep[at:], p.def[at:])
			if err == nil && present && len(b) < n*col.bytes() {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return nil, fmt.Errorf("row %d: %w", len(out), err)
			}
			at += n
			if !present {
				out = append(out, nil)
				continue
			}
			values := make([]float32, n)
			decodeValues(values, b, col.Dtype)
			b = b[len(values)*col.bytes():]
			out = append(out, values)
		}
		if len(b) != 0 {
			return nil, fmt.Errorf("%d bytes behind the last value of a page", len(b))
		}
	}
	if len(out) != cap(out) {
		return nil, fmt.Errorf("%d rows, the group has %d", len(out), cap(out))
	}
	return out, nil
}

// mapShape looks at the levels that begin with a row's first, and tells how many are the row's and whether its values
// are there.
func mapShape(c Column, rep, def []byte) (n int, present bool, err error) {
	for n = 1; n < len(rep) && rep[n] != 0; n++ {
	}
	if n == 1 && def[0] == 0 {
		return 1, false, nil
	}
	for _, d := range def[:n] {
		if int(d) != presentLevel(c) {
			return 0, false, errors.New("it is neither null nor a list of values")
		}
	}
	if n%c.Width != 0 || n > maxMap {
		return 0, false, fmt.Errorf("%d values, expected some times %d channels, at most %d", n, c.Width, maxMap)
	}
	return n, true, nil
}
