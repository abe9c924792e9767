package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestFlagValues(t *testing.T) {
	var f pflag.FlagSet
	top, rate, scales, views := 5, 0.01, []int{256, 384}, ""
	wholeFlag(&f, &top, "top", 1, "classes")
	numberFlag(&f, &rate, "rate", positive, "rate")
	listFlag(&f, &scales, "scales", "ints", whole(1), "scales")
	flag(&f, &views, "views", "string", "dense", oneOf("views", "dense", "crops"), "views")
	for _, says := range []string{"(default 5)", "(default 0.01)", "(default 256,384)", `(default "dense")`} {
		if help := f.FlagUsages(); !strings.Contains(help, says) {
			t.Errorf("no %s in %s", says, help)
		}
	}
	if err := f.Parse([]string{"--top=2", "--rate=1e-3", "--scales=1,2", "--scales", "3", "--views=crops"}); err != nil {
		t.Fatal(err)
	}
	if top != 2 || rate != 1e-3 || !slices.Equal(scales, []int{1, 2, 3}) || views != "crops" {
		t.Error(top, rate, scales, views)
	}
	for _, bad := range []string{"--top=0", "--top=x", "--top=", "--rate=-1", "--rate=0", "--rate=NaN", "--rate=Inf", "--scales=", "--scales=1,", "--scales=0", "--views=Dense"} {
		if err := f.Parse([]string{bad}); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	if top != 2 || rate != 1e-3 || !slices.Equal(scales, []int{1, 2, 3}) || views != "crops" {
		t.Error("a bad value changes what was there:", top, rate, scales, views)
	}
}
