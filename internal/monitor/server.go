package monitor

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fc7/internal/usage"
)

// ParseAddress reads HOST:PORT, where HOST is an IP address, localhost, or nothing, which is all of this machine's. No
// name is looked up. Port 0 is one that is free.
func ParseAddress(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	n, bad := strconv.ParseUint(port, 10, 16)
	_, none := netip.ParseAddr(host)
	if err != nil || bad != nil || none != nil && host != "" && host != "localhost" {
		return "", usage.Unfit("", text, "HOST:PORT, with an IP address, localhost, or nothing for all addresses of this machine, such as localhost:9090 or :9090")
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// Server answers those who ask for figures.
type Server struct {
	listener net.Listener
	server   *http.Server
	ended    chan struct{}
}

// Serve listens at an address that ParseAddress gave, and answers with the figures of that moment. An address that is
// in use, or not this machine's, is an error at once. tell may be called from many goroutines.
func Serve(address string, tell func() []Figure) (*Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serving metrics at %s: %w: %s", address, err, advice(err))
	}
	s := &Server{listener: l, ended: make(chan struct{})}
	s.server = &http.Server{
		Handler: known(handler(tell, s.loopback())), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	go func() {
		defer close(s.ended)
		_ = s.server.Serve(l) // ends by Close
	}()
	return s, nil
}

// advice is what may be done where nothing can listen at an address.
func advice(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "want an address of this machine, such as localhost:9090, or :9090 for all that it has"
	case errors.Is(err, fs.ErrPermission):
		return "ports below 1024 are not for every user: choose another one, such as :9090"
	}
	return "choose another port, or :0 for one that is free"
}

// URL is where the figures are.
func (s *Server) URL() string {
	host, port, err := net.SplitHostPort(s.listener.Addr().String())
	if ip, bad := netip.ParseAddr(host); err == nil && bad == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/metrics"
}

// Close ends it.
func (s *Server) Close() error {
	err := s.server.Close()
	<-s.ended
	return err
}

// loopback tells whether only this machine can reach it.
func (s *Server) loopback() bool {
	a, ok := s.listener.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// handler answers what is asked; profiles of the program, which tell its arguments and keep it busy, only where nobody
// else can ask.
func handler(tell func() []Figure, profiles bool) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = write(w, tell()) // whoever asked may have gone
	})
	if profiles {
		m.HandleFunc("GET /debug/pprof/", pprof.Index)
		m.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		m.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		m.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		m.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return m
}

// known refuses requests by another name than an address or localhost: a page that a browser of this machine shows may
// give its own name this machine's address.
func known(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil && host != "localhost" && strings.HasPrefix(r.URL.Path, "/debug/") {
			http.Error(w, "profiles are told by an IP address or localhost alone", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}
