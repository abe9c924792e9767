package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// shortBytes is the longest byte string that is held; longer ones are left in the file.
const shortBytes = 4096

func (u *unpickler) pushNumber(bytes int) error {
	n, err := u.number(bytes)
	if err != nil {
		return err
	}
	return u.push(int64(n))
}

func opBinInt(u *unpickler) error {
	n, err := u.number(4)
	if err != nil {
		return err
	}
	return u.push(int64(int32(n)))
}

// pushLong reads a length of so many bytes and then an int in two's complement.
func (u *unpickler) pushLong(lengthBytes int) error {
	n, err := u.number(lengthBytes)
	if err != nil {
		return err
	}
	if n > shortBytes {
		return fmt.Errorf("expected an int of at most %d bytes, found %d", shortBytes, n)
	}
	raw, err := u.in.take(n)
	if err != nil {
		return err
	}
	if n > 8 {
		return u.push(Long(append([]byte(nil), raw...)))
	}
	var full [8]byte
	copy(full[:], raw)
	if n > 0 && raw[n-1]&0x80 != 0 {
		for i := n; i < 8; i++ {
			full[i] = 0xff
		}
	}
	return u.push(int64(binary.LittleEndian.Uint64(full[:])))
}

// opInt reads a decimal; protocol 0 spells the truth values 00 and 01.
func opInt(u *unpickler) error {
	text, err := u.in.line()
	if err != nil {
		return err
	}
	switch text {
	case "00":
		return u.push(false)
	case "01":
		return u.push(true)
	}
	return u.pushDecimal(text)
}

func opLong(u *unpickler) error {
	text, err := u.in.line()
	if err != nil {
		return err
	}
	return u.pushDecimal(strings.TrimSuffix(text, "L"))
}

func (u *unpickler) pushDecimal(text string) error {
	n, err := parseDecimal(text)
	if err != nil {
		return err
	}
	return u.push(n)
}

func (u *unpickler) decimal() (int64, error) {
	text, err := u.in.line()
	if err != nil {
		return 0, err
	}
	return parseDecimal(text)
}

func parseDecimal(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("expected an int of 64 bits, found %q", escape.Short(text))
	}
	return n, nil
}

func opFloat(u *unpickler) error {
	text, err := u.in.line()
	if err != nil {
		return err
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("expected a float, found %q", escape.Short(text))
	}
	return u.push(f)
}

func opBinFloat(u *unpickler) error {
	raw, err := u.in.take(8)
	if err != nil {
		return err
	}
	return u.push(math.Float64frombits(binary.BigEndian.Uint64(raw)))
}

// opString reads a quoted string of protocol 0. Escapes are refused: PyTorch never writes this instruction.
func opString(u *unpickler) error {
	text, err := u.in.line()
	if err != nil {
		return err
	}
	n := len(text)
	if n < 2 || text[0] != text[n-1] || text[0] != '\'' && text[0] != '"' || strings.Contains(text, `\`) {
		return fmt.Errorf("expected a plain quoted string, found %q", escape.Short(text))
	}
	return u.push(text[1 : n-1])
}

func opUnicode(u *unpickler) error {
	text, err := u.in.line()
	if err != nil {
		return err
	}
	if strings.Contains(text, `\`) {
		return fmt.Errorf("expected a string without escapes, found %q", escape.Short(text))
	}
	return u.push(text)
}

func (u *unpickler) pushText(lengthBytes int) error {
	n, err := u.number(lengthBytes)
	if err != nil {
		return err
	}
	raw, err := u.in.take(n)
	if err != nil {
		return err
	}
	return u.push(string(raw))
}

// pushString reads a Python 2 string: text when it is short, the raw bytes of an array when it is long.
func (u *unpickler) pushString(lengthBytes int) error {
	return u.pushShort(lengthBytes, func(raw []byte) any { return string(raw) })
}

func (u *unpickler) pushBytes(lengthBytes int) error {
	return u.pushShort(lengthBytes, func(raw []byte) any { return Bytes(bytes.Clone(raw)) })
}

// pushShort reads a length of so many bytes and then the bytes. Few are copied by hold, many stay in the file.
func (u *unpickler) pushShort(lengthBytes int, hold func(raw []byte) any) error {
	n, err := u.number(lengthBytes)
	if err != nil {
		return err
	}
	if n > shortBytes {
		return u.pushBlob(n)
	}
	raw, err := u.in.take(n)
	if err != nil {
		return err
	}
	return u.push(hold(raw))
}

func (u *unpickler) pushBlob(n uint64) error {
	if n > math.MaxInt64 {
		return fmt.Errorf("expected a string of less than 2^63 bytes, found %d", n)
	}
	blob := Blob{Off: u.in.pos, N: int64(n)}
	if err := u.in.skip(blob.N); err != nil {
		return err
	}
	return u.push(blob)
}
