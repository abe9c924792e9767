package monitor

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"fc7/internal/usage"
)

// TestWrite: what Prometheus reads, whatever stands in labels.
func TestWrite(t *testing.T) {
	var b strings.Builder
	err := write(&b, []Figure{
		Counter("a_total", `What \ is`+"\ncounted.", 12345678901),
		Gauge("b", "Some.", 0.25),
		{Name: "c", Help: "Several.", Samples: []Sample{{Label("of", `x"y\z`+"\n"), 1}, {Label("of", "ü") + "," + Label("is", ""), -1e-9}}},
	})
	want := `# HELP a_total What \\ is\ncounted.
# TYPE a_total counter
a_total 1.2345678901e+10
# HELP b Some.
# TYPE b gauge
b 0.25
# HELP c Several.
# TYPE c gauge
c{of="x\"y\\z\n"} 1
c{of="ü",is=""} -1e-09
`
	if err != nil || b.String() != want {
		t.Errorf("%v\n%s", err, &b)
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		":9090": ":9090", "localhost:0": "localhost:0", "127.0.0.1:09090": "127.0.0.1:9090", "[::1]:65535": "[::1]:65535", "0.0.0.0:1": "0.0.0.0:1",
		"": "", "9090": "", ":": "", ":x": "", ":65536": "", ":-1": "", "example.org:80": "", "::1:80": "", "1.2.3:80": "", "http://localhost:80": "", "localhost:http": "",
	} {
		got, err := ParseAddress(text)
		if got != want || (want == "") != usage.Is(err) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

// ask is the status and the text of an answer; host is the name that is asked for, "": the server's.
func ask(t *testing.T, method, url, host string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestServe: figures are of the moment in which they are asked for; profiles are there on this machine alone.
func TestServe(t *testing.T) {
	var n atomic.Int64
	figures := func() []Figure { return []Figure{Counter("asked_total", "Times.", float64(n.Add(1)))} }
	s, err := Serve("127.0.0.1:0", figures)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(s.listener.Addr().String(), figures); !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "choose another port") {
		t.Errorf("the same address again: %v", err)
	}
	if _, err := Serve("192.0.2.1:0", figures); err == nil || errors.Is(err, syscall.EADDRNOTAVAIL) && !strings.Contains(err.Error(), "want an address of this machine") {
		t.Errorf("an address of no machine (RFC 5737): %v", err)
	}
	for _, want := range []string{"asked_total 1\n", "asked_total 2\n"} {
		if code, text := ask(t, http.MethodGet, s.URL(), ""); code != http.StatusOK || !strings.HasSuffix(text, want) {
			t.Errorf("%d %s", code, text)
		}
	}
	base := strings.TrimSuffix(s.URL(), "/metrics")
	for _, c := range []struct {
		method, path, host string
		code               int
	}{
		{http.MethodGet, "/", "", http.StatusNotFound},
		{http.MethodPost, "/metrics", "", http.StatusMethodNotAllowed},
		{http.MethodGet, "/metrics", "node7.example.org", http.StatusOK},
		{http.MethodGet, "/debug/pprof/", "", http.StatusOK},
		{http.MethodGet, "/debug/pprof/goroutine?debug=1", "localhost:80", http.StatusOK},
		{http.MethodGet, "/debug/pprof/heap", "evil.example.org", http.StatusForbidden},
		{http.MethodGet, "/debug/pprof/heap", "evil.example.org:80", http.StatusForbidden},
	} {
		if code, text := ask(t, c.method, base+c.path, c.host); code != c.code {
			t.Errorf("%s %s %s: %d, want %d: %.100s", c.method, c.path, c.host, code, c.code, text)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if d, err := net.Dial("tcp", s.listener.Addr().String()); err == nil {
		_ = d.Close()
		t.Error("it still listens")
	}
	all, err := Serve(":0", figures)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = all.Close() }()
	base = strings.TrimSuffix(all.URL(), "/metrics")
	if code, _ := ask(t, http.MethodGet, base+"/metrics", ""); code != http.StatusOK {
		t.Errorf("of all addresses: %d", code)
	}
	if code, _ := ask(t, http.MethodGet, base+"/debug/pprof/heap", ""); code != http.StatusNotFound {
		t.Errorf("profiles for whoever asks: %d", code)
	}
}
