package planned

import "testing"

// TestRanges: numbers as the arrays of schedulers take them.
func TestRanges(t *testing.T) {
	for want, n := range map[string][]int{"": nil, "3": {3}, "0-2,5,7-8": {0, 1, 2, 5, 7, 8}} {
		if got := Ranges(n); got != want {
			t.Errorf("%v: %s, want %s", n, got, want)
		}
	}
}

// TestList: a list has the tasks that Ranges wrote, each at its place.
func TestList(t *testing.T) {
	for _, tasks := range [][]int{{0}, {7}, {0, 1, 2}, {3, 4, 5, 9}, {1, 3, 5, 6, 1 << 30}} {
		l, err := ParseList(Ranges(tasks))
		if err != nil || l.Len() != len(tasks) || l.At(len(tasks)) != -1 {
			t.Errorf("%v: %+v, %v", tasks, l, err)
		}
		for i, task := range tasks {
			if got := l.At(i); got != task {
				t.Errorf("%v: place %d is %d", tasks, i, got)
			}
		}
	}
	for _, text := range []string{"", ",", "-", "1-", "-1", "3,1", "1,1", "4-3", "1-2,2", "a", "1 ", "+1", "0x1", "99999999999999999999", "0-9999999999", "1-2-3"} {
		if l, err := ParseList(text); err == nil {
			t.Errorf("%q is %+v", text, l)
		}
	}
}
