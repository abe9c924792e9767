package usage

import (
	"slices"
	"strings"
)

// maxWord is the longest word that is compared: what is longer is no slip of the pen.
const maxWord = 64

// Nearest is the word that given was probably meant to be: the one with the fewest slips (a letter more, less, another,
// or two exchanged), if that is at most one in three letters; upper and lower case are the same. A word that given
// begins, or ends, counts as near, too. "": none is.
func Nearest(given string, words []string) string {
	low := strings.ToLower(given)
	if low == "" || len(low) > maxWord {
		return ""
	}
	best, least, apart := "", 0, 0
	for _, w := range words {
		word := strings.ToLower(w)
		if len(word) > maxWord {
			continue
		}
		d := slips([]rune(low), []rune(word))
		if len(low) > 1 && (strings.HasPrefix(word, low) || strings.HasSuffix(word, low)) {
			d = min(d, 1)
		}
		if limit := max(1, max(len(low), len(word))/3); d > limit || d >= len(word) {
			continue
		}
		if a := gap(low, word); best == "" || d < least || d == least && a < apart {
			best, least, apart = w, d, a
		}
	}
	return best
}

// gap tells words with as many slips apart: how far their letters are from one another, in any order. So vgg17 is
// nearer to vgg16 than to vgg11, and vgg61 is vgg16.
func gap(a, b string) int {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	n := 256 * max(len(x)-len(y), len(y)-len(x))
	for i := range min(len(x), len(y)) {
		n += max(int(x[i])-int(y[i]), int(y[i])-int(x[i]))
	}
	return n
}

// slips is the edit distance of two words, with exchanged neighbours as one slip (optimal string alignment).
func slips(a, b []rune) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
