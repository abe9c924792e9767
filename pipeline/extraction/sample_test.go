package extraction

import (
	"testing"

	"fc7/pipeline/table"
)

// TestSampler: every row is as likely as any other.
func TestSampler(t *testing.T) {
	count := map[int]int{}
	for seed := range uint64(3000) {
		s := newSampler(3, seed)
		for i := range 10 {
			s.offer(table.Place{Row: i})
		}
		for _, r := range s.rows {
			count[r.Row]++
		}
	}
	for i := range 10 {
		if count[i] < 780 || count[i] > 1020 {
			t.Errorf("row %d was chosen %d times of 3000, want about 900", i, count[i])
		}
	}
}
