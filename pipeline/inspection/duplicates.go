package inspection

import (
	"encoding/hex"
	"slices"

	"fc7/datasets"
)

// findDuplicates groups the images of the same bytes, in the order of the set.
func (in *Set) findDuplicates(set *datasets.Set, images []place) {
	groups := make(map[[32]byte][]int)
	for n, im := range images {
		if im.bytes > 0 { // all that could be opened, but for empty ones
			groups[im.digest] = append(groups[im.digest], n)
		}
	}
	for n, im := range images {
		g := groups[im.digest]
		if len(g) < 2 || g[0] != n {
			continue
		}
		in.Duplicates = append(in.Duplicates, duplicate(set, images, g))
	}
}

func duplicate(set *datasets.Set, images []place, group []int) Duplicate {
	d := Duplicate{SHA256: hex.EncodeToString(images[group[0]].digest[:])}
	var labels [][]string
	for _, n := range group {
		first := &set.Items[images[n].rows[0]]
		d.Images = append(d.Images, first.ID)
		var own []string
		for _, row := range images[n].rows {
			own = append(own, set.Items[row].Labels()...)
		}
		d.Splits = append(d.Splits, splitsOf(set, images[n].rows)...)
		slices.Sort(own)
		labels = append(labels, slices.Compact(own))
	}
	slices.Sort(d.Splits)
	d.Splits = slices.Compact(d.Splits)
	for _, l := range labels[1:] {
		d.OtherLabels = d.OtherLabels || !slices.Equal(l, labels[0])
	}
	d.Leak = leaks(d.Splits)
	return d
}

// splitsOf returns the splits that rows are in, each once.
func splitsOf(set *datasets.Set, rows []int) []string {
	var splits []string
	for _, row := range rows {
		splits = append(splits, set.Items[row].Splits()...)
	}
	slices.Sort(splits)
	return slices.Compact(splits)
}

// leaks tells whether splits of one division learn from what others test on or choose by.
func leaks(splits []string) bool {
	of := make(map[int][]string)
	for _, s := range splits {
		split, n := datasets.DividedSplit(s)
		of[n] = append(of[n], split)
	}
	for _, splits := range of {
		if leaksOnce(splits) {
			return true
		}
	}
	return false
}

func leaksOnce(splits []string) bool {
	has := func(s string) bool { return slices.Contains(splits, s) }
	return has(datasets.SplitTest) && (has(datasets.SplitTrain) || has(datasets.SplitVal) || has(datasets.SplitTrainVal)) ||
		has(datasets.SplitTrain) && has(datasets.SplitVal)
}
