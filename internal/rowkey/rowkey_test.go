package rowkey

import "testing"

func TestOf(t *testing.T) {
	for _, c := range []struct {
		image  string
		object int
		want   string
	}{{"a", 0, "a"}, {"a", 1, "a#1"}, {"2007_1", 3, "2007_1#3"}} {
		if got := Of(c.image, c.object); got != c.want {
			t.Errorf("%s, %d: %s, want %s", c.image, c.object, got, c.want)
		}
	}
}
