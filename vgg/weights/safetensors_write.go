package weights

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"fc7/internal/atomicfile"
)

// Source is a tensor to be written. ReadAt fills dst with the elements [off, off+len(dst)) in row-major order; it is
// called with rising, adjoining ranges of at most 4 Mi elements, so a tensor need not be held whole.
type Source struct {
	Name   string
	Shape  []int
	ReadAt func(dst []float32, off int) error
}

// Source returns the tensor as one to be written, under its own name.
func (t *Tensor) Source() Source {
	return Source{Name: t.Name, Shape: t.Shape, ReadAt: t.ReadFloat32At}
}

// SliceSource returns elements in memory, in row-major order, as a tensor to be written. data stays the caller's and
// must not change until it is written.
func SliceSource(name string, shape []int, data []float32) Source {
	return Source{Name: name, Shape: shape, ReadAt: func(dst []float32, off int) error {
		if off < 0 || off > len(data) || len(dst) > len(data)-off {
			return fmt.Errorf("tensor %q: expected %v elements, found %d", name, shape, len(data))
		}
		copy(dst, data[off:])
		return nil
	}}
}

// Until is the tensor with an end: once the context is cancelled, reading it, and so writing it, fails with the
// context's error.
func (s Source) Until(ctx context.Context) Source {
	read := s.ReadAt
	s.ReadAt = func(dst []float32, off int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return read(dst, off)
	}
	return s
}

// Read fills dst with the first elements of the tensor, in ranges as ReadAt wants them.
func (s Source) Read(dst []float32) error {
	for off := 0; off < len(dst); off += pieceElements {
		if err := s.ReadAt(dst[off:min(len(dst), off+pieceElements)], off); err != nil {
			return fmt.Errorf("reading %s: %w", s.Name, err)
		}
	}
	return nil
}

// Values reads the whole tensor.
func (s Source) Values() ([]float32, error) {
	values := make([]float32, s.size())
	return values, s.Read(values)
}

// size is how many elements the tensor has.
func (s Source) size() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// SafetensorsOptions are the choices of WriteSafetensors.
type SafetensorsOptions struct {
	// Dtype is what the tensors are stored as: F32 (the zero value), F16, BF16 or F64.
	Dtype Dtype
	// Metadata is written to the header, sorted by key.
	Metadata map[string]string
	// Overwrite allows path to exist; it is then replaced at once, when the new file is complete.
	Overwrite bool
}

// WriteSafetensors writes the tensors, in their order, to a safetensors file. The bytes depend on the arguments alone.
// The file appears under its name when it is complete and on the disk; on an error nothing is left behind. A finite
// value too large for o.Dtype is an error.
func WriteSafetensors(path string, tensors []Source, o SafetensorsOptions) error {
	header, err := safetensorsHeader(tensors, o)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, o.Overwrite, func(w io.Writer) error {
		if _, err := w.Write(header); err != nil {
			return err
		}
		values := make([]float32, min(largest(tensors), pieceElements))
		for _, t := range tensors {
			if err := writeTensor(w, t, o.Dtype, values); err != nil {
				return fmt.Errorf("tensor %q: %w", t.Name, err)
			}
		}
		return nil
	})
}

// pieceElements is how many elements are asked for at a time. 16 MiB of them are little memory, and so many that also a
// transposed matrix can be read in reasonable time.
const pieceElements = 1 << 22

// largest returns the most elements that a tensor has.
func largest(tensors []Source) int {
	most := 0
	for _, t := range tensors {
		most = max(most, t.size())
	}
	return most
}

// writeTensor streams one tensor through values, the buffer of a piece.
func writeTensor(w io.Writer, t Source, d Dtype, values []float32) error {
	total, err := elements(t.Shape, d.size())
	if err != nil {
		return err
	}
	for off := 0; off < total; {
		piece := values[:min(len(values), total-off)]
		if err := t.ReadAt(piece, off); err != nil {
			return err
		}
		if bad, err := writeElements(w, piece, d); err != nil {
			if bad >= 0 {
				err = fmt.Errorf("element %v: %w", position(t.Shape, off+bad), err)
			}
			return err
		}
		off += len(piece)
	}
	return nil
}

// writeElements converts and writes a piece, chunk by chunk; bad is the element that does not fit, else -1.
func writeElements(w io.Writer, piece []float32, d Dtype) (bad int, err error) {
	buf := byteBuffers.Get().(*[]byte)
	defer byteBuffers.Put(buf)
	for off := 0; off < len(piece); off += chunkElements {
		chunk := piece[off:min(off+chunkElements, len(piece))]
		out := (*buf)[:len(chunk)*d.size()]
		if bad, err := encode(out, chunk, d); err != nil {
			return off + bad, err
		}
		if _, err := w.Write(out); err != nil {
			return -1, err
		}
	}
	return -1, nil
}

// safetensorsHeader makes the length and the JSON, padded with spaces so that the data begin at a multiple of 8.
func safetensorsHeader(tensors []Source, o SafetensorsOptions) ([]byte, error) {
	if !o.Dtype.Float() {
		return nil, fmt.Errorf("expected float32, float16, bfloat16 or float64 to store, found %s", o.Dtype)
	}
	var b bytes.Buffer
	b.Write(make([]byte, 8))
	b.WriteByte('{')
	if len(o.Metadata) > 0 {
		if err := addMetadata(&b, o.Metadata); err != nil {
			return nil, err
		}
	}
	if err := addEntries(&b, tensors, o.Dtype); err != nil {
		return nil, err
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	if b.Len()-8 > maxSafetensorsHeader {
		return nil, fmt.Errorf("the header would take %d bytes; the format allows %d", b.Len()-8, maxSafetensorsHeader)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()-8))
	return b.Bytes(), nil
}

// addEntries lays the tensors out one behind the other.
func addEntries(b *bytes.Buffer, tensors []Source, d Dtype) error {
	seen := make(map[string]bool, len(tensors))
	end := int64(0)
	for _, t := range tensors {
		if err := checkName(t.Name, seen); err != nil {
			return err
		}
		n, err := elements(t.Shape, d.size())
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		begin := end
		if end += int64(n * d.size()); end < begin {
			return fmt.Errorf("tensor %q: the file would grow beyond 2^63 bytes", t.Name)
		}
		if !bytes.HasSuffix(b.Bytes(), []byte("{")) {
			b.WriteByte(',')
		}
		if err := addEntry(b, t, d, begin, end); err != nil {
			return err
		}
	}
	return nil
}

func checkName(name string, seen map[string]bool) error {
	if name == "" || name == safetensorsMetadataKey || !utf8.ValidString(name) {
		return fmt.Errorf("%q cannot be the name of a tensor", name)
	}
	if seen[name] {
		return fmt.Errorf("two tensors are named %q", name)
	}
	seen[name] = true
	return nil
}

func addMetadata(b *bytes.Buffer, metadata map[string]string) error {
	for key, value := range metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return fmt.Errorf("metadata %q: expected UTF-8, found %q", key, value)
		}
	}
	text, err := json.Marshal(metadata) // sorts the keys
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "%q:%s", safetensorsMetadataKey, text)
	return nil
}

func addEntry(b *bytes.Buffer, t Source, d Dtype, begin, end int64) error {
	name, err := json.Marshal(t.Name)
	if err != nil {
		return err
	}
	shape := t.Shape
	if shape == nil {
		shape = []int{}
	}
	entry, err := json.Marshal(struct {
		Dtype   string   `json:"dtype"`
		Shape   []int    `json:"shape"`
		Offsets [2]int64 `json:"data_offsets"`
	}{dtypes[d].safetensors, shape, [2]int64{begin, end}})
	if err != nil {
		return err
	}
	b.Write(name)
	b.WriteByte(':')
	b.Write(entry)
	return nil
}
