package storetest

import (
	"net/http"
	"strconv"
	"strings"
)

// Fault is what becomes of the first request that fits.
type Fault struct {
	Verb string // GET, HEAD, PUT, DELETE, LIST
	Part string // of the key
	How  How
}

// How a request fails.
type How int

// The ways.
const (
	Busy How = iota // 503
	Away            // the connection ends before anything is done
	Cut             // it ends in the middle of the body of an answer
	Lost            // what is asked for is done, and no answer comes
	Slow            // the body comes in small pieces
)

// Meet lets each of some faults happen once. left are those that did not yet.
func (b *Bucket) Meet(faults ...Fault) (left func() []Fault) {
	b.First(func(w http.ResponseWriter, r *http.Request, key string) bool {
		verb := b.wish(r).verb
		b.mu.Lock()
		o, how, met := b.objects[key], Busy, false
		for i, f := range faults {
			if met = verb == f.Verb && strings.Contains(key, f.Part); met {
				how, faults = f.How, append(faults[:i:i], faults[i+1:]...)
				break
			}
		}
		b.mu.Unlock()
		if met {
			b.fail(w, r, o, how)
		}
		return met
	})
	return func() []Fault {
		b.mu.Lock()
		defer b.mu.Unlock()
		return faults
	}
}

// fail answers a request in one of the ways.
func (b *Bucket) fail(w http.ResponseWriter, r *http.Request, o object, how How) {
	switch how {
	case Busy:
		w.WriteHeader(http.StatusServiceUnavailable)
	case Slow:
		b.answer(&pieces{w, -1}, r, o)
	case Cut:
		b.answer(&pieces{w, 0}, r, o)
		panic(http.ErrAbortHandler)
	case Lost:
		b.answer(nowhere{}, r, o)
		panic(http.ErrAbortHandler)
	default:
		panic(http.ErrAbortHandler)
	}
}

// nowhere takes an answer that nobody gets.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// pieces sends a body in small pieces, and no more than half of it where left is not negative.
type pieces struct {
	http.ResponseWriter
	left int
}

func (p *pieces) WriteHeader(status int) {
	if n, err := strconv.Atoi(p.Header().Get("Content-Length")); err == nil && p.left == 0 {
		p.left = n / 2
	}
	p.ResponseWriter.WriteHeader(status)
}

func (p *pieces) Write(b []byte) (n int, err error) {
	const piece = 4 << 10
	for n < len(b) && err == nil {
		part := b[n:min(n+piece, len(b))]
		if p.left >= 0 {
			if part = part[:min(len(part), p.left)]; len(part) == 0 {
				panic(http.ErrAbortHandler)
			}
			p.left -= len(part)
		}
		var m int
		m, err = p.ResponseWriter.Write(part)
		_ = http.NewResponseController(p.ResponseWriter).Flush()
		n += m
	}
	return n, err
}
