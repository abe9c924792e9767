package weights

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits on the text of a pickle; a state dictionary of a VGG has 3 KB of it.
const (
	maxPickleText = 64 << 20
	maxPickleLine = 4096 // of an instruction that ends with a line feed
)

// pickleInput reads pickles off a range of a file and knows where it is.
type pickleInput struct {
	section *io.SectionReader
	buf     *bufio.Reader
	pos     int64 // of the next byte, in the file
	start   int64 // of the section
	end     int64
	scratch []byte
	text    uint64 // bytes handed out
}

// newPickleInput reads the n bytes of s from off on; the caller checked that they exist.
func newPickleInput(s *source, off, n int64) *pickleInput {
	section := s.section(off, n)
	return &pickleInput{section: section, buf: bufio.NewReader(section), pos: off, start: off, end: off + n}
}

func (in *pickleInput) byte() (byte, error) {
	b, err := in.buf.ReadByte()
	if err != nil {
		return 0, in.failed(err, 1)
	}
	in.pos++
	return b, nil
}

// take returns the next n bytes, valid until the next call. What it allocates is never more than the file has left.
func (in *pickleInput) take(n uint64) ([]byte, error) {
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

func (in *pickleInput) charge(n uint64) error {
	if n > maxPickleText-in.text {
		return fmt.Errorf("expected at most %d bytes of text in all, found more; save the state_dict alone", maxPickleText)
	}
	in.text += n
	return nil
}

// skip passes over n bytes without reading them.
func (in *pickleInput) skip(n int64) error {
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
func (in *pickleInput) line() (string, error) {
	text, err := in.buf.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return "", in.failed(err, 1)
	}
	if err != nil || len(text) > maxPickleLine {
		return "", fmt.Errorf("expected a line of at most %d bytes, found a longer one", maxPickleLine)
	}
	if err := in.charge(uint64(len(text))); err != nil {
		return "", err
	}
	in.pos += int64(len(text))
	return string(bytes.TrimSuffix(text, []byte("\n"))), nil
}

func (in *pickleInput) failed(err error, want uint64) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("truncated: expected %d more bytes, found %d: %w", want, in.end-in.pos, io.ErrUnexpectedEOF)
	}
	return err
}
