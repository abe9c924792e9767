package datasets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"fc7/internal/usage"
)

// The names of official splits.
const (
	SplitTrain    = "train"
	SplitVal      = "val"
	SplitTrainVal = "trainval"
	SplitTest     = "test"
)

// vocSplits are the splits of a set that is divided once, in the order of Item.Splits.
var vocSplits = []string{SplitTrain, SplitVal, SplitTrainVal, SplitTest}

// splitBits are the splits that an item is in: a bit for each of vocSplits, and above them two for each numbered
// division of a set that its authors divided several times, in each of which an item is in one split at most: 0 none,
// else the place in numberedSplits, from 1.
type splitBits uint32

// The splits as bits, in the order of vocSplits.
const (
	bitTrain splitBits = 1 << iota
	bitVal
	bitTrainVal
	bitTest
	firstNumbered = iota
)

// maxDivisions is how many divisions the bits have room for.
const maxDivisions = (32 - firstNumbered) / 2

// numberedSplits are those of a numbered division: "train1", "val1", "test1" of the first.
var numberedSplits = []string{SplitTrain, SplitVal, SplitTest}

// splitBitsOf are the bits of a split by its name; false: it is the name of none.
func splitBitsOf(name string) (splitBits, bool) {
	for i, s := range vocSplits {
		if name == s {
			return 1 << i, true
		}
	}
	for i, s := range numberedSplits {
		number, ok := strings.CutPrefix(name, s)
		if n, err := strconv.Atoi(number); ok && err == nil && n >= 1 && n <= maxDivisions && number[0] != '0' {
			return splitBits(i+1) << (firstNumbered + 2*(n-1)), true
		}
	}
	return 0, false
}

// with adds splits; false: an item would be in two splits of one division.
func (b splitBits) with(more splitBits) (splitBits, bool) {
	for n := range maxDivisions {
		at := firstNumbered + 2*n
		if was, now := b>>at&3, more>>at&3; was != 0 && now != 0 && was != now {
			return b, false
		}
	}
	return b | more, true
}

// names are those of the splits, in the order of vocSplits, then by division. Items of the same splits share the slice.
func (b splitBits) names() []string {
	if b < 1<<firstNumbered {
		return onceDivided[b]
	}
	if known, ok := splitCombinations.Load(b); ok {
		return known.([]string)
	}
	names := slices.Clone(onceDivided[b&(1<<firstNumbered-1)])
	for n := range maxDivisions {
		if in := b >> (firstNumbered + 2*n) & 3; in != 0 {
			names = append(names, numberedSplits[in-1]+strconv.Itoa(n+1))
		}
	}
	known, _ := splitCombinations.LoadOrStore(b, names)
	return known.([]string)
}

// splitCombinations are the names of splits with numbered ones that some item is in, by their bits.
var splitCombinations sync.Map

// onceDivided are the names of each set of vocSplits.
var onceDivided = func() (all [1 << firstNumbered][]string) {
	for bits := range all {
		for i, name := range vocSplits {
			if bits&(1<<i) != 0 {
				all[bits] = append(all[bits], name)
			}
		}
	}
	return all
}()

// Splits lists the official splits that Options.Split may name; of a set that is divided several times it may name
// those of a division by its number too, "train1".
func Splits() []string { return slices.Clone(vocSplits) }

// ParseSplit reads the name of a split that Options.Split may have.
func ParseSplit(name string) (string, error) {
	if _, ok := splitBitsOf(name); !ok {
		return "", usage.Unknown("split", name, vocSplits...)
	}
	return name, nil
}

// DividedSplit parts the name of a split of a numbered division, "train1", into the split and the number; 0: it has
// none.
func DividedSplit(name string) (split string, division int) {
	split = strings.TrimRight(name, "0123456789")
	division, _ = strconv.Atoi(name[len(split):])
	return split, division
}

// SplitNames are the splits that items of the set are in: those without a number first, then by division, in the order
// of Splits.
func (s *Set) SplitNames() []string {
	has := make(map[string]bool)
	for i := range s.Items {
		for _, name := range s.Items[i].Splits() {
			has[name] = true
		}
	}
	var names []string
	for n := range maxDivisions + 1 {
		for _, split := range vocSplits {
			if n > 0 {
				split += strconv.Itoa(n)
			}
			if has[split] {
				names = append(names, split)
			}
		}
	}
	return names
}

// KeepDivision leaves the splits of one numbered division of a set that is divided several times, without its number.
func (s *Set) KeepDivision(n int) error {
	found := false
	for i := range s.Items {
		it := &s.Items[i]
		var names []string
		for _, name := range it.Splits() {
			if split, division := DividedSplit(name); division == n {
				names = append(names, split)
			}
		}
		it.SetSplits(names...)
		found = found || names != nil
	}
	if n < 1 || !found {
		return fmt.Errorf("want the number of a division of the set, found %d: no image is in a split of it", n)
	}
	return nil
}
