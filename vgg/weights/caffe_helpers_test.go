package weights

import "encoding/binary"

// protoField is a field of bytes.
func protoField(number int, value ...byte) []byte {
	out := binary.AppendUvarint(nil, uint64(number)<<3|wireBytes)
	out = binary.AppendUvarint(out, uint64(len(value)))
	return append(out, value...)
}

func protoText(number int, value string) []byte { return protoField(number, []byte(value)...) }

// protoNumber is a field of a varint; a negative value takes ten bytes.
func protoNumber(number, value int) []byte {
	out := binary.AppendUvarint(nil, uint64(number)<<3|wireVarint)
	return binary.AppendUvarint(out, uint64(value))
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// shapedBlob is a blob as V2 files have it: the data before the shape.
func shapedBlob(data []byte, shape ...int) []byte {
	var dims []byte
	for _, d := range shape {
		dims = binary.AppendUvarint(dims, uint64(d))
	}
	return join(protoField(5, data...), protoField(7, protoField(1, dims...)...))
}

// legacyBlob is a blob as V1 files have it.
func legacyBlob(data []byte, num, channels, height, width int) []byte {
	return join(protoNumber(1, num), protoNumber(2, channels), protoNumber(3, height), protoNumber(4, width),
		protoField(5, data...), protoField(6, data...))
}

// layerV1 is a layer in a net's field 2.
func layerV1(name string, kind int, blobs ...[]byte) []byte {
	out := join(protoText(2, "data"), protoText(3, name), protoText(4, name), protoNumber(5, kind))
	for _, b := range blobs {
		out = append(out, protoField(6, b...)...)
	}
	return protoField(2, out...)
}

// layerV2 is a layer in a net's field 100.
func layerV2(name, kind string, blobs ...[]byte) []byte {
	out := join(protoText(1, name), protoText(2, kind), protoText(3, "data"), protoNumber(10, 1))
	for _, b := range blobs {
		out = append(out, protoField(7, b...)...)
	}
	return protoField(100, out...)
}
