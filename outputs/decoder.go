package outputs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"fc7/internal/half"
)

// decoder reads the columns before the descriptors into rows.
type decoder struct {
	shard  *Shard
	group  int
	rows   []Row
	shared map[string]string // one copy of each label, split and status
	null   []bool            // of each row: its labels are null
}

func (d *decoder) all() error {
	d.shared, d.null = map[string]string{}, make([]bool, len(d.rows))
	for column, read := range [...]func(int) error{
		colImage:   d.texts(false, func(r *Row, b []byte) { r.Image = string(b) }),
		colObject:  d.numbers(func(r *Row, n int) { r.Object = n }),
		colPath:    d.texts(false, func(r *Row, b []byte) { r.Path = string(b) }),
		colWidth:   d.numbers(func(r *Row, n int) { r.Width = n }),
		colHeight:  d.numbers(func(r *Row, n int) { r.Height = n }),
		colLabels:  d.texts(true, func(r *Row, b []byte) { r.Labels = append(r.Labels, d.share(b)) }),
		colIgnored: d.texts(true, func(r *Row, b []byte) { r.Ignored = append(r.Ignored, d.share(b)) }),
		colSplits:  d.texts(true, func(r *Row, b []byte) { r.Splits = append(r.Splits, d.share(b)) }),
		colStatus:  d.texts(false, func(r *Row, b []byte) { r.Status = d.share(b) }),
		colError:   d.texts(false, func(r *Row, b []byte) { r.Error = string(b) }),
	} {
		if err := read(column); err != nil {
			return fmt.Errorf("column %s: %w", rowColumns[column], err)
		}
	}
	d.findNone()
	for i := range d.rows {
		if s := d.rows[i].Status; s != StatusOK && s != StatusFailed {
			return fmt.Errorf("row %d: status %q, expected %s or %s", i, s, StatusOK, StatusFailed)
		}
	}
	return nil
}

// findNone marks the rows of none of the classes.
func (d *decoder) findNone() {
	if d.shard.Identity.Inputs.None == 0 {
		return
	}
	for i := range d.rows {
		r := &d.rows[i]
		r.None = !d.null[i] && len(r.Labels)+len(r.Ignored) == 0
	}
}

func (d *decoder) share(b []byte) string {
	if s, ok := d.shared[string(b)]; ok {
		return s
	}
	s := string(b)
	d.shared[s] = s
	return s
}

// texts gives a reader of string columns that calls set for each string that is there; its bytes are those of the page.
func (d *decoder) texts(list bool, set func(*Row, []byte)) func(int) error {
	return d.values(4, list, func(r *Row, b []byte) ([]byte, error) {
		if len(b) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		n := binary.LittleEndian.Uint32(b)
		if uint64(n) > uint64(len(b)-4) {
			return nil, fmt.Errorf("a string of %d bytes, %d left", n, len(b)-4)
		}
		text := b[4 : 4+n]
		if !utf8.Valid(text) {
			return nil, errors.New("a string that is not UTF-8")
		}
		set(r, text)
		return b[4+n:], nil
	})
}

func (d *decoder) numbers(set func(*Row, int)) func(int) error {
	return d.values(4, false, func(r *Row, b []byte) ([]byte, error) {
		if len(b) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		n := int32(binary.LittleEndian.Uint32(b))
		if n < 0 {
			return nil, fmt.Errorf("%d is negative", n)
		}
		set(r, int(n))
		return b[4:], nil
	})
}

// values gives a reader of one column that calls one at each value that is not null; one returns the bytes behind it.
func (d *decoder) values(elem int, list bool, one func(*Row, []byte) ([]byte, error)) func(int) error {
	return func(column int) error {
		c := d.shard.chunk(d.group, column, elem)
		row := -1
		for {
			p, err := c.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			b := p.values
			for i := range p.n {
				if !list || p.rep[i] == 0 {
					row++
				}
				if row >= len(d.rows) {
					return fmt.Errorf("more than the %d rows of the group", len(d.rows))
				}
				if p.def != nil && int(p.def[i]) < c.maxDef {
					if column == colLabels && p.def[i] == 0 { // 1 is an empty list, where labels may be null
						d.null[row] = true
					}
					continue
				}
				if b, err = one(&d.rows[row], b); err != nil {
					return fmt.Errorf("row %d: %w", row, err)
				}
			}
			if len(b) != 0 {
				return fmt.Errorf("%d bytes behind the last value of a page", len(b))
			}
		}
		if row+1 != len(d.rows) {
			return fmt.Errorf("%d rows, the group has %d", row+1, len(d.rows))
		}
		return nil
	}
}

// descriptors reads descriptor column i of group g; see Descriptors.
func (s *Shard) descriptors(g, i int, dst []float32, ok []bool) error {
	c := s.Columns[i]
	return s.walk(g, i, ok, func(row int, b []byte, _ int64) {
		if out := dst[row*c.Width : (row+1)*c.Width]; b == nil {
			clear(out)
		} else {
			decodeValues(out, b, c.Dtype)
		}
	})
}

// walk goes through the rows of descriptor column i of group g, sets ok, and shows the bytes of each row's values, with
// the place in the file where they lie; nil for a row that has none. The bytes are valid during the call.
func (s *Shard) walk(g, i int, ok []bool, show func(row int, b []byte, at int64)) error {
	col := s.Columns[i]
	c := s.chunk(g, firstDescriptor+i, col.bytes())
	shape, size := newRowShape(col), col.Width*col.bytes()
	row := 0
	for {
		p, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		b := p.values
		for at := 0; at < p.n; row++ {
			if row >= len(ok) {
				return fmt.Errorf("more than the %d rows of the group", len(ok))
			}
			n, present, err := shape.row(p.rep[at:], p.def[at:])
			if err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
			at += n
			if ok[row] = present; !present {
				show(row, nil, 0)
				continue
			}
			if len(b) < size {
				return fmt.Errorf("row %d: %w", row, io.ErrUnexpectedEOF)
			}
			show(row, b[:size], p.at+int64(len(p.values)-len(b)))
			b = b[size:]
		}
		if len(b) != 0 {
			return fmt.Errorf("%d bytes behind the last value of a page", len(b))
		}
	}
	if row != len(ok) {
		return fmt.Errorf("%d rows, the group has %d", row, len(ok))
	}
	return nil
}

// decodeValues reads len(dst) values.
func decodeValues(dst []float32, b []byte, dtype string) {
	switch dtype {
	case Float16:
		half.WidenBytes(dst, b)
	case Int32:
		for i := range dst {
			dst[i] = float32(int32(binary.LittleEndian.Uint32(b[4*i:])))
		}
	default:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
}

// rowShape recognises the levels of a row: a null, or exactly Width values.
type rowShape struct {
	width    int
	required bool
	rep, def string // the levels of a row that is there
}

func newRowShape(c Column) rowShape {
	return rowShape{
		width:    c.Width,
		required: c.Required,
		rep:      "\x00" + strings.Repeat("\x01", c.Width-1),
		def:      strings.Repeat(string(rune(presentLevel(c))), c.Width),
	}
}

// row looks at the levels that begin with a row's first, and tells how many are the row's and whether its values are
// there.
func (s rowShape) row(rep, def []byte) (n int, present bool, err error) {
	if !s.required && rep[0] == 0 && def[0] == 0 {
		return 1, false, nil
	}
	if len(rep) < s.width || string(rep[:s.width]) != s.rep || string(def[:s.width]) != s.def || len(rep) > s.width && rep[s.width] != 0 {
		return 0, false, fmt.Errorf("it is neither null nor a list of %d values", s.width)
	}
	return s.width, true, nil
}
