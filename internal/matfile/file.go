package matfile

import (
	"bytes"
	"fmt"
	"io"

	"fc7/internal/hdf5"
)

// headerBytes is the text and the version that every .mat file since MATLAB 5 begins with; in version 7.3 they are in
// the user block before the HDF5 data.
const headerBytes = 128

const (
	version5  = 0x0100
	version73 = 0x0200
)

// MaxVariable is as long as a variable of version 5 can be: its length is a number of 32 bits.
const MaxVariable = 1 << 32

// Version tells which .mat file begins with head: "5", "7.3", or "" for none.
func Version(head []byte) string {
	if len(head) < headerBytes {
		return ""
	}
	little := head[126] == 'I' && head[127] == 'M'
	if !little && (head[126] != 'M' || head[127] != 'I') {
		return ""
	}
	version := int(head[125])<<8 | int(head[124])
	if !little {
		version = int(head[124])<<8 | int(head[125])
	}
	switch {
	case version == version5:
		return "5"
	case version == version73 || bytes.HasPrefix(head, []byte("MATLAB 7.3 MAT-file")):
		return "7.3"
	}
	return ""
}

// Open reads the variables of the size bytes of r, whose reads fill their buffers or fail. Of version 5 all headers are
// read, which inflates compressed variables once, each of at most the given bytes; of version 7.3 those that are asked
// for.
func Open(r io.ReaderAt, size, most int64) ([]Variable, error) {
	head := make([]byte, min(size, headerBytes))
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, err
	}
	switch Version(head) {
	case "5":
		return openLevel5(r, size, most, head[126] == 'M')
	case "7.3":
		f, err := hdf5.Open(r, size)
		if err != nil {
			return nil, err
		}
		return openLevel73(f)
	}
	return nil, fmt.Errorf("expected the header of a MATLAB file of version 5 or 7.3, found % x", head[:min(len(head), 16)])
}
