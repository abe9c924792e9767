package weights

import (
	"archive/zip"
	"errors"
	"fmt"
	"strings"

	"fc7/internal/escape"
)

// A .npz file is a zip archive of .npy files, stored as they are (np.savez) or deflated (np.savez_compressed).

const numpySuffix = ".npy"

// maxNpzArrays bounds the members; a VGG-19 has 38.
const maxNpzArrays = 1 << 16

func sniffNpz(s *source) bool { return sniffZip(s, isNumpyMember) }

func isNumpyMember(name string) bool { return strings.HasSuffix(name, numpySuffix) }

func openNpz(s *source) (*contents, error) {
	archive, err := openZip(s)
	if err != nil {
		return nil, err
	}
	if len(archive.File) > maxNpzArrays {
		return nil, fmt.Errorf("expected at most %d arrays, found %d", maxNpzArrays, len(archive.File))
	}
	c := &contents{}
	for _, f := range archive.File {
		name, isArray := strings.CutSuffix(f.Name, numpySuffix)
		if !isArray {
			continue
		}
		tensors, err := openNpzMember(s, f, name)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", escape.Short(f.Name), err)
		}
		c.tensors = append(c.tensors, tensors...)
	}
	return c, nil
}

func openNpzMember(s *source, f *zip.File, name string) ([]*Tensor, error) {
	if f.Flags&1 != 0 || f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, errors.New("expected a member that is stored or deflated, found another compression or an encrypted one; " +
			"save the arrays again with np.savez")
	}
	off, err := f.DataOffset()
	if err != nil {
		return nil, err
	}
	packed, size := f.CompressedSize64, f.UncompressedSize64
	if off > s.size || packed > uint64(s.size-off) {
		return nil, fmt.Errorf("truncated: %d bytes from %d on, the file has %d; fetch it again", packed, off, s.size)
	}
	if f.Method == zip.Deflate {
		return openDeflated(s, f, off, name)
	}
	if packed != size {
		return nil, fmt.Errorf("expected a stored member of one size, found %d and %d bytes", packed, size)
	}
	return readNumpy(s, off, off+int64(size), name, name)
}

// openDeflated reads the header of a deflated array. Its elements are inflated each time they are read.
func openDeflated(s *source, f *zip.File, off int64, name string) ([]*Tensor, error) {
	packed, size := f.CompressedSize64, f.UncompressedSize64
	if size/maxDeflateRatio > packed {
		return nil, fmt.Errorf("expected at most %d bytes out of %d deflated ones, found %d", maxDeflateRatio*(packed+1), packed, size)
	}
	in := &inflater{src: s, off: off, packed: int64(packed), size: int64(size), sum: f.CRC32}
	h, err := readNumpyHeader(in, 0, in.size)
	in.rewind() // nothing is kept of what was inflated for the header
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if h.descr == "|O" || h.descr == "O" {
		return nil, errors.New("expected an array of numbers, found deflated Python objects; save them again with np.savez")
	}
	a := &numpyArray{descr: h.descr, fortran: h.fortran, shape: h.shape, data: in, start: h.bytes, n: in.size - h.bytes}
	t, err := a.tensor(name)
	if err != nil {
		return nil, err
	}
	// Column-major order is read in steps over the whole array, so it is inflated as a whole.
	if in.whole = t.strides != nil; in.whole && in.size > maxInflated {
		return nil, fmt.Errorf("expected at most %d bytes of a deflated array in Fortran order, found %d; save it again with np.savez",
			maxInflated, in.size)
	}
	return []*Tensor{t}, nil
}
