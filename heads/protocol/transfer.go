package protocol

import (
	"slices"
	"strings"
)

// transfer are the protocols of data sets that features are compared on today: the set's own divisions, and the figure
// that is published for it. C is chosen on val where there is one, else on a fifth of the images to train, and heads
// are then trained on all that is learned from; of several divisions the figures are means.
//
// Which figure counts follows Kornblith, Shlens, Le (2019, arXiv 1805.08974, table 1 and appendix A) and the papers of
// the sets.
func transfer() []Protocol {
	return slices.Concat(
		official("mean_recall", "mean class recall", "pets", "flowers102", "aircraft", "aircraft:family", "aircraft:manufacturer", "mit67"),
		official("accuracy", "accuracy", "dtd", "cub200", "cars", "food101", "sun397", "dogs", "cifar10", "cifar100"),
		official("mean_ap", "mean AP", "coco"),
	)
}

// official are the protocols of kinds that one figure counts for.
func official(figure, called string, kinds ...string) (all []Protocol) {
	for _, kind := range kinds {
		p := set
		p.Name, p.Kind, p.splits, p.takes = strings.ReplaceAll(kind, ":", "-"), kind, ownSplits, nil
		p.help = "the set's own divisions, the mean of several; C chosen on\nval, or a fifth of what is learned from; " + called
		p.Headline, p.defaults = []string{figure}, Options{}
		p.summary = append([]string{figure}, slices.DeleteFunc(slices.Clone(set.summary), func(s string) bool { return s == figure })...)
		all = append(all, p)
	}
	return all
}
