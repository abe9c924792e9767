package svm

import (
	"math/bits"
	"math/rand/v2"
)

// turn is a pass over the rows in random order, which depends on these alone: all classes visit the rows in it,
// whichever core they are on.
type turn struct {
	seed        uint64
	round, pass int
}

// order fills perm with the order of the rows of a block; the rows of memory are block 0.
func (t turn) order(perm []int32, block int) {
	for i := range perm {
		perm[i] = int32(i)
	}
	const odd = 0x9e3779b97f4a7c15 // of blocks, so that each has an order of its own
	r := rand.NewPCG(t.seed+uint64(block)*odd, uint64(t.round)<<32|uint64(t.pass))
	for i := len(perm) - 1; i > 0; i-- {
		// The high word of a product: uniform on 0..i but for a bias below 2^-32.
		j, _ := bits.Mul64(r.Uint64(), uint64(i+1))
		perm[i], perm[j] = perm[j], perm[i]
	}
}
