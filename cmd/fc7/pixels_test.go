package main

import "testing"

func TestPixels(t *testing.T) {
	var n int
	for s, want := range map[string]int{"179MP": 179e6, "0.5mp": 500000, "1234": 1234, "2e6": 2e6, "1.5MP": 1500000} {
		if err := (pixels{&n}).Set(s); err != nil || n != want {
			t.Errorf("%s: %d, %v; want %d", s, n, err, want)
		}
	}
	n = 7
	for _, s := range []string{"", "MP", "0", "-3MP", "many", "NaN", "Inf", "1e30", "3GP"} {
		if err := (pixels{&n}).Set(s); err == nil || n != 7 {
			t.Errorf("%q: %v, %d", s, err, n)
		}
	}
	n = 178956970
	if s := (pixels{&n}).String(); s != "179MP" {
		t.Errorf("prints as %s", s)
	}
}
