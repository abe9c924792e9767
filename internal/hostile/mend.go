package hostile

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// sums finds what an error says of a checksum: what the file states, and what its bytes give.
var sums = regexp.MustCompile(`expected [^:]*?\b([0-9a-f]{8})\b.* found ([0-9a-f]{8})\b`)

// MendSums puts a checksum of 32 bits right, stored little-endian, that an error states in hex as expected and found.
func MendSums(file []byte, err error) bool {
	text := err.Error()
	if !strings.Contains(text, " found ") {
		return false // sooner than the expression
	}
	m := sums.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	stated, err1 := strconv.ParseUint(m[1], 16, 32)
	found, err2 := strconv.ParseUint(m[2], 16, 32)
	if err1 != nil || err2 != nil {
		return false
	}
	at := bytes.Index(file, binary.LittleEndian.AppendUint32(nil, uint32(stated)))
	if at < 0 || stated == found {
		return false
	}
	binary.LittleEndian.PutUint32(file[at:], uint32(found))
	return true
}

// inflaters are kept: one takes longer to make than a small file to inflate.
var inflaters = sync.Pool{New: func() any { return &inflater{stream: flate.NewReader(nil), part: make([]byte, 4096)} }}

type inflater struct {
	stream io.ReadCloser
	part   []byte
}

// inflated is the CRC and the size of what a deflated stream holds, as far as it can be read.
func inflated(r io.Reader) (crc uint32, size int) {
	z := inflaters.Get().(*inflater)
	defer inflaters.Put(z)
	if z.stream.(flate.Resetter).Reset(r, nil) != nil {
		return 0, 0
	}
	return z.sum(z.stream)
}

// sum is the CRC and the size of a stream, as far as it can be read.
func (z *inflater) sum(r io.Reader) (crc uint32, size int) {
	for size < most {
		n, err := r.Read(z.part)
		crc, size = crc32.Update(crc, crc32.IEEETable, z.part[:n]), size+n
		if err != nil {
			break
		}
	}
	return crc, size
}

// MendGzip states the CRC and the size of what a gzip file of one member with a plain header holds.
func MendGzip(_, after []byte) []byte {
	if len(after) < 18 || after[0] != 0x1f || after[1] != 0x8b || after[3] != 0 {
		return after
	}
	crc, size := inflated(bytes.NewReader(after[10 : len(after)-8]))
	binary.LittleEndian.PutUint32(after[len(after)-8:], crc)
	binary.LittleEndian.PutUint32(after[len(after)-4:], uint32(size))
	return after
}

// mendZlib states the Adler-32 of what a zlib stream holds, at its end.
func mendZlib(stream []byte) {
	if len(stream) < 6 {
		return
	}
	z, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return
	}
	b, _ := io.ReadAll(io.LimitReader(z, most))
	binary.BigEndian.PutUint32(stream[len(stream)-4:], adler32.Checksum(b))
}

// MendPNG states the CRCs of a PNG's chunks, and the Adler-32 of image data in one chunk.
func MendPNG(_, after []byte) []byte {
	for at := 8; at+12 <= len(after); {
		n := int64(binary.BigEndian.Uint32(after[at:]))
		if n > int64(len(after)-at-12) {
			n = int64(len(after) - at - 12)
		}
		end := at + 8 + int(n)
		if string(after[at+4:at+8]) == "IDAT" {
			mendZlib(after[at+8 : end])
		}
		binary.BigEndian.PutUint32(after[end:], crc32.ChecksumIEEE(after[at+4:end]))
		at = end + 4
	}
	return after
}

// MendZip states the CRCs of what the members of a zip file hold, in its directory.
func MendZip(_, after []byte) []byte {
	z, err := zip.NewReader(bytes.NewReader(after), int64(len(after)))
	if err != nil {
		return after
	}
	stored := inflaters.Get().(*inflater)
	defer inflaters.Put(stored)
	at := 0
	for _, m := range z.File {
		raw, err := m.OpenRaw()
		if err != nil {
			continue
		}
		var crc uint32
		if m.Method == zip.Deflate {
			crc, _ = inflated(raw)
		} else {
			crc, _ = stored.sum(raw)
		}
		entry := bytes.Index(after[at:], []byte("PK\x01\x02"))
		if entry < 0 || at+entry+46 > len(after) {
			return after
		}
		binary.LittleEndian.PutUint32(after[at+entry+16:], crc)
		at += entry + 46
	}
	return after
}

// MendParquet states the length of a Parquet file's footer, where edits changed it.
func MendParquet(before, after []byte) []byte {
	const tail = 8
	if len(before) < tail+4 || len(after) < tail+4 || !bytes.Equal(before[len(before)-tail:], after[len(after)-tail:]) {
		return after
	}
	n := int64(binary.LittleEndian.Uint32(before[len(before)-tail:]))
	start := int64(len(before)) - tail - n
	if start < 4 || start >= int64(len(after))-tail {
		return after
	}
	head := before[start:min(start+3, int64(len(before)))]
	if was := int64(len(after)) - tail - n; was >= 0 && bytes.HasPrefix(after[was:], head) {
		return after // the change was before the footer
	}
	binary.LittleEndian.PutUint32(after[len(after)-tail:], uint32(int64(len(after))-tail-start))
	return after
}

// EditParquetFooter makes an edit function for Parquet files that changes the footer alone, so that edits get behind
// the magic numbers and the lengths. A file without a footer stays as it is.
func EditParquetFooter(words []string) func(file, edits []byte) []byte {
	return func(file, edits []byte) []byte {
		const tail = 8
		if len(file) < tail+4 {
			return file
		}
		end := len(file) - tail
		n := int64(binary.LittleEndian.Uint32(file[end:]))
		if n > int64(end-4) {
			return file
		}
		start := end - int(n)
		footer := edited(file[start:end], edits, words)
		out := append(bytes.Clone(file[:start]), footer...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(footer)))
		return append(out, "PAR1"...)
	}
}

// MendTar states the sums of a tar file's headers.
func MendTar(_, after []byte) []byte {
	const block, magic, sum = 512, 257, 148
	for at := 0; at+block <= len(after); at += block {
		h := after[at : at+block]
		if !bytes.HasPrefix(h[magic:], []byte("ustar")) {
			continue
		}
		all := 8 * int(' ')
		for i, c := range h {
			if i < sum || i >= sum+8 {
				all += int(c)
			}
		}
		copy(h[sum:], fmt.Sprintf("%06o\x00 ", all))
	}
	return after
}
