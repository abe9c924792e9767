package budget

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fc7/internal/usage"
)

// units of sizes, the longest endings first.
var units = []struct {
	name string
	size float64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", 1 << 40},
	{"kB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"TB", 1e12},
	{"K", 1e3},
	{"M", 1e6},
	{"G", 1e9},
	{"T", 1e12},
	{"B", 1},
	{"", 1},
}

// least is the smallest budget: images of a few kilobytes go into it.
const least = 1e6

// ParseSize reads an amount of memory: 4GB, 512MB, 1.5GiB, or a number of bytes.
func ParseSize(s string) (int64, error) {
	for _, u := range units {
		digits, ok := cutSuffixFold(s, u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if v = math.Round(v * u.size); err != nil || !(v >= least && v < 1<<62) {
			break
		}
		return int64(v), nil
	}
	return 0, usage.Unfit("", s, "1MB or more, such as 512MB or 4GB")
}

func cutSuffixFold(s, end string) (string, bool) {
	at := len(s) - len(end)
	if at < 0 || !strings.EqualFold(s[at:], end) {
		return s, false
	}
	return s[:at], true
}

// Size writes an amount of memory as ParseSize reads it.
func Size(n int64) string {
	if n < 1e9 {
		return fmt.Sprintf("%.3gMB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.3gGB", float64(n)/1e9)
}
