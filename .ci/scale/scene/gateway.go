package scene

import (
	"crypto/md5"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// gateway is the S3 server, in a version that honours If-None-Match.
const gateway = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// Gateway starts an S3 server on a folder of buckets, whose keys the scene's programs then have. It is taken from PATH,
// or installed into tools.
func (s *Scene) Gateway(root, tools string) (at string, stop func()) {
	const key, secret = "fc7test", "fc7testsecret"
	s.Env = append(s.Env, "AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_REGION=us-east-1")
	address := s.Free()
	c := exec.Command(s.Tool(tools, "versitygw", gateway), "--port", address, "posix", root)
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+key, "ROOT_SECRET_KEY="+secret)
	return "http://" + address, s.Serve(c, address)
}

// Free is an address of this machine that nobody listens at.
func (s *Scene) Free() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.Must(err)
	defer l.Close()
	return l.Addr().String()
}

// Serve starts a server, and waits until it listens.
func (s *Scene) Serve(c *exec.Cmd, address string) (stop func()) {
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.Must(c.Start())
	s.Await("the server", 30*time.Second, func() bool {
		d, err := net.Dial("tcp", address)
		if err == nil {
			_ = d.Close()
		}
		return err == nil
	})
	return func() { _ = c.Process.Kill(); _ = c.Wait() }
}

// Tag gives what was put into the gateway's folder the ETags that it would have if it had been sent.
func (s *Scene) Tag(dir string) {
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
