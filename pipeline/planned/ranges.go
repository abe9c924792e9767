package planned

import (
	"fmt"
	"strconv"
	"strings"

	"fc7/internal/usage"
)

// Ranges writes numbers that grow as schedulers read them: 0-3,7.
func Ranges(n []int) string {
	var out []string
	for i := 0; i < len(n); i++ {
		from := i
		for i+1 < len(n) && n[i+1] == n[i]+1 {
			i++
		}
		if from == i {
			out = append(out, fmt.Sprint(n[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", n[from], n[i]))
		}
	}
	return strings.Join(out, ",")
}

// List is a list of tasks, in order, as Ranges writes it; the zero value has none.
type List struct{ spans [][2]int }

// maxTask bounds the numbers of tasks that are listed.
const maxTask = 1 << 30

// ParseList reads what Ranges writes.
func ParseList(text string) (l List, err error) {
	last := -1
	for _, r := range strings.Split(text, ",") {
		from, to, both := strings.Cut(r, "-")
		if !both {
			to = from
		}
		a, bad := strconv.ParseUint(from, 10, 32)
		b, worse := strconv.ParseUint(to, 10, 32)
		if bad != nil || worse != nil || int64(a) <= int64(last) || b < a || b > maxTask {
			return List{}, usage.Unfit("", text, "numbers of tasks that grow, such as 3-5,9")
		}
		last = int(b)
		l.spans = append(l.spans, [2]int{int(a), last})
	}
	return l, nil
}

// Len is how many tasks it has.
func (l List) Len() (n int) {
	for _, s := range l.spans {
		n += s[1] - s[0] + 1
	}
	return n
}

// At is task i of it, from 0; -1: it has not as many.
func (l List) At(i int) int {
	for _, s := range l.spans {
		if n := s[1] - s[0] + 1; i >= n {
			i -= n
			continue
		}
		return s[0] + i
	}
	return -1
}
