package weights

import (
	"fmt"
	"hash/crc32"
	"slices"
	"testing"
)

// tfShapeOf is a TensorShapeProto in a field.
func tfShapeOf(number int, shape ...int) []byte {
	var dims []byte
	for _, n := range shape {
		dims = append(dims, protoField(2, protoNumber(1, n)...)...)
	}
	return protoField(number, dims...)
}

// savedMeta is the header of a V1 checkpoint: the names, shapes and types of its tensors.
func savedMeta(tensors ...[]byte) row {
	var all []byte
	for _, x := range tensors {
		all = append(all, protoField(1, x...)...)
	}
	return row{"", protoField(1, all...)}
}

func savedTensor(name string, dtype int, shape ...int) []byte {
	return join(protoText(1, name), tfShapeOf(2, shape...), protoNumber(3, dtype))
}

// savedSlice is a whole tensor of a V1 checkpoint; each extent is empty, as TensorFlow writes it, or says the size.
func savedSlice(name string, values []byte, extents ...int) []byte {
	var at []byte
	for _, n := range extents {
		at = append(at, protoField(1, protoNumber(2, n)...)...)
	}
	return protoField(2, join(protoText(1, name), protoField(2, at...), protoField(3, values...))...)
}

// checkpoints are small checkpoints: of version 1, and what else is a table.
func checkpoints(t testing.TB) [][]byte {
	t.Helper()
	meta := savedMeta(savedTensor("x", 1, 2))
	data := row{"k", protoField(2, join(protoText(1, "x"), protoField(2, protoField(1)...), protoField(3, protoField(5, littleFloats(1, 2)...)...))...)}
	of := func(dtype, n int, values []byte) []byte {
		return tableOf(0, blockOf(savedMeta(savedTensor("x", dtype, n)), row{"k", savedSlice("x", values, n)}))
	}
	// the second key shares its first three letters with the one before
	shared := blockOf(savedMeta(savedTensor("x", 1, 1, 2), savedTensor("y", 1)), row{"key1", savedSlice("x", protoField(5, littleFloats(1, 2)...))})
	y := savedSlice("y", protoField(5, littleFloats(3)...))
	shared = join(shared[:len(shared)-8], []byte{3, 1, byte(len(y)), '2'}, y, shared[len(shared)-8:])
	return append(seeds(t, "v1.ckpt", "v1_snappy.ckpt"),
		tableOf(0, blockOf(meta, data)), tableOf(0, blockOf(meta), blockOf(data)), tableOf(0, shared),
		tableOf(1, []byte{1, 0, 0}), tableOf(1, slices.Concat([]byte{13, 12 << 2}, blockOf(row{"", protoNumber(1, 1)}))),
		of(2, 1, protoField(6, make([]byte, 8)...)), of(9, 3, protoField(10, 1, 2, 3)), of(19, 2, protoField(13, 0x80, 0x78, 0)),
		of(10, 2, join(protoNumber(11, 1), protoNumber(11, 0))), of(3, 2, protoField(4, make([]byte, 8)...)),
		tableOf(0, blockOf(savedMeta(savedTensor("global_step", 9), savedTensor("t", 7, 1), savedTensor("w", 1, 1)),
			row{"a", savedSlice("global_step", protoField(10, 9))}, row{"b", savedSlice("w", protoField(5, littleFloats(1)...), 1)})),
	)
}

// bundleShards are the shards that bundleReading puts beside an index, by their number.
var bundleShards = map[int][]string{1: {"tf2.data-00000-of-00001"}, 2: {"v2.ckpt.data-00000-of-00002", "v2.ckpt.data-00001-of-00002"}}

// bundled is the entry of a tensor in a shard, with the sum of its bytes there.
func bundled(t testing.TB, shards, shard, offset, size, dtype int, shape ...int) []byte {
	t.Helper()
	data := seeds(t, bundleShards[shards][shard])[0][offset : offset+size]
	sum := maskCRC(crc32.Checksum(data, castagnoli))
	return join(protoNumber(1, dtype), tfShapeOf(2, shape...), protoNumber(3, shard), protoNumber(4, offset), protoNumber(5, size),
		[]byte{6<<3 | wire32, byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)})
}

// bundles are indexes of small bundles.
func bundles(t testing.TB) [][]byte {
	t.Helper()
	one, two := row{"", join(protoNumber(1, 1), protoField(3, protoNumber(1, 1)...))}, row{"", protoNumber(1, 2)}
	text := row{"_CHECKPOINTABLE_OBJECT_GRAPH", join(protoNumber(1, 7), tfShapeOf(2), protoNumber(5, 9))}
	var all [][]byte
	for _, rows := range [][]row{
		{one, {"w", bundled(t, 1, 0, 0, 8, 1, 2)}},
		{one, {"a", bundled(t, 1, 0, 0, 8, 1, 1, 2)}, {"b", bundled(t, 1, 0, 8, 4, 19, 2)}},
		{one, text, {"layer/kernel/.ATTRIBUTES/VARIABLE_VALUE", bundled(t, 1, 0, 16, 16, 2, 2)}},
		{two, {"x/weights", bundled(t, 2, 0, 4, 12, 1, 3)}, {"x/weights/Adam", bundled(t, 2, 1, 0, 12, 1, 3)}},
		{two, {"empty", bundled(t, 2, 1, 0, 0, 1, 0, 4)}, {"scalar", bundled(t, 2, 1, 4, 8, 9)}},
		{one, {"bytes", bundled(t, 1, 0, 0, 5, 4, 5)}, {"global_step", bundled(t, 1, 0, 0, 8, 9)}},
	} {
		all = append(all, tableOf(0, blockOf(rows...)))
	}
	several := [][]byte{blockOf(one)}
	for i := range 3 {
		several = append(several, blockOf(row{fmt.Sprint("w", i), bundled(t, 1, 0, 4*i, 4, 1, 1)}))
	}
	return append(all, tableOf(0, several...), tableOf(0, blockOf(two), blockOf(row{"w", bundled(t, 2, 0, 0, 36, 1, 1, 1, 3, 3)})))
}

// legacyFiles are small files of PyTorch's legacy form.
func legacyFiles() [][]byte {
	p := newPickler
	six, keys := counted(6, littleFloats(counting(6)...)), []string{"0"}
	two := view{"HalfStorage", "b", 2, 1, []int{1}, []int{1}}
	part := p().op("}").text("w").name("torch._utils", "_rebuild_tensor").op("((")
	part.text("storage").name("torch", "FloatStorage").text("root").text("cpu").num(6).op("(").text("part").num(2).num(3).op("ttQ")
	return [][]byte{
		legacyOf(statePickle("w", sixFloats), keys, six),
		legacyOf(p().op("}").text("w").tensor(sixFloats).op("s").text("h").tensor(two).op("s").stop(), []string{"0", "b"}, six, counted(2, []byte{0, 0, 0, 0x3c})),
		legacyOf(part.num(1).nums(2).nums(1).op("tRs").stop(), []string{"root"}, six),
		legacyOf(p().op("](").tensor(sixFloats).tensor(sixFloats).op("e").stop(), keys, six),
		legacyOf(p().op("}").text("state_dict").op("}").text("module.w").tensor(sixFloats).op("ss").stop(), keys, six),
		legacyOf(statePickle("w", view{"LongStorage", "0", 3, 0, []int{3}, []int{1}}), keys, counted(3, make([]byte, 24))),
	}
}
