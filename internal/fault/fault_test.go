package fault

import (
	"errors"
	"testing"
)

func TestGuardPassesErrorsOn(t *testing.T) {
	want := errors.New("no")
	if err := Guard(func() error { return want }); err != want {
		t.Error(err)
	}
	if err := Guard(func() error { return nil }); err != nil {
		t.Error(err)
	}
}

// Mistakes of the program are no faults of a file.
func TestGuardPassesPanicsOn(t *testing.T) {
	for name, f := range map[string]func(){
		"nil pointer": func() { var p *[4]int; p[2]++ },
		"index":       func() { var s []int; s[len(s)]++ },
		"panic":       func() { panic("mine") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			err := Guard(func() error { f(); return nil })
			t.Errorf("%s: %v", name, err)
		}()
	}
}
