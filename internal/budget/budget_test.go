package budget

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// waitingFor waits until so many turns stand in line.
func waitingFor(t *testing.T, b *Budget, n int) {
	t.Helper()
	for range 2000 {
		b.mu.Lock()
		got := len(b.waiting)
		b.mu.Unlock()
		if got == n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("not %d in line", n)
}

// Never is more held than the budget but by one that is larger alone, and all are served.
func TestBudgetHolds(t *testing.T) {
	const limit = 1000
	b := New(limit)
	var held, most, overs atomic.Int64
	var all sync.WaitGroup
	for i := range 400 {
		n := int64(1 + rand.IntN(limit))
		if i%40 == 0 {
			n = 5 * limit
		}
		turn := b.Turn()
		all.Go(func() {
			if err := turn.Take(t.Context(), n); err != nil {
				t.Error(err)
				return
			}
			now := held.Add(n)
			if now > limit {
				if now != n {
					t.Errorf("%d bytes are held, of which one has %d", now, n)
				}
				overs.Add(1)
			}
			most.Store(max(most.Load(), now))
			time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
			held.Add(-n)
			turn.Release()
			turn.Release()
		})
	}
	all.Wait()
	if b.held != 0 || b.working != 0 || len(b.waiting) != 0 || overs.Load() != 10 {
		t.Errorf("%d bytes held by %d, %d in line, %d went alone", b.held, b.working, len(b.waiting), overs.Load())
	}
	if w := b.Waited(); w.Count == 0 || w.Time == 0 {
		t.Errorf("nobody waited: %+v", w)
	}
}

// A large one is not passed by: those behind it in line wait, though there is room for them.
func TestLargeOneIsNotPassedBy(t *testing.T) {
	b := New(100)
	first, large, small := b.Turn(), b.Turn(), b.Turn()
	if err := first.Take(t.Context(), 50); err != nil {
		t.Fatal(err)
	}
	var order []string
	var mu sync.Mutex
	var both sync.WaitGroup
	take := func(turn *Turn, n int64, name string) {
		both.Go(func() {
			if err := turn.Take(t.Context(), n); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			turn.Release()
		})
	}
	take(large, 100, "large")
	waitingFor(t, b, 1)
	take(small, 1, "small")
	waitingFor(t, b, 2)
	if b.Turn().Grow(1) {
		t.Error("one that came later was not asked to wait")
	}
	first.Release()
	both.Wait()
	if !slices.Equal(order, []string{"large", "small"}) {
		t.Error(order)
	}
}

// What is only kept does not keep the first in line from going; it goes alone all the same.
func TestKeptMemoryBlocksNobody(t *testing.T) {
	b := New(100)
	turns := []*Turn{b.Turn(), b.Turn(), b.Turn(), b.Turn()}
	for _, turn := range turns[1:3] {
		if err := turn.Take(t.Context(), 50); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error)
	go func() { done <- turns[0].Take(t.Context(), 60) }()
	waitingFor(t, b, 1)
	turns[1].Keep(40)
	waitingFor(t, b, 1) // the other one works
	turns[2].Keep(40)
	if err := <-done; err != nil || b.held != 140 {
		t.Errorf("%d bytes are held, %v", b.held, err)
	}
	if turns[3].Grow(1) {
		t.Error("there is room beside one that went alone")
	}
	for _, turn := range turns {
		turn.Release()
	}
	if !turns[3].Grow(100) || turns[3].Held() != 100 {
		t.Error("there is no room though all was given back")
	}
}

// Whoever stops waiting makes way.
func TestWaitEndsWithContext(t *testing.T) {
	b := New(100)
	first, second, third := b.Turn(), b.Turn(), b.Turn()
	if err := first.Take(t.Context(), 60); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- second.Take(ctx, 100) }()
	waitingFor(t, b, 1)
	served := make(chan error)
	go func() { served <- third.Take(t.Context(), 40) }()
	waitingFor(t, b, 2)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || second.Held() != 0 {
		t.Errorf("%v, %d bytes held", err, second.Held())
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestSetLimit(t *testing.T) {
	b := New(10)
	first, second := b.Turn(), b.Turn()
	if err := first.Take(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- second.Take(t.Context(), 10) }()
	waitingFor(t, b, 1)
	b.SetLimit(20)
	if err := <-done; err != nil || b.Limit() != 20 {
		t.Errorf("%d, %v", b.Limit(), err)
	}
	if n := Shared().Limit(); n < 1<<20 {
		t.Errorf("the process has %d bytes", n)
	}
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"4GB": 4e9, "512MB": 512e6, "512mb": 512e6, "1.5GiB": 3 << 29, "2G": 2e9, "1000000": 1e6, "3 TB": 3e12, "64MiB": 64 << 20, "7000kB": 7e6,
	} {
		if got, err := ParseSize(s); got != want || err != nil {
			t.Errorf("%s: %d, want %d, %v", s, got, want, err)
		}
	}
	for _, s := range []string{"", "GB", "0", "-4GB", "999999", "4XB", "NaN", "1e30GB", "InfGB", "four"} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("%q is %d", s, got)
		}
	}
	for n, want := range map[int64]string{4e9: "4GB", 512e6: "512MB", 6310000000: "6.31GB"} {
		if got := Size(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
