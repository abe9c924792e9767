package extraction

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/outputs"
)

// matrixWriter writes the vectors of rows to an .npy file and their names to another.
type matrixWriter struct {
	file  *atomicfile.File
	buf   *bufio.Writer
	names *jsonFile
	bytes []byte // of one vector
}

// createMatrix starts a matrix [rows,width] of float32, in C order.
func createMatrix(dir string, rows, width int) (*matrixWriter, error) {
	f, err := atomicfile.Create(filepath.Join(dir, matrixName), false)
	if err != nil {
		return nil, err
	}
	w := &matrixWriter{file: f, buf: bufio.NewWriterSize(f, 1<<20), names: &jsonFile{path: filepath.Join(dir, namesName)}, bytes: make([]byte, 4*width)}
	_, err = w.buf.WriteString(NumPyHeader("f4", rows, width))
	if err = errors.Join(err, w.names.start()); err != nil { // the file of names is there without rows too
		return nil, errors.Join(err, w.Abort())
	}
	return w, nil
}

// NumPyHeader is that of format version 1.0 (numpy.lib.format), of a matrix of f4, i8 …, little-endian and in C order:
// the data begin at a multiple of 64 bytes.
func NumPyHeader(kind string, rows, width int) string {
	dict := fmt.Sprintf("{'descr': '<%s', 'fortran_order': False, 'shape': (%d, %d), }", kind, rows, width)
	const before = 10 // magic, version, length
	pad := 63 - (before+len(dict))%64
	dict += strings.Repeat(" ", pad) + "\n"
	return "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(dict)))) + dict
}

// namedRow is a line of namesName. Labels are null where they are not known.
type namedRow struct {
	Image   string   `json:"image"`
	Object  int      `json:"object,omitempty"`
	Path    string   `json:"path"`
	Labels  []string `json:"labels"`
	Ignored []string `json:"ignored,omitempty"`
	Splits  []string `json:"splits,omitempty"`
}

func (w *matrixWriter) Write(r outputs.Row) error {
	for i, v := range r.Descriptors[0] {
		binary.LittleEndian.PutUint32(w.bytes[4*i:], math.Float32bits(v))
	}
	if _, err := w.buf.Write(w.bytes); err != nil {
		return err
	}
	return w.names.write(namedRow{r.Image, r.Object, r.Path, r.KnownLabels(), r.Ignored, r.Splits})
}

func (w *matrixWriter) Close() error {
	if err := w.buf.Flush(); err != nil {
		return errors.Join(err, w.Abort())
	}
	return errors.Join(w.file.Commit(), w.names.close())
}

func (w *matrixWriter) Abort() error { return errors.Join(w.file.Abort(), w.names.abort()) }
