package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
)

// serve starts a store with images and a plan of them.
func (b *bed) serve(tools string) (stop func()) {
	bucket := b.Path("root", "bucket")
	b.Must(os.MkdirAll(bucket, 0o755))
	b.Must(os.CopyFS(filepath.Join(bucket, "images"), os.DirFS(filepath.Dir(b.images[0]))))
	var list strings.Builder
	for _, image := range b.images[:30] {
		fmt.Fprintf(&list, "images/%s\n", filepath.Base(image))
	}
	b.Must(os.WriteFile(filepath.Join(bucket, "list.txt"), []byte(list.String()), 0o644))
	at, stop := b.Gateway(filepath.Dir(bucket), tools)
	b.Env = append(b.Env, "AWS_ENDPOINT_URL="+at)
	b.away = "s3://bucket/run"
	b.Run(0, "plan", "list:s3://bucket/list.txt", "--scales", "256", "--shard-rows", "10", "--tasks", "3", "--out", b.away)
	return stop
}

// retry makes the table on the store by the arguments of Jobs: one task of the first, and by the indices of a second
// one, which are places in its list, the others.
func (b *bed) retry() {
	jobs, _ := b.submit(submission{b.away, 2, []string{"--secret", "keys"}})
	run := func(index string, j batchv1.Job) {
		got, err := b.status(b.command(index, j.Spec.Template.Spec.Containers[0].Args...), 0)
		if err != nil || got != 0 {
			b.Fail("index %q of %s: status %d, %v", index, j.Name, got, err)
		}
	}
	run("1", jobs[0])
	again, _ := b.submit(submission{b.away, 2, []string{"--secret", "keys", "--retry"}})
	if n := *again[0].Spec.Completions; n != 2 || again[0].Name == jobs[0].Name || again[1].Name == jobs[1].Name {
		b.Fail("the Jobs for what is missing: %d indices, %s, %s", n, again[0].Name, again[1].Name)
	}
	for _, index := range []string{"1", "0"} {
		run(index, again[0])
	}
	run("", again[1])
	b.submit(submission{b.away, 1, []string{"--secret", "keys", "--retry"}})
	b.Say("a task, the Job of the two that were missing, and its merge made the table on the store")
}
