package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// A .npy file (numpy.lib.format) is a signature, a version, the length of a header, the header (a dictionary in
// Python's notation) and the elements, or a pickle where the elements are objects.

const numpySignature = "\x93NUMPY"

// maxNumpyHeader bounds the header's text; that of an array of numbers has about 100 bytes.
const maxNumpyHeader = 1 << 16

// numpyHeader is what the header says, and how many bytes it takes with all before it.
type numpyHeader struct {
	descr   string
	fortran bool
	shape   []int
	bytes   int64
}

// readAtter is positioned reading that fills its buffer or fails.
type readAtter interface {
	ReadAt(p []byte, off int64) (int, error)
}

// readNumpyHeader reads the header at off of a file or member that ends at end.
func readNumpyHeader(r readAtter, off, end int64) (*numpyHeader, error) {
	const longPreamble = 12
	pre := make([]byte, min(longPreamble, max(end-off, 0)))
	if _, err := r.ReadAt(pre, off); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(pre, []byte(numpySignature)) || len(pre) < longPreamble {
		return nil, fmt.Errorf("truncated: expected the header of an array, found % x", pre)
	}
	var n, from int64
	switch major := pre[6]; major {
	case 1:
		n, from = int64(binary.LittleEndian.Uint16(pre[8:])), 10
	case 2, 3:
		n, from = int64(binary.LittleEndian.Uint32(pre[8:])), longPreamble
	default:
		return nil, fmt.Errorf("expected version 1, 2 or 3 of the format, found %d", major)
	}
	if n > maxNumpyHeader {
		return nil, fmt.Errorf("expected a header of at most %d bytes, found %d", maxNumpyHeader, n)
	}
	if n > end-off-from {
		return nil, fmt.Errorf("truncated: expected a header of %d bytes, found %d; fetch the file again", n, end-off-from)
	}
	text := make([]byte, n)
	if _, err := r.ReadAt(text, off+from); err != nil {
		return nil, err
	}
	h, err := parseNumpyHeader(string(text))
	if err != nil {
		return nil, err
	}
	h.bytes = from + n
	return h, nil
}

// The pairs of the header's dictionary, in any order.
var (
	numpyDescr   = regexp.MustCompile(`^'descr'\s*:\s*'([^']*)'`)
	numpyFields  = regexp.MustCompile(`^'descr'\s*:\s*\[`)
	numpyFortran = regexp.MustCompile(`^'fortran_order'\s*:\s*(True|False)`)
	numpyShape   = regexp.MustCompile(`^'shape'\s*:\s*\(([0-9L,\s]*)\)`)
)

func parseNumpyHeader(text string) (*numpyHeader, error) {
	h := &numpyHeader{}
	rest := strings.TrimSpace(text)
	if !strings.HasPrefix(rest, "{") || !strings.HasSuffix(rest, "}") {
		return nil, fmt.Errorf("expected a dictionary, found %q", escape.Short(text))
	}
	rest = strings.TrimSpace(rest[1 : len(rest)-1])
	var seen [3]bool
	for rest != "" {
		var m []string
		var err error
		switch {
		case numpyFields.MatchString(rest):
			return nil, errors.New("expected an array of numbers, found one of records")
		case take(numpyDescr, rest, &m):
			h.descr, seen[0] = m[1], true
		case take(numpyFortran, rest, &m):
			h.fortran, seen[1] = m[1] == "True", true
		case take(numpyShape, rest, &m):
			h.shape, err = parseNumpyShape(m[1])
			seen[2] = true
		default:
			err = fmt.Errorf("expected descr, fortran_order and shape, found %q", escape.Short(rest))
		}
		if err != nil {
			return nil, err
		}
		rest = strings.TrimSpace(rest[len(m[0]):])
		if rest != "" && rest[0] != ',' {
			return nil, fmt.Errorf("expected a comma, found %q", escape.Short(rest))
		}
		rest = strings.TrimSpace(strings.TrimPrefix(rest, ","))
	}
	if seen != [3]bool{true, true, true} {
		return nil, fmt.Errorf("expected descr, fortran_order and shape, found %q", escape.Short(text))
	}
	return h, nil
}

func take(pattern *regexp.Regexp, text string, match *[]string) bool {
	*match = pattern.FindStringSubmatch(text)
	return *match != nil
}

// parseNumpyShape reads "3, 4", "3," or "3L, 4L", as Python 2 wrote it.
func parseNumpyShape(text string) ([]int, error) {
	shape := []int{}
	text = strings.TrimSuffix(strings.TrimSpace(text), ",")
	if text == "" {
		return shape, nil
	}
	parts := strings.Split(text, ",")
	if len(parts) > maxRank {
		return nil, fmt.Errorf("expected at most %d axes, found %d", maxRank, len(parts))
	}
	for _, part := range parts {
		d, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(part), "L"))
		if err != nil {
			return nil, fmt.Errorf("expected a size, found %q", escape.Short(part))
		}
		shape = append(shape, d)
	}
	return shape, nil
}
