package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/parquetguard"
)

// forgedPage is a page whose header says what it likes.
type forgedPage struct {
	header format.PageHeader
	body   []byte
}

func dataPage(values int, e format.Encoding, body []byte) forgedPage {
	return forgedPage{format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
		NumValues: int32(values), Encoding: e, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	})}, body}
}

func dictionaryPage(values int, body []byte) forgedPage {
	return forgedPage{format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(values)})}, body}
}

// unpackingTo says what the page unpacks to.
func (p forgedPage) unpackingTo(n int) forgedPage {
	p.header.UncompressedPageSize = int32(n)
	return p
}

// forged is a table of which one column, by its place among the leaves, is made of other pages.
func forged(t *testing.T, path string, column int, codec format.CompressionCodec, total int64, pages ...forgedPage) string {
	t.Helper()
	return rewritten(t, path, func(table *parquetTable, body []byte) []byte {
		m := &table.meta.RowGroups[0].Columns[column].MetaData
		start := len(body)
		m.Codec, m.DataPageOffset, m.DictionaryPageOffset, m.TotalUncompressedSize = codec, int64(start), 0, total
		for _, p := range pages {
			if p.header.Type == format.DictionaryPage {
				m.DictionaryPageOffset = int64(len(body))
			}
			p.header.CompressedPageSize = int32(len(p.body))
			if p.header.UncompressedPageSize == 0 {
				p.header.UncompressedPageSize = int32(len(p.body))
			}
			head, err := thrift.Marshal(new(thrift.CompactProtocol), &p.header)
			if err != nil {
				t.Fatal(err)
			}
			body = append(append(body, head...), p.body...)
			if p.header.Type == format.DictionaryPage {
				m.DataPageOffset = int64(len(body))
			}
		}
		m.TotalCompressedSize = int64(len(body) - start)
		return body
	})
}

// behind puts bytes behind their length.
func behind(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// runs are n runs of count times the value 1, of a byte each.
func runsOfOnes(n, count int) []byte {
	return bytes.Repeat(append(binary.AppendUvarint(nil, uint64(count)<<1), 1), n)
}

// sameDeltas are n numbers that are all v, in DELTA_BINARY_PACKED: a few bytes for each 65,536 of them.
func sameDeltas(n int, v int64) []byte {
	b := binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(nil, 1<<16), 4), uint64(n))
	b = binary.AppendVarint(b, v)
	for left := n - 1; left > 0; left -= 1 << 16 {
		b = append(b, 0, 0, 0, 0, 0)
	}
	return b
}

func packedBy(t *testing.T, codec format.CompressionCodec, n int) []byte {
	t.Helper()
	if codec == format.Snappy {
		return snappy.Encode(nil, make([]byte, n))
	}
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if codec == format.Zstd {
		w, _ = zstd.NewWriter(&b)
	}
	zeros := make([]byte, 1<<20)
	for ; n > 0; n -= len(zeros) {
		if _, err := w.Write(zeros[:min(n, len(zeros))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// openAll opens a table by its labels of a column and all images, and returns the errors.
func openAll(path, labels string) error {
	s, err := open("parquet:"+path, Options{LabelColumn: labels})
	if err != nil {
		return err
	}
	for _, it := range s.Items {
		r, err := it.At.Open()
		if err != nil {
			return err
		}
		r.Close()
	}
	return nil
}

// A table that says, in any of the ways that there are, that a few bytes are gigabytes costs no more memory than its
// size, and the error names the file, the column and the page.
func TestParquetBombs(t *testing.T) {
	const rows = 12
	image, name, list := filepath.Join(t.TempDir(), "image.parquet"), filepath.Join(t.TempDir(), "name.parquet"), filepath.Join(t.TempDir(), "list.parquet")
	writeTable(t, image, hubRows(0, rows, false), rows, parquet.Compression(&parquet.Uncompressed))
	type named struct {
		Image []byte `parquet:"image"`
		Label string `parquet:"label"`
	}
	type listed struct {
		Image []byte  `parquet:"image"`
		Label []int32 `parquet:"label,list"`
	}
	var names []named
	var lists []listed
	for i := range rows {
		names, lists = append(names, named{imageBytes(i), "x"}), append(lists, listed{imageBytes(i), []int32{1}})
	}
	plain := []parquet.WriterOption{parquet.Compression(&parquet.Uncompressed), parquet.KeyValueMetadata("huggingface", "{}")}
	writeTable(t, name, names, rows, plain...)
	writeTable(t, list, lists, rows, plain...)

	const huge = math.MaxInt32
	levels := behind(runsOfOnes(1, rows))
	strings12 := bytes.Repeat(behind([]byte("x")), rows)
	for what, c := range map[string]struct {
		base   string
		column int
		codec  format.CompressionCodec
		total  int64
		pages  []forgedPage
		want   string
	}{
		"header above the footer":   {image, 0, format.Zstd, 1000, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Zstd, 1<<20)).unpackingTo(1 << 20)}, "the footer says"},
		"zstd":                      {image, 0, format.Zstd, huge, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Zstd, 300<<20)).unpackingTo(300 << 20)}, "bytes unpack to 314572800, want at most"},
		"gzip":                      {image, 0, format.Gzip, huge, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Gzip, 300<<20)).unpackingTo(300 << 20)}, "bytes unpack to 314572800, want at most"},
		"snappy":                    {image, 0, format.Snappy, huge, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Snappy, 300<<20)).unpackingTo(300 << 20)}, "bytes unpack to 314572800, want at most"},
		"zstd behind its header":    {image, 0, format.Zstd, huge, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Zstd, 300<<20)).unpackingTo(1000)}, "more than the 1000 bytes"},
		"gzip behind its header":    {image, 0, format.Gzip, huge, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Gzip, 300<<20)).unpackingTo(1000)}, "more than the 1000 bytes"},
		"zstd says more":            {image, 0, format.Zstd, huge, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Zstd, 1000)).unpackingTo(1 << 30)}, "unpack to 1073741824"},
		"values":                    {image, 0, 0, 0, []forgedPage{dataPage(huge, format.Plain, slices.Concat(levels, strings12))}, "it says that it has 2147483647 values, want at most 12"},
		"values in lists":           {list, 1, 0, 0, []forgedPage{dataPage(huge, format.Plain, slices.Concat(levels, levels, make([]byte, 48)))}, "it says that it has 2147483647 values"},
		"levels":                    {image, 0, 0, 0, []forgedPage{dataPage(rows, format.Plain, slices.Concat(behind(runsOfOnes(500, 1<<29)), strings12))}, "its definition levels: more values"},
		"repetition levels":         {list, 1, 0, 0, []forgedPage{dataPage(rows, format.Plain, slices.Concat(behind(runsOfOnes(500, 1<<29)), levels, make([]byte, 48)))}, "its repetition levels: more values"},
		"strings of nothing":        {image, 0, format.Zstd, huge, []forgedPage{dataPage(rows, format.Plain, packedBy(t, format.Zstd, 4<<20)).unpackingTo(4 << 20)}, "its values in PLAIN: more values"},
		"front coding":              {name, 1, 0, 0, []forgedPage{dataPage(rows, format.DeltaByteArray, slices.Concat(sameDeltas(rows, 1<<30), sameDeltas(rows, 1<<30)))}, "its values have more than"},
		"numbers of lengths":        {name, 1, 0, 0, []forgedPage{dataPage(rows, format.DeltaLengthByteArray, sameDeltas(huge, 0))}, "2147483647 numbers, want 12"},
		"numbers of differences":    {list, 1, 0, 0, []forgedPage{dataPage(rows, format.DeltaBinaryPacked, slices.Concat(levels, levels, sameDeltas(huge, 0)))}, "2147483647 numbers, want 12"},
		"values of a dictionary":    {name, 1, 0, 0, []forgedPage{dictionaryPage(huge, strings12), dataPage(rows, format.RLEDictionary, append([]byte{1}, runsOfOnes(1, rows)...))}, "a dictionary of 2147483647 values"},
		"places in a dictionary":    {name, 1, 0, 0, []forgedPage{dictionaryPage(rows, strings12), dataPage(rows, format.RLEDictionary, append([]byte{1}, runsOfOnes(100, 1<<29)...))}, "its values in RLE_DICTIONARY: more values"},
		"a dictionary in each page": {name, 1, format.Zstd, huge, []forgedPage{dictionaryPage(1, packedBy(t, format.Zstd, 200<<20)).unpackingTo(200 << 20), dataPage(rows, format.RLEDictionary, append([]byte{1}, runsOfOnes(1, rows)...))}, "the column unpacks to more than"},
	} {
		t.Run(what, func(t *testing.T) {
			path := forged(t, c.base, c.column, c.codec, c.total, c.pages...)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			n := allocated(func() { err = openAll(path, "label") })
			wantError(t, err, path, "column ", "page at byte ", c.want)
			if most := uint64(16<<20 + 8*info.Size()); n > most {
				t.Errorf("%d MB allocated for a table of %d kB", n>>20, info.Size()>>10)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("refused after %v", took)
			}
		})
	}
}

// A table that is padded and claims a row for each byte of it costs no memory for them: the pages are counted before
// anything is made for a row, and what pages may claim is bounded by the size.
func TestParquetClaimedRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 12, true), 12)
	for _, c := range []struct {
		rows  int64
		pages bool // claim them too
		words []string
		most  uint64
	}{
		{900_000, false, []string{"column image.bytes", "row group 1", "its pages hold 12 rows, but its metadata say 900000"}, 4 << 20},
		{2_000_000, false, []string{"2000000 rows", "want at most 11"}, 4 << 20},
		{2_000_000, true, []string{"2000000 rows", "want at most 11"}, 4 << 20},
		{900_000, true, []string{"column image.", "page at byte", "levels"}, 400 << 20},
	} {
		padded := rewritten(t, path, func(table *parquetTable, body []byte) []byte {
			table.meta.NumRows, table.meta.RowGroups[0].NumRows = c.rows, c.rows
			for i := range table.meta.RowGroups[0].Columns {
				m := &table.meta.RowGroups[0].Columns[i].MetaData
				if m.NumValues = c.rows; !c.pages {
					continue
				}
				page := dataPage(int(c.rows), format.Plain, nil)
				head, err := thrift.Marshal(new(thrift.CompactProtocol), &page.header)
				if err != nil {
					t.Fatal(err)
				}
				m.DataPageOffset, m.DictionaryPageOffset, m.TotalCompressedSize = int64(len(body)), 0, int64(len(head))
				body = append(body, head...)
			}
			return append(body, make([]byte, c.rows)...)
		})
		var err error
		n := allocated(func() { _, err = Open(t.Context(), "parquet:"+padded, Options{}) })
		wantError(t, err, append(c.words, padded)...)
		if n > c.most {
			t.Errorf("%d rows claimed, by pages too %v: %d MB allocated, want at most %d", c.rows, c.pages, n>>20, c.most>>20)
		}
	}
}

// Row groups that share their pages are more pages than a file has room for.
func TestParquetSharedPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 200, false), 1, parquet.PageBufferSize(100))
	shared := rewritten(t, path, func(table *parquetTable, body []byte) []byte {
		first := table.meta.RowGroups[0].Columns[0].MetaData
		one := slices.Clone(body[first.DataPageOffset:][:first.TotalCompressedSize])
		start := int64(len(body))
		empty := dataPage(0, format.Plain, nil).header
		for range 20_000 { // pages of no values
			head, err := thrift.Marshal(new(thrift.CompactProtocol), &empty)
			if err != nil {
				t.Fatal(err)
			}
			body = append(body, head...)
		}
		body = append(body, one...)
		for g := range table.meta.RowGroups {
			m := &table.meta.RowGroups[g].Columns[0].MetaData
			m.DataPageOffset, m.TotalCompressedSize = start, int64(len(body))-start
		}
		return body
	})
	_, err := Open(t.Context(), "parquet:"+shared, Options{})
	wantError(t, err, "column image.bytes", "row group ", "no room for so many pages")
}

// Names that a dictionary has once take its room once, however many rows have them.
func TestParquetLongNames(t *testing.T) {
	const rows = 20_000
	path := filepath.Join(t.TempDir(), "x.parquet")
	long := strings.Repeat("long/", 10_000)
	type image struct {
		Bytes []byte `parquet:"bytes"`
		Path  string `parquet:"path,dict"`
	}
	all := make([]struct {
		Image image `parquet:"image"`
	}, rows)
	for i := range all {
		all[i].Image = image{[]byte("x"), long}
	}
	writeTable(t, path, all, rows, parquet.PageBufferSize(1<<20))
	if n := allocated(func() { mustOpen(t, "parquet:"+path, Options{}) }); n > 64<<20 {
		t.Errorf("%d MB allocated for %d times %d bytes", n>>20, rows, len(long))
	}
}

// An image of many megabytes, as large as a page may be, is read in every codec, packed well or hardly.
func TestParquetLargeImage(t *testing.T) {
	if testing.Short() {
		t.Skip("images of 24 MB in six codecs")
	}
	type row struct {
		Image []byte `parquet:"image"`
	}
	flat, noise := make([]byte, 24<<20), make([]byte, 8<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 7 * 31)
	}
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Zstd, &parquet.Gzip, &parquet.Lz4Raw, &parquet.Brotli} {
		path := filepath.Join(t.TempDir(), "x.parquet")
		writeTable(t, path, []row{{noise}, {flat}, {[]byte("small")}}, 3, parquet.Compression(codec), parquet.KeyValueMetadata("huggingface", ""))
		s := mustOpen(t, "parquet:"+path, Options{})
		for i, want := range [][]byte{noise, flat, []byte("small")} {
			if !bytes.Equal(readAll(t, s.Items[i].At), want) {
				t.Errorf("%s: image %d differs", codec, i)
			}
		}
	}
}

// In a table of every codec and version of pages each byte is changed and each prefix taken: whatever comes of it is
// there within a second and costs a few megabytes.
func TestParquetEveryByte(t *testing.T) {
	step := 7
	if testing.Short() {
		step = 41
	}
	const most = 24 << 20
	for k, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Zstd, &parquet.Gzip, &parquet.Lz4Raw, &parquet.Brotli} {
		path := filepath.Join(t.TempDir(), "x.parquet")
		writeTable(t, path, hubRows(0, 4, true), 4, parquet.Compression(codec), parquet.DataPageVersion(1+k%2), parquet.KeyValueMetadata("huggingface", ""))
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		worst, slowest := uint64(0), time.Duration(0)
		try := func(what string, b []byte) {
			began := time.Now()
			n := allocated(func() { openAndRead(t, path, b) })
			worst, slowest = max(worst, n), max(slowest, time.Since(began))
			if n > most || time.Since(began) > 10*time.Second {
				t.Errorf("%s, %s: %d MB allocated in %v", codec, what, n>>20, time.Since(began))
			}
		}
		for at := k % step; at < len(good); at += step {
			b := slices.Clone(good)
			b[at] ^= []byte{0xff, 0x80, 1, 0x40}[at%4]
			try(fmt.Sprintf("byte %d changed", at), b)
			try(fmt.Sprintf("%d bytes", at), good[:at])
		}
		t.Logf("%s: %d bytes, at most %d kB and %v", codec, len(good), worst>>10, slowest)
	}
}

// What is counted of encoded values is what the library decodes: as many, and as many bytes, whatever they are.
func TestValuesAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 90 {
		var all []byte
		offsets := []uint32{0}
		for range n {
			if len(all) > 0 && r.IntN(3) > 0 { // shares a beginning with the one before
				last := all[offsets[len(offsets)-2]:]
				all = append(all, last[:r.IntN(len(last)+1)]...)
			}
			all = append(all, bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(40))...)
			offsets = append(offsets, uint32(len(all)))
		}
		front, err := parquet.DeltaByteArray.EncodeByteArray(nil, all, offsets)
		if err != nil {
			t.Fatal(err)
		}
		if err := parquetguard.FrontCoded(front, n, int64(len(all))); err != nil {
			t.Errorf("%d texts of %d bytes: %v", n, len(all), err)
		}
		if err := parquetguard.FrontCoded(front, n, int64(len(all))-1); err == nil && len(all) > 0 {
			t.Errorf("%d texts of %d bytes are fewer bytes", n, len(all))
		}
		plain, err := parquet.Plain.EncodeByteArray(nil, all, offsets)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(parquetguard.Strings(plain, n), parquetguard.Strings(append(plain, 0, 0, 0, 0), n+1)); err != nil {
			t.Errorf("%d texts: %v", n, err)
		}
		if parquetguard.Strings(plain, n+1) == nil || n > 0 && parquetguard.Strings(plain, n-1) == nil || parquetguard.FrontCoded(front, n+1, math.MaxInt64) == nil {
			t.Errorf("%d texts are one more or less", n)
		}
		levels, most := make([]byte, n), 1+r.IntN(3)
		for i := range levels {
			levels[i] = byte(min(r.IntN(9), most))
			if i > 0 && r.IntN(9) > 0 {
				levels[i] = levels[i-1]
			}
		}
		width := bits.Len(uint(most))
		runs, err := (&rle.Encoding{BitWidth: width}).EncodeLevels(nil, levels)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parquetguard.Runs(runs, width, n, most); err != nil || got != bytes.Count(levels, []byte{byte(most)}) {
			t.Errorf("%d of %d levels are %d, %v", got, n, most, err)
		}
	}
}
