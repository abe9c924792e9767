package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"

	"fc7/internal/escape"
	"fc7/internal/zipdir"
)

const zipSignature = "PK\x03\x04"

// maxZipDirectory bounds the archive's directory; that of a VGG's checkpoint takes 10 KB.
const maxZipDirectory = 16 << 20

func openZip(s *source) (*zip.Reader, error) { return zipdir.Open(s, s.size, maxZipDirectory) }

// sniffZip looks for a member whose name is one of those wanted: first in the archive's beginning, where it lies also
// in a truncated file, then in its directory.
func sniffZip(s *source, wanted func(name string) bool) bool {
	if !bytes.HasPrefix(s.head, []byte(zipSignature)) {
		return false
	}
	if wanted(firstZipName(s.head)) {
		return true
	}
	archive, err := openZip(s)
	if err != nil {
		return false
	}
	for _, f := range archive.File {
		if wanted(f.Name) {
			return true
		}
	}
	return false
}

// firstZipName returns the name in the local header that a zip archive begins with.
func firstZipName(head []byte) string {
	const lengthAt, nameAt = 26, 30
	if len(head) < nameAt {
		return ""
	}
	n := int(binary.LittleEndian.Uint16(head[lengthAt:]))
	return string(head[nameAt:min(nameAt+n, len(head))])
}

// stored finds where the bytes of an entry that is not compressed lie in the file; as is who writes it so, and what to
// do otherwise.
func stored(s *source, f *zip.File, as string) (off, n int64, err error) {
	size := f.UncompressedSize64
	if f.Method != zip.Store || f.CompressedSize64 != size || f.Flags&1 != 0 {
		return 0, 0, fmt.Errorf("%q: expected an entry that is neither compressed nor encrypted, %s", escape.Short(f.Name), as)
	}
	off, err = f.DataOffset()
	if err != nil {
		return 0, 0, fmt.Errorf("%q: %w", escape.Short(f.Name), err)
	}
	if off > s.size || size > uint64(s.size-off) {
		return 0, 0, fmt.Errorf("truncated: %q has %d bytes from %d on, the file %d", escape.Short(f.Name), size, off, s.size)
	}
	return off, int64(size), nil
}
