package npytest

import (
	"testing"
)

func TestCaltech101(t *testing.T) {
	x, classes, files := Caltech101(t)
	if len(x) != 9144*512 || len(classes) != 9144 || len(files) != 9144 || classes[0] == "" || files[0] == "" {
		t.Errorf("%d values, %d classes, %d files", len(x), len(classes), len(files))
	}
}
