package pickle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits on the text of a pickle; a state dictionary of a VGG has 3 KB of it.
const (
	MaxText = 64 << 20
	maxLine = 4096 // of an instruction that ends with a line feed
)

// Reader reads pickles, one behind the other, off a range of a file and knows where it is.
type Reader struct {
	section *io.SectionReader
	buf     *bufio.Reader
	pos     int64 // of the next byte, in the file
	start   int64 // of the section
	end     int64
	scratch []byte
	text    uint64 // bytes handed out
}

// NewReader reads the n bytes of r from off on; the caller checked that they exist.
func NewReader(r io.ReaderAt, off, n int64) *Reader {
	section := io.NewSectionReader(r, off, n)
	return &Reader{section: section, buf: bufio.NewReader(section), pos: off, start: off, end: off + n}
}

// Pos is where the next byte to be read stands in the file.
func (in *Reader) Pos() int64 { return in.pos }

func (in *Reader) byte() (byte, error) {
	b, err := in.buf.ReadByte()
	if err != nil {
		return 0, in.failed(err, 1)
	}
	in.pos++
	return b, nil
}

// take returns the next n bytes, valid until the next call. What it allocates is never more than the file has left.
func (in *Reader) take(n uint64) ([]byte, error) {
	if n > uint64(in.end-in.pos) {
		return nil, in.failed(io.EOF, n)
	}
	if err := in.charge(n); err != nil {
		return nil, err
	}
	if uint64(cap(in.scratch)) < n {
		in.scratch = make([]byte, n)
	}
	out := in.scratch[:n]
	if _, err := io.ReadFull(in.buf, out); err != nil {
		return nil, in.failed(err, n)
	}
	in.pos += int64(n)
	return out, nil
}

func (in *Reader) charge(n uint64) error {
	if n > MaxText-in.text {
		return fmt.Errorf("expected at most %d bytes of text in all, found more; save the state_dict alone", MaxText)
	}
	in.text += n
	return nil
}

// skip passes over n bytes without reading them.
func (in *Reader) skip(n int64) error {
	if n < 0 || n > in.end-in.pos {
		return in.failed(io.EOF, uint64(n))
	}
	in.pos += n
	if _, err := in.section.Seek(in.pos-in.start, io.SeekStart); err != nil {
		return err
	}
	in.buf.Reset(in.section)
	return nil
}

// line returns the bytes up to the next line feed, without it.
func (in *Reader) line() (string, error) {
	text, err := in.buf.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return "", in.failed(err, 1)
	}
	if err != nil || len(text) > maxLine {
		return "", fmt.Errorf("expected a line of at most %d bytes, found a longer one", maxLine)
	}
	if err := in.charge(uint64(len(text))); err != nil {
		return "", err
	}
	in.pos += int64(len(text))
	return string(bytes.TrimSuffix(text, []byte("\n"))), nil
}

func (in *Reader) failed(err error, want uint64) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("truncated: expected %d more bytes, found %d: %w", want, in.end-in.pos, io.ErrUnexpectedEOF)
	}
	return err
}
