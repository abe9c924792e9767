package weights

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
)

// row is a key and a value of a test's table.
type row struct {
	key   string
	value []byte
}

// blockOf is a block without shared prefixes.
func blockOf(rows ...row) []byte {
	var out []byte
	for _, r := range rows {
		out = binary.AppendUvarint(out, 0)
		out = binary.AppendUvarint(out, uint64(len(r.key)))
		out = binary.AppendUvarint(out, uint64(len(r.value)))
		out = join(out, []byte(r.key), r.value)
	}
	return append(out, 0, 0, 0, 0, 1, 0, 0, 0) // one restart, at 0
}

// tableOf is a table of the blocks, of which each has its CRC.
func tableOf(kind byte, blocks ...[]byte) []byte {
	var out []byte
	write := func(b []byte, kind byte) (handle []byte) {
		handle = binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(out))), uint64(len(b)))
		b = append(bytes.Clone(b), kind)
		out = append(out, b...)
		out = binary.LittleEndian.AppendUint32(out, maskCRC(crc32.Checksum(b, castagnoli)))
		return handle
	}
	var index []row
	for i, b := range blocks {
		index = append(index, row{string(rune('a' + i)), write(b, kind)})
	}
	foot := write(blockOf(), 0)
	foot = append(foot, write(blockOf(index...), 0)...)
	foot = append(foot, make([]byte, 40-len(foot))...)
	return binary.LittleEndian.AppendUint64(append(out, foot...), tableMagic)
}

func TestMaskedCRC(t *testing.T) {
	// The check value of CRC-32C, and LevelDB's mask of it: rotated right by 15 bits, plus a constant.
	crc := crc32.Checksum([]byte("123456789"), castagnoli)
	if crc != 0xe3069283 || maskCRC(crc) != 0xc78ab0e5 {
		t.Errorf("%08x, masked %08x", crc, maskCRC(crc))
	}
}

// TestLargeBlock: a block beyond a megabyte is checked when its values are read, and only its keys when it is opened.
func TestLargeBlock(t *testing.T) {
	n := 300_000
	float := append(binary.AppendUvarint(binary.AppendUvarint(nil, 5<<3|wireBytes), uint64(4*n)), littleFloats(counting(n)...)...)
	meta := protoField(1, protoField(1, join(protoText(1, "x"), protoField(2, protoField(2, protoNumber(1, n)...)...), protoNumber(3, 1))...)...)
	data := protoField(2, join(protoText(1, "x"), protoField(2, protoField(1)...), protoField(3, float...))...)
	raw := tableOf(0, blockOf(row{"", meta}, row{"k", data}))
	sameBits(t, readAll(t, mustOpenBytes(t, raw).Lookup("x")), counting(n))
	raw[500_000] ^= 1
	f := mustOpenBytes(t, raw)
	wantError(t, f.Lookup("x").ReadFloat32(make([]float32, n)), "memory", "damaged")
}

func TestBadTables(t *testing.T) {
	good, err := os.ReadFile(filepath.Join("testdata", "v1.ckpt"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[100] ^= 4
	far := bytes.Clone(good)
	copy(far[len(far)-tableFooter:], "\x00\x08\xff\xff\xff\xff\x7f\x08")
	long := blockOf(row{"", nil})
	binary.LittleEndian.PutUint32(long[len(long)-4:], 1<<30)
	for want, raw := range map[string][]byte{
		"the file is damaged":       flipped,
		"truncated":                 far,
		"restarts within":           tableOf(0, long),
		"no compression or snappy":  tableOf(7, blockOf(row{"", nil})),
		"expected snappy data":      tableOf(1, []byte("\xff\xff\xff\xff\x0f")),
		"less than 4 bytes":         tableOf(0, []byte{1}),
		"a value within the block":  tableOf(0, append([]byte{0, 1, 99}, blockOf(row{"", nil})...)),
		"a key of at most":          tableOf(0, append([]byte{5, 1, 0, 'x'}, blockOf(row{"", nil})...)),
		"a table of something else": tableOf(0, blockOf(row{"leveldb", []byte("x")})),
		"at most 10 bytes":          join(good[:len(good)-tableFooter], bytes.Repeat([]byte{0xff}, 40), good[len(good)-8:]),
	} {
		_, err := openBytes(raw)
		wantError(t, err, "memory: tensorflow", want)
	}
}
