package hdf5

import (
	"encoding/binary"
	"math/bits"
)

// lookup3 is Bob Jenkins' hash of 2006 with the initial value 0, which version 2 structures carry as their checksum
// (appendix of the specification; burtleburtle.net/bob/c/lookup3.c describes it).
func lookup3(key []byte) uint32 {
	le := binary.LittleEndian
	a := uint32(0xdeadbeef) + uint32(len(key))
	b, c := a, a
	for len(key) > 12 {
		a += le.Uint32(key)
		b += le.Uint32(key[4:])
		c += le.Uint32(key[8:])
		a, b, c = lookup3Mix(a, b, c)
		key = key[12:]
	}
	if len(key) == 0 {
		return c
	}
	var last [12]byte
	copy(last[:], key)
	return lookup3Final(a+le.Uint32(last[:]), b+le.Uint32(last[4:]), c+le.Uint32(last[8:]))
}

func lookup3Mix(a, b, c uint32) (_, _, _ uint32) {
	for _, turn := range [2][3]int{{4, 6, 8}, {16, 19, 4}} {
		a = (a - c) ^ bits.RotateLeft32(c, turn[0])
		c += b
		b = (b - a) ^ bits.RotateLeft32(a, turn[1])
		a += c
		c = (c - b) ^ bits.RotateLeft32(b, turn[2])
		b += a
	}
	return a, b, c
}

func lookup3Final(a, b, c uint32) uint32 {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	return (c ^ b) - bits.RotateLeft32(b, 24)
}

// fletcher32 is the checksum that the filter of that name puts behind a chunk: sums of big-endian 16-bit words, modulo
// 65535; an odd last byte counts as the high one.
func fletcher32(data []byte) uint32 {
	var sum1, sum2 uint32
	for len(data) > 0 {
		// 360 words are the most whose sums stay below 2^32.
		part := data[:min(len(data), 720)]
		data = data[len(part):]
		for i := 0; i < len(part); i += 2 {
			word := uint32(part[i]) << 8
			if i+1 < len(part) {
				word |= uint32(part[i+1])
			}
			sum1 += word
			sum2 += sum1
		}
		sum1, sum2 = sum1&0xffff+sum1>>16, sum2&0xffff+sum2>>16
	}
	sum1, sum2 = sum1&0xffff+sum1>>16, sum2&0xffff+sum2>>16
	return sum2<<16 | sum1
}
