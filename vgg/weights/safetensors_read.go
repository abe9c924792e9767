package weights

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"fc7/internal/escape"
)

// The safetensors format (github.com/huggingface/safetensors, README): 8 bytes, the length N of the header, little-
// endian; N bytes of JSON, an object of name to {dtype, shape, data_offsets}; then the tensors' bytes, row-major,
// little-endian, without holes. "__metadata__" is an object of strings.

// maxSafetensorsHeader is the reference implementation's limit.
const maxSafetensorsHeader = 100_000_000

const safetensorsMetadataKey = "__metadata__"

// sniffSafetensors accepts a JSON object behind a length that a file could have; a text that happens to have a brace
// there has printable bytes in the upper half of the length.
func sniffSafetensors(s *source) bool {
	return len(s.head) >= 10 && s.head[6] == 0 && s.head[7] == 0 && s.head[8] == '{'
}

// safetensorsEntry is one tensor of a header; begin and end are bytes of the data area.
type safetensorsEntry struct {
	name       string
	dtype      Dtype
	shape      []int
	begin, end int64
}

func openSafetensors(s *source) (*contents, error) {
	length := binary.LittleEndian.Uint64(s.head)
	if length > maxSafetensorsHeader {
		return nil, fmt.Errorf("expected a header of at most %d bytes, found one that claims %d", maxSafetensorsHeader, length)
	}
	n := int64(length)
	if n > s.size-8 {
		return nil, fmt.Errorf("truncated: the header claims %d bytes, the file has %d; copy or fetch it again", n, s.size)
	}
	header := make([]byte, n)
	if _, err := s.ReadAt(header, 8); err != nil {
		return nil, err
	}
	entries, metadata, err := parseSafetensorsHeader(header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	slices.SortStableFunc(entries, func(a, b safetensorsEntry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	if err := checkSafetensorsLayout(entries, s.size-8-n); err != nil {
		return nil, err
	}
	c := &contents{metadata: metadata, tensors: make([]*Tensor, len(entries))}
	for i, e := range entries {
		c.tensors[i] = &Tensor{Name: e.name, Shape: e.shape, Dtype: e.dtype, data: s, start: 8 + n + e.begin}
	}
	return c, nil
}

// checkSafetensorsLayout wants the tensors, sorted by place, to tile the data area exactly.
func checkSafetensorsLayout(entries []safetensorsEntry, have int64) error {
	end := int64(0)
	for _, e := range entries {
		name := escape.Short(e.name)
		count, err := elements(e.shape, e.dtype.size())
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if want := int64(count) * int64(e.dtype.size()); e.end < e.begin || e.end-e.begin != want {
			return fmt.Errorf("tensor %q: expected %d bytes for %s%v, found offsets [%d, %d]", name, want, e.dtype, e.shape, e.begin, e.end)
		}
		switch {
		case e.begin < end:
			return fmt.Errorf("tensor %q: overlaps the one before it (begins at %d, the other ends at %d)", name, e.begin, end)
		case e.begin > end:
			return fmt.Errorf("tensor %q: a hole of %d bytes lies before it; the format allows none", name, e.begin-end)
		case e.end > have:
			return fmt.Errorf("truncated: tensor %q ends at byte %d of the data, the file has %d; copy or fetch it again", name, e.end, have)
		}
		end = e.end
	}
	if end != have {
		return fmt.Errorf("expected %d bytes of tensors, found %d: the rest belongs to none", end, have)
	}
	return nil
}
