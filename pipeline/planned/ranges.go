package planned

import (
	"fmt"
	"strings"
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
