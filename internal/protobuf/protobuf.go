// Package protobuf writes protocol buffers.
package protobuf

import "encoding/binary"

// Message is one under construction: fields in the order of the calls
// (https://protobuf.dev/programming-guides/encoding).
type Message []byte

const (
	wireVarint = 0
	wireBytes  = 2
)

func (m *Message) tag(field, wire int) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|uint64(wire))
}

// Integer adds a field of a whole number.
func (m *Message) Integer(field int, v int64) {
	m.tag(field, wireVarint)
	*m = binary.AppendUvarint(*m, uint64(v))
}

// Bytes adds a field of bytes, or of another message.
func (m *Message) Bytes(field int, b []byte) {
	m.tag(field, wireBytes)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

// Text adds a field of text.
func (m *Message) Text(field int, s string) { m.Bytes(field, []byte(s)) }
