package table

import (
	"testing"

	"fc7/internal/hostile"
)

func TestParsePart(t *testing.T) {
	for _, s := range []string{"1/1", "3/16", "16/16", "99999/99999"} {
		if p, err := ParsePart(s); err != nil || p.String() != s {
			t.Errorf("%s: %v, %v", s, p, err)
		}
	}
	for _, s := range []string{"", "3", "/", "0/16", "17/16", "-1/2", "1/0", "1/-2", "a/b", "1/2/3", "1.5/2", "1/100000", "99999999999999999999/1"} {
		if p, err := ParsePart(s); err == nil {
			t.Errorf("%q: no error, %v", s, p)
		}
	}
	if s := (Part{}).String(); s != "" {
		t.Errorf("all of the table: %q", s)
	}
}

// TestPartShards: the parts of any number of machines cover every shard once, in order, and are of like size.
func TestPartShards(t *testing.T) {
	for count := 1; count <= 40; count++ {
		for n := 1; n <= 45; n++ {
			at := 0
			for i := 1; i <= n; i++ {
				first, end := Part{i, n}.Shards(count)
				if first != at || end < first || end-first > count/n+1 {
					t.Fatalf("%d/%d of %d shards: %d to %d, want from %d on", i, n, count, first, end, at)
				}
				at = end
			}
			if at != count {
				t.Fatalf("%d machines take %d of %d shards", n, at, count)
			}
		}
	}
	if first, end := (Part{}).Shards(7); first != 0 || end != 7 {
		t.Errorf("all: %d to %d", first, end)
	}
}

func FuzzParsePart(f *testing.F) { partTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { partTarget().Test(t, "FuzzParsePart") }

// partTarget reads parts: what is read is written as it was meant.
func partTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts("3/16", "1/1", "+1/2", "01/2", "0/0", "1/99999", "/", "1/2/3", "-1/-1", "2/3", "16/16", "7/100", "1/2", "9/10", "99999/99999", "4/4", "5/8", "10/11"),
		Words: []string{"/", "0", "1", "-", "+", "99999999999999999999", " ", "100000", "e1"},
		Alloc: func(n int) uint64 { return 1<<20 + 100*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			p, err := ParsePart(string(file))
			if err != nil {
				return err
			}
			if again, err := ParsePart(p.String()); err != nil || again != p || p.Index < 1 || p.Index > p.Count {
				r.Errorf("%+v, again %+v, %v", p, again, err)
			}
			r.Int(p.Index, p.Count)
			return nil
		},
	}
}
