package datasets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lineLimits bound a text file that is read by lines.
type lineLimits struct {
	bytes int64  // of the file
	line  int    // bytes of a line, without its end
	lines int    // 0: as many as the bytes allow
	what  string // for errors: what the file should be, "an image list"
}

// What bounds a text of any length: numbers of lines that are counted from 1 in 31 bits, and what files have.
const (
	anyLines = 1<<31 - 2
	anyBytes = 1 << 50
)

// readLines calls line for every line, without its end, with its number from 1 on. It bears CRLF, CR alone, as old Macs
// and some programs for them end lines, and a byte order mark, and stops at the first error, to which it adds
// name:line. text is valid during the call only.
func readLines(name string, r io.Reader, lim lineLimits, line func(number int, text []byte) error) error {
	lr := &io.LimitedReader{R: r, N: lim.bytes + 1}
	br := bufio.NewReaderSize(lr, lim.line+len("\r\n"))
	sc := bufio.NewScanner(br)
	sc.Buffer(nil, lim.line+len("\r\n")) // an initial buffer would widen the limit
	if onlyCR(br, lim.line+len("\r\n")) {
		sc.Split(linesOfCR)
	}
	number := 0
	for sc.Scan() {
		number++
		if lim.lines > 0 && number > lim.lines {
			return fmt.Errorf("%s:%d: more than %d lines: split the file", name, number, lim.lines)
		}
		text := sc.Bytes()
		if len(text) > lim.line {
			return lim.tooLong(name, number)
		}
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte(byteOrderMark))
		}
		if err := line(number, text); err != nil {
			return fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	if err := sc.Err(); errors.Is(err, bufio.ErrTooLong) {
		return lim.tooLong(name, number+1)
	} else if err != nil {
		return fmt.Errorf("%s:%d: %w", name, number+1, err)
	}
	if lr.N == 0 {
		return fmt.Errorf("%s: larger than %d bytes: is this %s?", name, lim.bytes, lim.what)
	}
	return nil
}

// onlyCR tells whether lines end in CR alone: whether there is one, and no LF, in the first n bytes, which are more
// than a line may have.
func onlyCR(r *bufio.Reader, n int) bool {
	head, _ := r.Peek(n)
	return bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0
}

// linesOfCR splits at CR.
func linesOfCR(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\r'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func (lim lineLimits) tooLong(name string, number int) error {
	return fmt.Errorf("%s:%d: a line longer than %d bytes: is this %s?", name, number, lim.line, lim.what)
}

// byteOrderMark is what some editors put before UTF-8 text.
const byteOrderMark = "\xef\xbb\xbf"

// countLines returns how many lines are not blank, at most most: for as many items room is made at once, since a slice
// that grows takes twice the memory.
func countLines(r io.Reader, most int) (int, error) {
	buf := make([]byte, 256<<10)
	lines, blank := 0, true
	for lines < most {
		n, err := r.Read(buf)
		for _, c := range buf[:n] {
			switch {
			case c == '\n', c == '\r':
				blank = true
			case blank && c != ' ' && c != '\t':
				blank = false
				lines++
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	return min(lines, most), nil
}

// countFile is countLines of a file, which it takes back to its start.
func countFile(f io.ReadSeeker, most int) (int, error) {
	n, err := countLines(f, most)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	return n, err
}

// spool reads what cannot be read twice, and of that no more than shows that it is over a limit of bytes.
func spool(r io.Reader, limit int64) (text [][]byte, err error) {
	r = io.LimitReader(r, limit+1)
	for {
		block := make([]byte, 256<<10)
		n, err := io.ReadFull(r, block)
		if n > 0 {
			text = append(text, block[:n])
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return text, nil
		default:
			return nil, err
		}
	}
}

// spooled reads what spool returned.
func spooled(text [][]byte) io.Reader {
	parts := make([]io.Reader, len(text))
	for i, block := range text {
		parts[i] = bytes.NewReader(block)
	}
	return io.MultiReader(parts...)
}
