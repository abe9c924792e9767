package parquetguard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// What stands in a page as a few bytes may be any number of values: a run has its length, a list of differences the
// number of them, a text how much of the one before it begins with. The library makes room for what they say; here they
// are counted first, without any room.

// errValues is in every error about more values than a page says it has.
var errValues = errors.New("more values than the page says it has")

// padding is how many values more than asked for a list may end with: groups are of eight, and some writers fill longer
// ones.
const padding = 1 << 10

// Runs walks over values of so many bits in Parquet's hybrid of runs and groups of eight, and refuses more than n of
// them, but for padding. It counts those of the first n that are v. Data that end before they should are left to who
// decodes them.
func Runs(b []byte, bits, n, v int) (equal int, err error) {
	for at := uint64(0); len(b) > 0; {
		header, k := binary.Uvarint(b)
		if k <= 0 {
			return 0, fmt.Errorf("bad length of a run, %d bytes before the end", len(b))
		}
		b = b[k:]
		count, size := header>>1, uint64(bits+7)/8
		if header&1 == 1 {
			count, size = 8*min(count, math.MaxUint32), uint64(bits)*min(count, math.MaxUint32)
		}
		if count > uint64(n)+padding-at {
			return 0, fmt.Errorf("%w: %d after %d of %d", errValues, count, at, n)
		}
		if count == 0 { // the library passes over the length alone
			continue
		}
		values := b[:min(size, uint64(len(b)))]
		b = b[len(values):]
		wanted := int(min(count, max(uint64(n), at)-at))
		if header&1 == 1 {
			for i := range wanted {
				if bitsAt(values, i*bits, bits) == uint32(v) {
					equal++
				}
			}
		} else if bitsAt(values, 0, bits) == uint32(v) {
			equal += wanted
		}
		at += count
	}
	return equal, nil
}

// Strings walks over n texts behind their lengths (PLAIN) and refuses more or fewer of them.
func Strings(b []byte, n int) error {
	for i := 0; ; i++ {
		switch {
		case len(b) == 0 && i == n:
			return nil
		case i == n:
			return fmt.Errorf("%w, which is %d: %d bytes behind them", errValues, n, len(b))
		case len(b) < 4:
			return fmt.Errorf("%d of %d values, and %d bytes", i, n, len(b))
		}
		size := uint64(binary.LittleEndian.Uint32(b))
		if b = b[4:]; size > uint64(len(b)) {
			return fmt.Errorf("value %d of %d has %d bytes, %d are left", i+1, n, size, len(b))
		}
		b = b[size:]
	}
}

// Deltas refuses a list of differences (DELTA_BINARY_PACKED) that says that it is of other than n numbers.
func Deltas(b []byte, n int) error {
	_, err := (&Reader{b: b}).deltas(n)
	return err
}

// deltaList is what a list of differences says of itself.
type deltaList struct {
	per, parts int // values of a part of a block, and parts
	count      int
	first      int32
}

// deltas reads the beginning of a list of n numbers.
func (r *Reader) deltas(n int) (l deltaList, err error) {
	var head [3]uint64 // values of a block, parts of it, values in all
	for i := range head {
		if head[i], err = r.uvarint(); err != nil {
			return l, err
		}
	}
	first, err := r.varint()
	block, parts, count := head[0], head[1], head[2]
	switch {
	case err != nil:
		return l, err
	case block == 0 || block > 1<<16 || block%128 != 0 || parts == 0 || parts > block || block/parts%32 != 0:
		return l, fmt.Errorf("differences in blocks of %d values in %d parts", block, parts)
	case count > uint64(n):
		return l, fmt.Errorf("%w: %d numbers, want %d", errValues, count, n)
	case count < uint64(n):
		return l, fmt.Errorf("%d numbers, want %d", count, n)
	}
	return deltaList{int(block / parts), int(parts), int(count), int32(first)}, nil
}

// numbers walks over a list of n differences and tells each what they come to, in 32 bits.
func (r *Reader) numbers(n int, each func(int32) error) error {
	l, err := r.deltas(n)
	if err != nil || l.count == 0 {
		return err
	}
	if err := each(l.first); err != nil {
		return err
	}
	value := l.first
	for left := l.count - 1; left > 0; {
		if left, value, err = r.deltaBlock(l.per, l.parts, left, value, each); err != nil {
			return err
		}
	}
	return nil
}

// deltaBlock walks over one block of parts of per values, of which left are to come after value. As in the library,
// what the last part lacks is zeros.
func (r *Reader) deltaBlock(per, parts, left int, value int32, each func(int32) error) (int, int32, error) {
	least, err := r.varint()
	if err != nil {
		return 0, 0, err
	}
	widths := r.b[r.pos:min(r.pos+parts, len(r.b))]
	r.pos += len(widths)
	for _, bits := range widths {
		if left == 0 {
			break
		}
		if bits > 64 {
			return 0, 0, fmt.Errorf("differences of %d bits", bits)
		}
		packed := r.b[r.pos:min(r.pos+per*int(bits)/8, len(r.b))]
		r.pos += len(packed)
		for i := range min(per, left) {
			value += int32(least) + int32(bitsAt(packed, i*int(bits), int(bits)))
			if err := each(value); err != nil {
				return 0, 0, err
			}
		}
		left -= min(per, left)
	}
	return left, value, nil
}

// bitsAt is the number of n bits that begins at bit at, lowest bits first: its 32 lowest bits.
func bitsAt(b []byte, at, n int) (v uint32) {
	n = min(n, 32)
	for i := 0; i < n && (at+i)/8 < len(b); i += 8 - (at+i)%8 {
		v |= uint32(b[(at+i)/8]>>((at+i)%8)) << i
	}
	return v & uint32(1<<n-1)
}

// FrontCoded walks over texts of which each tells how much it shares with the beginning of the one before
// (DELTA_BYTE_ARRAY), and refuses other than n of them, or more bytes than most in all.
func FrontCoded(b []byte, n int, most int64) error {
	sum := int64(0)
	add := func(v int32) error {
		if v < 0 {
			return fmt.Errorf("a length of %d", v)
		}
		if sum += int64(v); sum > most {
			return fmt.Errorf("its values have more than %d bytes", most)
		}
		return nil
	}
	r := &Reader{b: b}
	if err := r.numbers(n, add); err != nil {
		return err
	}
	return r.numbers(n, add)
}
