// Faults lets fc7 work on an S3 server, versitygw, through a proxy at which much goes wrong: 503 SlowDown, connections
// that end before or in the middle of an answer, answers that come slowly, and writes that the store does while fc7
// does not hear of it. What comes of it has the bytes of the same work on the disk, and nothing on the store is ever
// seen half written.
//
//	go -C .ci/scale run ./faults -fc7 ../../bin/fc7 [-seed 1]
//
// versitygw is taken from PATH, or installed into -tools.
package main

import (
	"crypto/md5"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"fc7/scale/scene"
)

// gateway is the server, in a version that honours If-None-Match.
const gateway = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

var quiet = log.New(io.Discard, "", 0)

func main() {
	fc7 := flag.String("fc7", "bin/fc7", "the program")
	tools := flag.String("tools", "bin/scale", "folder where the server is installed")
	seed := flag.Uint64("seed", 1, "of all that is random")
	rate := flag.Float64("rate", 0.35, "part of the requests that meet a fault")
	flag.Parse()
	os.Exit(scene.Play("faults", *fc7, func(s *scene.Scene) {
		bucket := s.Path("root", "bucket")
		s.Must(os.MkdirAll(bucket, 0o755))
		store, stop := serve(s, s.Path("root"), *tools)
		defer stop()
		p, at := newProxy(s, store, *seed, *rate)
		s.Env = append(s.Env, "AWS_ENDPOINT_URL="+at)
		show(s, p, bucket)
	}))
}

// serve starts the server on a folder.
func serve(s *scene.Scene, root, tools string) (at string, stop func()) {
	const key, secret = "fc7test", "fc7testsecret"
	s.Env = append(s.Env, "AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_REGION=us-east-1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.Must(err)
	address := l.Addr().String()
	s.Must(l.Close())
	c := exec.Command(s.Tool(tools, "versitygw", gateway), "--port", address, "posix", root)
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+key, "ROOT_SECRET_KEY="+secret)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.Must(c.Start())
	s.Await("the server", 30*time.Second, func() bool {
		d, err := net.Dial("tcp", address)
		if err == nil {
			_ = d.Close()
		}
		return err == nil
	})
	return "http://" + address, func() { _ = c.Process.Kill(); _ = c.Wait() }
}

// show does by the store what is done on the disk beside it.
func show(s *scene.Scene, p *proxy, bucket string) {
	images := s.Draw(filepath.Join(bucket, "data"), 24, 400)
	for i, path := range images {
		images[i] = strings.TrimPrefix(path, bucket+"/")
	}
	s.Must(os.WriteFile(filepath.Join(bucket, "list.txt"), []byte(strings.Join(images, "\n")+"\n"), 0o644))
	net := filepath.Join(bucket, "net.safetensors")
	s.Run(0, "weights", "init", "--net", "vgg11/32", "--out", net)
	tag(s, bucket)
	half := s.Path("half.safetensors")
	s.Run(0, "weights", "convert", "s3://bucket/net.safetensors", half, "--dtype", "float16")

	w := watch(bucket)
	read(s, p, bucket)
	convert(s, p, bucket, half)
	makePlanned(s, p, bucket)
	n := w.end(s, "half", plannedRun+"/features", plannedRun+"/done")
	s.Say("%d objects that were put there were seen whole at each of %d looks", n, w.looks)
}

// tag gives what was put into the server's folder the ETags that it would have if it had been sent.
func tag(s *scene.Scene, dir string) {
	s.Must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return syscall.Setxattr(path, "user.etag", fmt.Appendf(nil, `"%x"`, md5.Sum(b)), 0)
	}))
}

// read extracts by what is on the store, and beside it.
func read(s *scene.Scene, p *proxy, bucket string) {
	extract := func(at, out string) {
		s.Run(0, "extract", "list:"+at+"/list.txt", "--weights", at+"/net.safetensors", "--scales", "224", "--shard-rows", "8", "--out", out)
	}
	extract(bucket, s.Path("disk"))
	extract("s3://bucket", s.Path("read"))
	s.Same(s.Path("disk"), s.Path("read"), "features")
	s.Say("a table of images on the store is that of the disk: %s", p.told(s, 1, slow, away, cut, trickle))
}

// convert puts weights on the store, some at the same place at once.
func convert(s *scene.Scene, p *proxy, bucket, half string) {
	want, err := os.ReadFile(half)
	s.Must(err)
	for i := range 8 {
		at := fmt.Sprintf("half/%d.safetensors", i)
		args := []string{"weights", "convert", "s3://bucket/net.safetensors", "s3://bucket/" + at, "--dtype", "float16"}
		first, second := s.Start(args...), s.Start(args...)
		done := 0
		for _, c := range []*scene.Started{first, second} {
			said, status := c.Wait()
			if status == 0 {
				done++
			} else if !strings.Contains(said, "it is not replaced") { // it found the other's
				s.Fail("putting %s: status %d\n%s", at, status, said)
			}
		}
		if done == 0 {
			s.Fail("neither of two put %s", at)
		}
		if got, err := os.ReadFile(filepath.Join(bucket, at)); err != nil || string(got) != string(want) {
			s.Fail("%s is not what is written to a disk: %v", at, err)
		}
	}
	s.Run(1, "weights", "convert", "s3://bucket/net.safetensors", "s3://bucket/half/0.safetensors")
	s.Say("weights that two put there at once, 8 times, are those of the disk: %s", p.told(s, 8, lost))
}
