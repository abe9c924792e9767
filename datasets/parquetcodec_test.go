package datasets

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// lz4Block packs a bare block, of literals alone where nothing repeats.
func lz4Block(t testing.TB, src []byte) []byte {
	t.Helper()
	b := make([]byte, lz4.CompressBlockBound(len(src)))
	n, err := lz4.CompressBlock(src, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// hadoopLZ4 packs blocks of at most n bytes behind their lengths.
func hadoopLZ4(t testing.TB, src []byte, n int) (out []byte) {
	t.Helper()
	for len(src) > 0 {
		part := src[:min(n, len(src))]
		packed := lz4Block(t, part)
		out = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(out, uint32(len(part))), uint32(len(packed)))
		out, src = append(out, packed...), src[len(part):]
	}
	return out
}

func framedLZ4(t testing.TB, src []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	if _, err := w.Write(src); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packings of one piece of data, by every codec and, of LZ4, in every form that goes by that name.
func packings(t testing.TB, src []byte) map[string][]byte {
	t.Helper()
	all := map[string][]byte{
		"UNCOMPRESSED": src, "LZ4_RAW": lz4Block(t, src),
		"LZ4 of Hadoop": hadoopLZ4(t, src, 1<<20), "LZ4 of Hadoop in blocks": hadoopLZ4(t, src, 60_000), "LZ4 framed": framedLZ4(t, src), "LZ4 bare": lz4Block(t, src),
	}
	for _, c := range []format.CompressionCodec{format.Snappy, format.Gzip, format.Brotli, format.Zstd} {
		b, err := parquet.LookupCompressionCodec(c).Encode(nil, src)
		if err != nil {
			t.Fatal(err)
		}
		all[c.String()] = bytes.Clone(b)
	}
	return all
}

func codecOf(name string) format.CompressionCodec {
	name, _, _ = strings.Cut(name, " ")
	for c := range unpackers {
		if c.String() == name {
			return c
		}
	}
	panic(name)
}

// samples are data that pack well, hardly and not at all, of sizes below and above what codecs take at once.
func samples() [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	text := bytes.Repeat([]byte("label 7, label 12; "), 9000)
	return [][]byte{{7}, text[:100], noise[:100], text, noise, append(bytes.Clone(noise), text...), make([]byte, 200_000)}
}

// Every codec gives what was packed, and refuses a header that says a byte more or less.
func TestUnpack(t *testing.T) {
	for i, src := range samples() {
		for name, packed := range packings(t, src) {
			got, err := unpack(codecOf(name), packed, len(src))
			if err != nil || !bytes.Equal(got, src) {
				t.Errorf("sample %d, %s: %d bytes of %d, %v", i, name, len(got), len(src), err)
			}
			for _, size := range []int{len(src) - 1, len(src) + 1, 2*len(src) + 9} {
				if got, err := unpack(codecOf(name), packed, size); err == nil || !strings.HasPrefix(err.Error(), "unpacking ") {
					t.Errorf("sample %d, %s: %d bytes where the header says %d, %v", i, name, len(got), size, err)
				}
			}
			if _, err := unpack(codecOf(name), packed[:len(packed)/2], len(src)); err == nil {
				t.Errorf("sample %d, %s: half of it is enough", i, name)
			}
		}
	}
	for c := range unpackers {
		if got, err := unpack(c, nil, 0); err != nil || len(got) != 0 {
			t.Errorf("%s: a page of nothing: %q, %v", c, got, err)
		}
	}
}

func TestUnpackRefusesCodecs(t *testing.T) {
	for c, want := range map[format.CompressionCodec]string{format.LZO: "compressed by LZO", 8: "compressed by codec 8", -1: "compressed by codec -1"} {
		_, err := unpack(c, []byte("x"), 1)
		wantError(t, err, want, "write the table with Zstandard")
	}
}

// What a page unpacks to is never more memory than its header says and was checked, beside what a codec works in, which
// is 8 MiB for an LZ4 frame and twice the window for Brotli.
func TestUnpackIsBounded(t *testing.T) {
	const most = 32 << 20
	for name, packed := range packings(t, make([]byte, most)) {
		if name == "UNCOMPRESSED" {
			continue
		}
		var before, after runtime.MemStats
		if _, err := unpack(codecOf(name), packed, 100); err == nil { // and what the codec keeps for later is there
			t.Errorf("%s: %d bytes are 100", name, most)
		}
		runtime.ReadMemStats(&before)
		_, err := unpack(codecOf(name), packed, 100)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; err == nil || used > most/2 {
			t.Errorf("%s: %d bytes allocated to refuse it, %v", name, used, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	for _, src := range samples()[:3] {
		for name, packed := range packings(f, src) {
			f.Add(int32(codecOf(name)), packed, len(src))
		}
	}
	f.Fuzz(func(t *testing.T, codec int32, packed []byte, size int) {
		if size < 0 || size > 1<<20 {
			return
		}
		if got, err := unpack(format.CompressionCodec(codec), packed, size); err == nil && len(got) != size {
			t.Errorf("%d bytes, want %d", len(got), size)
		}
	})
}

// A table of which each column is in an encrypted form is refused by that word, whether its footer can be read or not.
func TestParquetEncrypted(t *testing.T) {
	for name, closed := range map[string]bool{"footer.parquet": true, "columns.parquet": false} {
		path := filepath.Join(t.TempDir(), name)
		writeTable(t, path, hubRows(0, 9, true), 4, parquet.WithEncryption(&parquet.EncryptionConfig{FooterKey: []byte("0123456789abcdef"), EncryptedFooter: closed}))
		_, err := Open(t.Context(), "parquet:"+path, Options{})
		wantError(t, err, path, "it is encrypted: write it without encryption")
	}
}
