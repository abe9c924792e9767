package main

import (
	"bytes"
	"context"
	"testing"
	"time"
)

// TestPatience: a task of a plan has longer than other verbs, a training as long as it takes; what ends by itself has
// its own status.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		args []string
		want time.Duration
	}{
		{[]string{"extract"}, leaveAfter},
		{[]string{"extract", "--plan=x"}, leaveTask},
		{[]string{"train"}, leaveNever},
		{[]string{"finetune"}, leaveNever},
	} {
		con := newConsole(&bytes.Buffer{}, &bytes.Buffer{})
		cmd, flags, err := newRoot(con).Find(c.args)
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(flags); err != nil {
			t.Fatal(err)
		}
		con.start(cmd)
		if got := time.Duration(con.patience.d.Load()); got != c.want {
			t.Errorf("%q: %v, want %v", c.args, got, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := newPatience()
	p.d.Store(int64(leaveNever))
	slow := func() int { time.Sleep(100 * time.Millisecond); return 7 }
	if code := orLeave(ctx, p, nil, false, slow); code != 7 {
		t.Errorf("status %d of what takes long", code)
	}
	p.d.Store(1)
	var said bytes.Buffer
	hold := make(chan struct{})
	defer close(hold)
	if code := orLeave(ctx, p, newConsole(&said, &said), true, func() int { <-hold; return 0 }); code != exitInterrupted || !bytes.Contains(said.Bytes(), []byte(`"exit":130`)) {
		t.Errorf("status %d, %s", code, &said)
	}
}
