package datasets

import (
	"fmt"
	"strings"
)

// Count is what is in a split.
type Count struct {
	Images  int // different IDs
	Rows    int
	Objects int // rows of boxes
}

// Counts returns what is in each split, and under "" what is in the set.
func (s *Set) Counts() map[string]Count {
	counts := make(map[string]Count)
	seen := make(map[[2]string]bool)
	for i := range s.Items {
		it := &s.Items[i]
		for n := -1; n < len(it.Splits()); n++ {
			split := ""
			if n >= 0 {
				split = it.Splits()[n]
			}
			c := counts[split]
			c.Rows++
			if it.Box != nil {
				c.Objects++
			}
			if key := [2]string{split, it.ID}; !seen[key] {
				seen[key] = true
				c.Images++
			}
			counts[split] = c
		}
	}
	return counts
}

// otherCounts tells in one sentence which splits have other counts than were published, if any. A split that is absent,
// as of a test set that was not fetched, is none of them, nor is one of under half its size: who has cut a set down, or
// drawn one in its layout, knows.
func (s *Set) otherCounts(k KindInfo) []string {
	var differ []string
	counts := s.Counts()
	for _, p := range k.Published {
		c, ok := counts[p.Name]
		if !ok || 2*c.Images < p.Images {
			continue
		}
		if c.Images != p.Images {
			differ = append(differ, fmt.Sprintf("%s %d of %d images", p.Name, c.Images, p.Images))
		}
		if c.Objects != p.Objects && c.Objects > 0 {
			differ = append(differ, fmt.Sprintf("%s %d of %d boxes", p.Name, c.Objects, p.Objects))
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return []string{"the counts are not those published: " + strings.Join(differ, ", ")}
}
