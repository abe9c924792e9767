package pickle

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestPickleInput(t *testing.T) {
	s := strings.NewReader("..ab line\n1234567890tail")
	in := NewReader(s, 2, 18)
	if b, err := in.byte(); b != 'a' || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	if text, err := in.line(); text != "b line" || err != nil || in.pos != 10 {
		t.Errorf("got %q, %v, at %d", text, err, in.pos)
	}
	if raw, err := in.take(3); string(raw) != "123" || err != nil {
		t.Errorf("got %q, %v", raw, err)
	}
	if err := in.skip(4); err != nil || in.pos != 17 {
		t.Errorf("%v, at %d", err, in.pos)
	}
	if raw, err := in.take(3); string(raw) != "890" || err != nil {
		t.Errorf("got %q, %v", raw, err)
	}
	// What lies behind the section is not read.
	_, err := in.byte()
	wantError(t, err, "truncated")
	_, err = in.take(1)
	wantError(t, err, "expected 1 more bytes, found 0")
	_, err = in.line()
	wantError(t, err, "truncated")
	if err := in.skip(1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if err := in.skip(-1); err == nil {
		t.Error("went backwards")
	}
}
