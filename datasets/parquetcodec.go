package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// Pages are unpacked here and not by the Parquet library, whose codec for LZ4_RAW returns memory that nothing was
// written to (parquet-go v0.32, issue 608) or doubles its buffer without end on damaged data. What is unpacked here has
// exactly the size that its header says, which was checked, or is an error.

// unpackers are the codecs that are read, each a function that fills dst with what src unpacks to, or fails.
var unpackers = map[format.CompressionCodec]func(dst, src []byte) error{
	format.Uncompressed: unpackPlain,
	format.Snappy:       unpackSnappy,
	format.Gzip:         unpackGzip,
	format.Brotli:       unpackBrotli,
	format.Zstd:         unpackZstd,
	format.Lz4:          unpackLZ4,
	format.Lz4Raw:       unpackLZ4Raw,
}

// codecError refuses a codec that is not read.
func codecError(c format.CompressionCodec) error {
	if unpackers[c] != nil {
		return nil
	}
	return fmt.Errorf("compressed by %s, which is not read: write the table with Zstandard, Snappy, gzip, Brotli or LZ4", codecName(c))
}

// codecName is the name in the format's description, or a number.
func codecName(c format.CompressionCodec) string {
	if c < format.Uncompressed || c > format.Lz4Raw {
		return fmt.Sprintf("codec %d", int32(c))
	}
	return c.String()
}

// unpack returns the size bytes that src unpacks to.
func unpack(c format.CompressionCodec, src []byte, size int) ([]byte, error) {
	if err := codecError(c); err != nil {
		return nil, err
	}
	if c == format.Uncompressed && len(src) == size {
		return src, nil
	}
	if size == 0 && len(src) == 0 { // as writers store pages of nulls alone
		return nil, nil
	}
	dst := make([]byte, size)
	if err := unpackers[c](dst, src); err != nil {
		return nil, fmt.Errorf("unpacking %d bytes of %s: %w", len(src), codecName(c), err)
	}
	return dst, nil
}

// sizeError is what a page's header and its data disagree on.
func sizeError(found, want int) error {
	return fmt.Errorf("they unpack to %d bytes, but the page's header says %d", found, want)
}

func unpackPlain(dst, src []byte) error {
	return sizeError(len(src), len(dst))
}

func unpackSnappy(dst, src []byte) error {
	n, err := snappy.DecodedLen(src)
	if err == nil && n != len(dst) {
		err = sizeError(n, len(dst))
	}
	if err != nil {
		return err
	}
	_, err = snappy.Decode(dst, src)
	return err
}

func unpackGzip(dst, src []byte) error {
	r, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return err
	}
	return fill(dst, r)
}

func unpackBrotli(dst, src []byte) error {
	return fill(dst, brotli.NewReader(bytes.NewReader(src)))
}

// fill reads r to its end, which must come where dst does.
func fill(dst []byte, r io.Reader) error {
	n, err := io.ReadFull(r, dst)
	switch {
	case errors.Is(err, io.EOF):
		return sizeError(n, len(dst))
	case err != nil: // io.ErrUnexpectedEOF is that of ReadFull and of the codec alike
		return fmt.Errorf("after %d of %d bytes: %w", n, len(dst), err)
	}
	var more [1]byte
	if _, err := io.ReadFull(r, more[:]); err == nil {
		return fmt.Errorf("they unpack to more than the %d bytes that the page's header says", len(dst))
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// zstdDecoder writes no further than the capacity of what it is given.
var zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(maxPageBytes))
})

func unpackZstd(dst, src []byte) error {
	d, err := zstdDecoder()
	if err != nil {
		return err
	}
	out, err := d.DecodeAll(src, dst[:0:len(dst)])
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("they unpack to more than the %d bytes that the page's header says", len(dst))
	case err != nil:
		return err
	case len(out) != len(dst):
		return sizeError(len(out), len(dst))
	}
	copy(dst, out) // the same memory, unless the decoder took its own
	return nil
}

func unpackLZ4Raw(dst, src []byte) error {
	n, err := lz4.UncompressBlock(src, dst)
	switch {
	case err != nil: // the library does not tell a lack of room from damage
		return fmt.Errorf("they are damaged, or unpack to more than the %d bytes that the page's header says", len(dst))
	case n != len(dst):
		return sizeError(n, len(dst))
	}
	return nil
}

// lz4Frame begins data of the LZ4 frame format.
const lz4Frame = "\x04\x22\x4d\x18"

// unpackLZ4 reads what goes by the name LZ4, which three generations of writers understood in three ways: Hadoop's
// blocks behind their lengths (Java, arrow-rs, Arrow C++ from 2.0 on), the frame format (Arrow C++ before), a bare
// block. Which it is shows: the lengths of Hadoop's blocks add up to the page's, and a frame has its mark.
func unpackLZ4(dst, src []byte) error {
	switch {
	case isHadoopLZ4(src, len(dst)):
		return unpackHadoopLZ4(dst, src)
	case bytes.HasPrefix(src, []byte(lz4Frame)):
		return fill(dst, lz4.NewReader(bytes.NewReader(src)))
	}
	return unpackLZ4Raw(dst, src)
}

// isHadoopLZ4 walks over blocks, each behind its lengths unpacked and packed (4 bytes each, the highest first).
func isHadoopLZ4(src []byte, size int) bool {
	for len(src) >= 8 {
		unpacked, packed := int64(binary.BigEndian.Uint32(src)), int64(binary.BigEndian.Uint32(src[4:]))
		src = src[8:]
		if packed > int64(len(src)) || unpacked > int64(size) {
			return false
		}
		src, size = src[packed:], size-int(unpacked)
	}
	return len(src) == 0 && size == 0
}

func unpackHadoopLZ4(dst, src []byte) error {
	for len(src) > 0 {
		unpacked, packed := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
		if err := unpackLZ4Raw(dst[:unpacked], src[8:8+packed]); err != nil {
			return err
		}
		dst, src = dst[unpacked:], src[8+packed:]
	}
	return nil
}
