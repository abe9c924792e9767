package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// word puts an instruction that Go's assembler does not know, with its text.
func (f *function) word(code uint32, format string, args ...any) {
	f.put("WORD $0x%08x // %s", code, fmt.Sprintf(format, args...))
}

// three puts an instruction of two sources and a destination, all of four floats.
func (f *function) three(code uint32, name string, d, n, m vec) {
	f.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.4s, v%d.4s, v%d.4s", name, d, n, m)
}

// bits is three for instructions that look at no numbers.
func (f *function) bits(code uint32, name string, d, n, m vec) {
	f.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.16b, v%d.16b, v%d.16b", name, d, n, m)
}

func (f *function) fadd(d, n, m vec) { f.three(0x4e20d400, "fadd", d, n, m) }
func (f *function) fsub(d, n, m vec) { f.three(0x4ea0d400, "fsub", d, n, m) } // n - m
func (f *function) fmul(d, n, m vec) { f.three(0x6e20dc00, "fmul", d, n, m) }
func (f *function) fmla(d, n, m vec) { f.three(0x4e20cc00, "fmla", d, n, m) } // d + n*m
func (f *function) fmax(d, n, m vec) { f.three(0x4e20f400, "fmax", d, n, m) }

// greater and equal set all bits of a lane where n > m, n = m.
func (f *function) greater(d, n, m vec) { f.three(0x6ea0e400, "fcmgt", d, n, m) }
func (f *function) equal(d, n, m vec)   { f.three(0x4e20e400, "fcmeq", d, n, m) }

func (f *function) and(d, n, m vec)    { f.bits(0x4e201c00, "and", d, n, m) }
func (f *function) bic(d, n, m vec)    { f.bits(0x4e601c00, "bic", d, n, m) } // n and not m
func (f *function) insert(d, n, m vec) { f.bits(0x6ea01c00, "bit", d, n, m) } // n where m is set
func (f *function) mov(d, n vec) {
	f.word(0x4ea01c00|uint32(n)<<16|uint32(n)<<5|uint32(d), "mov v%d.16b, v%d.16b", d, n)
}

func (f *function) aboveZero(d, n vec) {
	f.word(0x4ea0c800|uint32(n)<<5|uint32(d), "fcmgt v%d.4s, v%d.4s, #0.0", d, n)
}

func (f *function) belowZero(d, n vec) {
	f.word(0x4ea0e800|uint32(n)<<5|uint32(d), "fcmlt v%d.4s, v%d.4s, #0.0", d, n)
}

func (f *function) zero(d vec) { f.word(0x6f00e400|uint32(d), "movi v%d.2d, #0000000000000000", d) }

// lane is one number of a vector.
type lane struct {
	v vec
	i int
}

func (f *function) byLane(code uint32, name string, d, n vec, m lane) {
	i := uint32(m.i)
	f.word(code|(i&1)<<21|uint32(m.v)<<16|(i>>1)<<11|uint32(n)<<5|uint32(d), "%s v%d.4s, v%d.4s, v%d.s[%d]", name, d, n, m.v, m.i)
}

func (f *function) fmlaLane(d, n vec, m lane) { f.byLane(0x4f801000, "fmla", d, n, m) }
func (f *function) fmlsLane(d, n vec, m lane) { f.byLane(0x4f805000, "fmls", d, n, m) } // d - n*m
func (f *function) fmulLane(d, n vec, m lane) { f.byLane(0x4f809000, "fmul", d, n, m) }

// spread fills d with a number.
func (f *function) spread(d vec, m lane) {
	f.word(0x4e040400|uint32(m.i)<<19|uint32(m.v)<<5|uint32(d), "dup v%d.4s, v%d.s[%d]", d, m.v, m.i)
}

func bytes(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", #%d", n)
}

// load and store move four floats at a distance of bytes, a multiple of 16.
func (f *function) load(d vec, base gp, n int) {
	f.word(0x3dc00000|uint32(n/16)<<10|uint32(base)<<5|uint32(d), "ldr q%d, [x%d%s]", d, int(base), bytes(n))
}

func (f *function) store(s vec, base gp, n int) {
	f.word(0x3d800000|uint32(n/16)<<10|uint32(base)<<5|uint32(s), "str q%d, [x%d%s]", s, int(base), bytes(n))
}

// loadAt and storeAt take the distance from a register.
func (f *function) loadAt(d vec, base, at gp) {
	f.word(0x3ce06800|uint32(at)<<16|uint32(base)<<5|uint32(d), "ldr q%d, [x%d, x%d]", d, int(base), int(at))
}

func (f *function) storeAt(s vec, base, at gp) {
	f.word(0x3ca06800|uint32(at)<<16|uint32(base)<<5|uint32(s), "str q%d, [x%d, x%d]", s, int(base), int(at))
}

// loadStep and storeStep move base behind what they moved.
func (f *function) loadStep(d vec, base gp) {
	f.word(0x3cc10400|uint32(base)<<5|uint32(d), "ldr q%d, [x%d], #16", d, int(base))
}

func (f *function) storeStep(s vec, base gp) {
	f.word(0x3c810400|uint32(base)<<5|uint32(s), "str q%d, [x%d], #16", s, int(base))
}

// loadPair and storePair move eight floats.
func (f *function) loadPair(d, e vec, base gp, n int) {
	f.word(0xad400000|uint32(n/16&0x7f)<<15|uint32(e)<<10|uint32(base)<<5|uint32(d), "ldp q%d, q%d, [x%d%s]", d, e, int(base), bytes(n))
}

func (f *function) storePair(d, e vec, base gp, n int) {
	f.word(0xad000000|uint32(n/16&0x7f)<<15|uint32(e)<<10|uint32(base)<<5|uint32(d), "stp q%d, q%d, [x%d%s]", d, e, int(base), bytes(n))
}

// loadFour and storeFour move sixteen floats.
func (f *function) loadFour(d []vec, base gp) {
	f.loadPair(d[0], d[1], base, 0)
	f.loadPair(d[2], d[3], base, 32)
}

func (f *function) storeFour(s []vec, base gp) {
	f.storePair(s[0], s[1], base, 0)
	f.storePair(s[2], s[3], base, 32)
}

// loadFew loads the first one or two floats at a distance of bytes and clears the others.
func (f *function) loadFew(d vec, count int, base gp, n int) {
	if count == 1 {
		f.word(0xbd400000|uint32(n/4)<<10|uint32(base)<<5|uint32(d), "ldr s%d, [x%d%s]", d, int(base), bytes(n))
		return
	}
	f.word(0xfd400000|uint32(n/8)<<10|uint32(base)<<5|uint32(d), "ldr d%d, [x%d%s]", d, int(base), bytes(n))
}

func (f *function) prefetch(base gp, n int) {
	f.word(0xf9800000|uint32(n/8)<<10|uint32(base)<<5, "prfm pldl1keep, [x%d, #%d]", int(base), n)
}

// relu clears what is below 0: neither a NaN nor a zero's sign. t is written over.
func (f *function) relu(r, t vec) {
	f.belowZero(t, r)
	f.bic(r, r, t)
}

// The numbers of the transforms lie in two vectors, one for F(4,3) itself, one for its filters.
var (
	tileNumbers   = []float32{2, 4, 5, 8}
	filterNumbers = []float32{1. / 4, 1. / 6, 1. / 12, 1. / 24}
)

func constantData() string {
	var b strings.Builder
	b.WriteByte('\n')
	for i, x := range slices.Concat(tileNumbers, filterNumbers) {
		fmt.Fprintf(&b, "DATA numbers<>+%d(SB)/4, $0x%08x // %g\n", 4*i, math.Float32bits(x), x)
	}
	b.WriteString("GLOBL numbers<>(SB), RODATA|NOPTR, $32\n")
	return b.String()
}

// constants loads the tile's numbers, or the filters'; the result gives the place of each.
func (f *function) constants(numbers []float32) func(x float32) lane {
	v, at := f.vec(), f.gp()
	f.put("MOVD $numbers<>(SB), %v", at)
	if numbers[0] == tileNumbers[0] {
		f.load(v, at, 0)
	} else {
		f.load(v, at, 16)
	}
	f.gps = append(f.gps, at)
	return func(x float32) lane {
		for i, y := range numbers {
			if x == y {
				return lane{v, i}
			}
		}
		panic("not among the numbers")
	}
}
