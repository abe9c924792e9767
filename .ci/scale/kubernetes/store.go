package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// gateway is the S3 server.
const gateway = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// program is where versitygw is: in PATH, or in a folder, into which it is installed where it is neither.
func program(tools string) (string, error) {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path, nil
	}
	tools, err := filepath.Abs(tools)
	if err != nil {
		return "", err
	}
	path := filepath.Join(tools, "versitygw")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	get := exec.Command("go", "install", gateway)
	get.Env = append(os.Environ(), "GOBIN="+tools, "GOFLAGS=")
	if out, err := get.CombinedOutput(); err != nil {
		return "", fmt.Errorf("installing versitygw: %w\n%s", err, out)
	}
	return path, nil
}

// serve starts a store with images and a plan of them.
func (b *bed) serve(tools string) (stop func(), err error) {
	const key, secret = "fc7test", "fc7testsecret"
	path, err := program(tools)
	if err != nil {
		return nil, err
	}
	bucket := filepath.Join(b.dir, "root", "bucket")
	if err := os.MkdirAll(bucket, 0o755); err != nil {
		return nil, err
	}
	images := filepath.Join(b.dir, "data/VOCdevkit/VOC2007/JPEGImages")
	names, err := filepath.Glob(filepath.Join(images, "*"))
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(filepath.Join(bucket, "images"), os.DirFS(images)); err != nil {
		return nil, err
	}
	var list strings.Builder
	for _, n := range names[:30] {
		fmt.Fprintf(&list, "images/%s\n", filepath.Base(n))
	}
	if err := os.WriteFile(filepath.Join(bucket, "list.txt"), []byte(list.String()), 0o644); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	c := exec.Command(path, "--port", at, "posix", filepath.Dir(bucket))
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+key, "ROOT_SECRET_KEY="+secret)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		return nil, err
	}
	stop = func() { _ = c.Process.Kill(); _ = c.Wait() }
	b.env = []string{"AWS_ENDPOINT_URL=http://" + at, "AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_REGION=us-east-1"}
	for range 300 {
		d, err := net.Dial("tcp", at)
		if err == nil {
			_ = d.Close()
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.away = "s3://bucket/run"
	if _, err = b.ask("plan", "list:s3://bucket/list.txt", "--scales", "256", "--shard-rows", "10", "--tasks", "3", "--out", b.away); err != nil {
		stop()
	}
	return stop, err
}

// retry makes the table on the store by the arguments of Jobs: one task of the first, and by the indices of a second
// one, which are places in its list, the others.
func (b *bed) retry() error {
	jobs, _, err := b.submit(submission{b.away, 2, []string{"--secret", "keys"}})
	if err != nil {
		return err
	}
	run := func(index string, j batchv1.Job) error {
		got, err := b.status(b.command(index, j.Spec.Template.Spec.Containers[0].Args...), 0)
		if err == nil && got != 0 {
			err = fmt.Errorf("index %q of %s: status %d", index, j.Name, got)
		}
		return err
	}
	if err := run("1", jobs[0]); err != nil {
		return err
	}
	again, _, err := b.submit(submission{b.away, 2, []string{"--secret", "keys", "--retry"}})
	if err != nil {
		return err
	}
	if n := *again[0].Spec.Completions; n != 2 || again[0].Name == jobs[0].Name || again[1].Name == jobs[1].Name {
		return fmt.Errorf("the Jobs for what is missing: %d indices, %s, %s", n, again[0].Name, again[1].Name)
	}
	for _, index := range []string{"1", "0"} {
		if err := run(index, again[0]); err != nil {
			return err
		}
	}
	if err := run("", again[1]); err != nil {
		return err
	}
	if _, _, err := b.submit(submission{b.away, 1, []string{"--secret", "keys", "--retry"}}); err != nil {
		return err
	}
	fmt.Println("kubernetes: a task, the Job of the two that were missing, and its merge made the table on the store")
	return nil
}
