package svm

import (
	"math/bits"
	"math/rand/v2"
)

// order fills perm with the random order of rows of one pass. It depends on the seed, the round and the pass only: all
// classes visit the rows in it, whichever core they are on.
func order(perm []int32, seed uint64, round, pass int) {
	for i := range perm {
		perm[i] = int32(i)
	}
	r := rand.NewPCG(seed, uint64(round)<<32|uint64(pass))
	for i := len(perm) - 1; i > 0; i-- {
		// The high word of a product: uniform on 0..i but for a bias below 2^-32.
		j, _ := bits.Mul64(r.Uint64(), uint64(i+1))
		perm[i], perm[j] = perm[j], perm[i]
	}
}
