// Many times fc7 status and fc7 merge of a planned table of many files, on a disk and on an S3 server, versitygw, that
// answers at once or a while later, as one far away does; and counts what is asked of the server.
//
//	go -C .ci/scale run ./many -fc7 ../../bin/fc7 [-files 10000] [-delay 0,25ms] [-table FOLDER]
package main

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"fc7/scale/scene"
)

func main() {
	fc7 := flag.String("fc7", "bin/fc7", "the program")
	tools := flag.String("tools", "bin/scale", "folder where the server is installed")
	files := flag.Int("files", 10_000, "files of the table")
	made := flag.String("table", "", "folder where the table is, or is made to be used again; default: it is made anew")
	delays := flag.String("delay", "0,25ms", "what each answer of the server takes, beside what it takes itself")
	flag.Parse()
	os.Exit(scene.Play("many", *fc7, func(s *scene.Scene) {
		s.Must(os.MkdirAll(s.Path("root", "bucket"), 0o755))
		if *made == "" {
			*made = s.Path("table")
		}
		if _, err := os.Stat(*made); err != nil {
			table(s, *files, *made)
		}
		s.Must(os.CopyFS(s.Path("run"), os.DirFS(*made)))
		store, stop := s.Gateway(s.Path("root"), *tools)
		defer stop()
		p := newProxy(s, store)
		show(s, p, "the disk", s.Path("run"))
		for _, text := range strings.Split(*delays, ",") {
			delay, err := time.ParseDuration(text)
			s.Must(err)
			s.Must(os.CopyFS(s.Path("root", "bucket", text), os.DirFS(*made)))
			s.Tag(s.Path("root", "bucket", text))
			p.delay = delay
			show(s, p, "a store, each answer "+text+" late", "s3://bucket/"+text)
		}
	}))
}

// table makes all files of a table, with a row each, which is not merged.
func table(s *scene.Scene, files int, out string) {
	drawn := s.Draw(s.Path("data"), 64, 64)
	var list strings.Builder
	for i := range files {
		path := s.Path("links", fmt.Sprintf("%03d", i/1000), fmt.Sprintf("%06d.jpg", i))
		s.Must(os.MkdirAll(filepath.Dir(path), 0o755))
		s.Must(os.Link(drawn[i%len(drawn)], path))
		list.WriteString(path + "\n")
	}
	s.Must(os.WriteFile(s.Path("list.txt"), []byte(list.String()), 0o644))
	s.Run(0, "plan", "list:"+s.Path("list.txt"), "--scales", "32", "--layer", "pool1", "--shard-rows", "1", "--out", out)
	s.Run(0, "extract", "--plan", out)
}

// show times a status and a merge.
func show(s *scene.Scene, p *proxy, where, run string) {
	for _, verb := range []string{"status", "merge"} {
		p.take()
		began := time.Now()
		s.Run(0, verb, run)
		took := time.Since(began)
		asked, most := p.take()
		s.Say("%s of a table on %s: %.2f s, %d requests, %d at once", verb, where, took.Seconds(), asked, most)
	}
}

// proxy counts requests, and lets their answers come late.
type proxy struct {
	to    *httputil.ReverseProxy
	delay time.Duration

	mu               sync.Mutex
	asked, now, most int
}

func newProxy(s *scene.Scene, store string) *proxy {
	p := &proxy{to: s.Forward(store)}
	p.to.Transport = &http.Transport{MaxIdleConnsPerHost: 128}
	s.Env = append(s.Env, "AWS_ENDPOINT_URL="+s.Answer(p))
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked++
	p.now++
	p.most = max(p.most, p.now)
	p.mu.Unlock()
	time.Sleep(p.delay)
	p.to.ServeHTTP(w, r)
	p.mu.Lock()
	p.now--
	p.mu.Unlock()
}

// take is how many requests there were since the last call, and how many at once.
func (p *proxy) take() (asked, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, most = p.asked, p.most
	p.asked, p.most = 0, 0
	return asked, most
}
