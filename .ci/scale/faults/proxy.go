package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"

	"fc7/scale/scene"
)

// fault is one that a request may meet.
type fault int

const (
	none    fault = iota
	slow          // 503 SlowDown, and the store does not see the request
	away          // the connection ends before the store sees the request
	cut           // it ends in the middle of the body of an answer
	lost          // the store does what it is asked, and its answer does not come
	trickle       // an answer comes, but slowly
	faults
)

var names = [faults]string{"none", "503 SlowDown", "no connection", "cut in the body", "answer to a write lost", "slow body"}

// proxy stands between fc7 and a store. What becomes of a request is drawn, but no more than a few in a row of one
// object fail, so that all goes on.
type proxy struct {
	to *httputil.ReverseProxy

	mu     sync.Mutex
	random *rand.Rand
	rate   float64 // part of the requests that meet a fault
	row    map[string]int
	put    map[string]bool // what was put once: the first answer to that is always lost
	met    [faults]int
	asked  int
}

// inARow is how often in a row a request for one thing may fail: fewer than fc7 tries.
const inARow = 3

// newProxy serves a store at an address of its own.
func newProxy(s *scene.Scene, store string, seed uint64, rate float64) (p *proxy, at string) {
	p = &proxy{to: s.Forward(store), random: rand.New(rand.NewPCG(seed, 18)), rate: rate, row: map[string]int{}, put: map[string]bool{}}
	p.to.FlushInterval = -1
	p.to.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	return p, s.Answer(p)
}

// draw is the fault that a request meets.
func (p *proxy) draw(r *http.Request) fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	what := r.Method + r.URL.String()
	may := []fault{slow, away}
	switch r.Method {
	case http.MethodGet:
		may = append(may, cut, cut, trickle)
	case http.MethodPut, http.MethodPost, http.MethodDelete:
		may = append(may, lost, lost)
	}
	if (r.Method == http.MethodPut || strings.Contains(r.URL.Path, "/upload/")) && !p.put[what] {
		p.put[what] = true
		p.met[lost]++
		return lost
	}
	if p.row[what] >= inARow || p.random.Float64() >= p.rate {
		delete(p.row, what)
		return none
	}
	p.row[what]++
	f := may[p.random.IntN(len(may))]
	p.met[f]++
	return f
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch f := p.draw(r); f {
	case slow:
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
	case away:
		panic(http.ErrAbortHandler)
	case lost:
		p.to.ServeHTTP(&nowhere{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case cut:
		p.to.ServeHTTP(&cutter{ResponseWriter: w, part: p.part()}, r)
	case trickle:
		p.to.ServeHTTP(&trickler{w}, r)
	default:
		p.to.ServeHTTP(w, r)
	}
}

// sent tells whether anything was put with a word in its address.
func (p *proxy) sent(word string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for what := range p.put {
		if strings.Contains(what, word) {
			return true
		}
	}
	return false
}

// part is where a body is cut.
func (p *proxy) part() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.random.Float64()
}

// told is what requests met, of each kind at least so many.
func (p *proxy) told(s *scene.Scene, least int, of ...fault) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for f, n := range p.met {
		if f != int(none) && n > 0 {
			all = append(all, fmt.Sprintf("%d times %s", n, names[f]))
		}
	}
	for _, f := range of {
		if p.met[f] < least {
			s.Fail("%s was met %d times: nothing was shown of it", names[f], p.met[f])
		}
	}
	return fmt.Sprintf("%d requests, %s", p.asked, strings.Join(all, ", "))
}

// nowhere takes an answer that nobody gets.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n *nowhere) WriteHeader(int)             {}

// cutter ends a connection within a body, at that part of it.
type cutter struct {
	http.ResponseWriter
	part float64
	left int64
}

func (c *cutter) WriteHeader(status int) {
	var size int64
	_, _ = fmt.Sscan(c.Header().Get("Content-Length"), &size)
	c.left = int64(c.part * float64(size))
	c.ResponseWriter.WriteHeader(status)
}

func (c *cutter) Write(b []byte) (int, error) {
	if n := int64(len(b)); n <= c.left {
		c.left -= n
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func (c *cutter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// trickler lets a body come in small pieces.
type trickler struct{ http.ResponseWriter }

func (t *trickler) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		var m int
		m, err = t.ResponseWriter.Write(b[:min(len(b), 8<<10)])
		_ = http.NewResponseController(t.ResponseWriter).Flush()
		n, b = n+m, b[m:]
		time.Sleep(2 * time.Millisecond)
	}
	return n, err
}

func (t *trickler) Unwrap() http.ResponseWriter { return t.ResponseWriter }
