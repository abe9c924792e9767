package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// Fuse returns the recipe that stacks the final descriptors of several tables, such as those of the paper's nets D and
// E. Place "" is L2Both: with each table's descriptor divided by its norm the tables count alike, whatever the size of
// their activations, and the stacked one has norm 1 as the paper's descriptors have, so that one grid of C serves all.
func Fuse(parts []Recipe, place L2) (Recipe, error) {
	return Recipe{Aggregate: Stack, L2: place, Parts: parts}.Complete()
}

func (r Recipe) completeParts() (Recipe, error) {
	if r.L2 == "" {
		r.L2 = L2Both
	}
	if r.Aggregate != Stack || !slices.Contains(L2s(), r.L2) {
		return r, fmt.Errorf("protocol: tables joined by %q with L2 %q, expected stack, and after, before, both or none", r.Aggregate, r.L2)
	}
	r.Parts, r.Widths = slices.Clone(r.Parts), nil
	for i, p := range r.Parts {
		if len(p.Parts) > 0 {
			return r, fmt.Errorf("protocol: table %d is itself joined of several", i+1)
		}
		p, err := p.Complete()
		if err != nil {
			return r, fmt.Errorf("table %d: %w", i+1, err)
		}
		r.Parts[i], r.Widths = p, append(r.Widths, p.Width())
	}
	return r, nil
}

// matrices returns how many blocks Matrix takes.
func (r Recipe) matrices() int {
	n := 0
	for _, p := range r.Parts {
		n += len(p.Widths)
	}
	if n == 0 {
		n = len(r.Widths)
	}
	return n
}

// String says in words how the descriptor is made, such as "mean of 256, 384; L2 after".
func (r Recipe) String() string {
	if len(r.Parts) == 0 {
		return fmt.Sprintf("%s of %s; L2 %s", r.Aggregate, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(r.Scales)), ", "), "[]"), r.L2)
	}
	parts := make([]string, len(r.Parts))
	for i, p := range r.Parts {
		parts[i] = "(" + p.String() + ")"
	}
	return fmt.Sprintf("stack of %s; L2 %s", strings.Join(parts, " and "), r.L2)
}
