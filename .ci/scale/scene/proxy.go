package scene

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Forward passes on to a server what it is asked: for what stands between that and fc7.
func (s *Scene) Forward(server string) *httputil.ReverseProxy {
	to, err := url.Parse(server)
	s.Must(err)
	return &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }, // the host is signed
		ErrorLog: quiet(),
	}
}

// Answer lets a handler answer at an address of its own, until the program ends.
func (s *Scene) Answer(h http.Handler) (at string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.Must(err)
	server := &http.Server{Handler: h, ErrorLog: quiet()}
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String()
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
