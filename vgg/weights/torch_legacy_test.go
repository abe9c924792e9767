package weights

import (
	"bytes"
	"testing"
)

func TestLegacyFile(t *testing.T) {
	two := view{"HalfStorage", "b", 2, 1, []int{1}, []int{1}}
	object := newPickler().op("}").text("w").tensor(sixFloats).op("s").text("h").tensor(two).op("s").stop()
	raw := legacyOf(object, []string{"0", "b"}, counted(6, littleFloats(counting(6)...)), counted(2, []byte{0, 0, 0, 0x3c}))
	f := mustOpenBytes(t, append(raw, "what follows is not read"...))
	sameBits(t, readAll(t, f.Lookup("w")), counting(6))
	sameBits(t, readAll(t, f.Lookup("h")), []float32{1})
}

// PyTorch 0.x could save a storage as a part of another.
func TestLegacyPartOfAStorage(t *testing.T) {
	p := newPickler().op("}").text("w").name("torch._utils", "_rebuild_tensor").op("((")
	p.text("storage").name("torch", "FloatStorage").text("root").text("cpu").num(6).op("(").text("part").num(2).num(3).op("ttQ")
	object := p.num(1).nums(2).nums(1).op("tRs").stop()
	f := mustOpenBytes(t, legacyOf(object, []string{"root"}, counted(6, littleFloats(counting(6)...))))
	sameBits(t, readAll(t, f.Lookup("w")), []float32{3, 4})
}

func TestBadLegacyFiles(t *testing.T) {
	object := statePickle("w", sixFloats)
	six := counted(6, make([]byte, 24))
	keys := []string{"0"}
	magic := legacyPreamble()[:15]
	for text, raw := range map[string][]byte{
		"truncated: the file ends before storage 1 of 1":   legacyOf(object, keys),
		"storage 1 of 1: expected 6 elements of 4 bytes":   legacyOf(object, keys, six[:31]),
		"expected 9223372036854775807 elements":            legacyOf(object, keys, counted(1<<63-1, six)),
		"expected -1 elements":                             legacyOf(object, keys, counted(-1, six)),
		`tensor "w": storage "0": expected 6 elements, fo`: legacyOf(object, keys, counted(5, make([]byte, 20))),
		`storage "0": expected it in the list`:             legacyOf(object, nil),
		`storage 2 of 2: expected a key that a tensor re`:  legacyOf(object, []string{"0", "1"}, six, six),
		`storage 2 of 2: the key "0" comes twice`:          legacyOf(object, []string{"0", "0"}, six, six),
		"object: pickle":                               append(legacyPreamble(), '?'),
		"list of storages: pickle":                     append(legacyPreamble(), object...),
		"expected a list of storages, found a diction": append(append(legacyPreamble(), object...), "}."...),
		"expected version 1001, found 5":               append(bytes.Clone(magic), "K\x05."...),
		"version: pickle":                              magic,
		"facts about the machine, found None":          append(append(bytes.Clone(magic), newPickler().num(torchProtocol).stop()...), "N."...),
		"little-endian numbers, found others":          append(append(bytes.Clone(magic), newPickler().num(torchProtocol).stop()...), "}."...),
		"expected PyTorch's magic number, found":       append(append([]byte("\x80\x02\x8a\x0b\x01"), torchMagic...), '.'),
		"magic number, found None":                     append([]byte("\x80\x02N.\x8a\x0a"), torchMagic...),
	} {
		_, err := openBytes(raw)
		wantError(t, err, "memory: pytorch-legacy: ", text)
	}
}
