// Faults lets fc7 work on an S3 server, versitygw, or on an emulator of Google's or Azure's store, through a proxy at
// which much goes wrong: 503 SlowDown, connections that end before or in the middle of an answer, answers that come
// slowly, and writes that the store does while fc7 does not hear of it. What comes of it has the bytes of the same work
// on the disk, and nothing on the store is ever seen half written.
//
//	go -C .ci/scale run ./faults -fc7 ../../bin/fc7 [-seed 1] [-store gs]
//
// The server is taken from PATH, or installed into -tools; Azurite is to be there. That nothing is seen half written is
// looked at where the server keeps objects as files, which is S3's.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fc7/scale/scene"
)

func main() {
	fc7 := flag.String("fc7", "bin/fc7", "the program")
	tools := flag.String("tools", "bin/scale", "folder where the server is, or is installed")
	kind := flag.String("store", "s3", "s3 (versitygw), gs (fake-gcs-server) or azblob (Azurite)")
	repo := flag.String("repository", "../..", "the repository's folder")
	seed := flag.Uint64("seed", 1, "of all that is random")
	rate := flag.Float64("rate", 0.35, "part of the requests that meet a fault")
	flag.Parse()
	os.Exit(scene.Play("faults", *fc7, func(s *scene.Scene) {
		bucket := s.Path("root", "bucket")
		s.Must(os.MkdirAll(bucket, 0o755))
		draw(s, bucket)
		st, at, env, stop := start(s, *kind, s.Path("root"), *tools, *repo)
		defer stop()
		p, at := newProxy(s, at, *seed, *rate)
		s.Env = append(s.Env, env(at)...)
		show(s, p, st, bucket)
	}))
}

// draw makes images, a list of them, and weights.
func draw(s *scene.Scene, bucket string) {
	images := s.Draw(filepath.Join(bucket, "data"), 24, 400)
	for i, path := range images {
		images[i] = strings.TrimPrefix(path, bucket+"/")
	}
	s.Must(os.WriteFile(filepath.Join(bucket, "list.txt"), []byte(strings.Join(images, "\n")+"\n"), 0o644))
	s.Run(0, "weights", "init", "--net", "vgg11/32", "--out", filepath.Join(bucket, "net.safetensors"))
}

// show does by the store what is done on the disk beside it, by what was put there.
func show(s *scene.Scene, p *proxy, st *store, disk string) {
	half := s.Path("half.safetensors")
	s.Run(0, "weights", "convert", st.at("net.safetensors"), half, "--dtype", "float16")
	var w *watcher
	if st.folder != "" {
		w = watch(st.folder)
	}
	read(s, p, st, disk)
	convert(s, p, st, half)
	makePlanned(s, p, st)
	if w != nil {
		n := w.end(s, "half", plannedRun+"/features", plannedRun+"/done")
		s.Say("%d objects that were put there were seen whole at each of %d looks", n, w.looks)
	}
}

// read extracts by what is on the store, and beside it.
func read(s *scene.Scene, p *proxy, st *store, disk string) {
	extract := func(at, out string) {
		s.Run(0, "extract", "list:"+at+"/list.txt", "--weights", at+"/net.safetensors", "--scales", "224", "--shard-rows", "8", "--out", out)
	}
	extract(disk, s.Path("disk"))
	extract(st.kind+"://bucket", s.Path("read"))
	s.Same(s.Path("disk"), s.Path("read"), "features")
	s.Say("a table of images on the store is that of the disk: %s", p.told(s, 1, slow, away, cut, trickle))
}

// convert puts weights on the store, some at the same place at once.
func convert(s *scene.Scene, p *proxy, st *store, half string) {
	want, err := os.ReadFile(half)
	s.Must(err)
	for i := range 8 {
		at := fmt.Sprintf("half/%d.safetensors", i)
		args := []string{"weights", "convert", st.at("net.safetensors"), st.at(at), "--dtype", "float16"}
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
	}
	got := st.got(s, "half")
	for i := range 8 {
		name := fmt.Sprintf("%d.safetensors", i)
		if b, err := os.ReadFile(filepath.Join(got, name)); err != nil || string(b) != string(want) {
			s.Fail("half/%s is not what is written to a disk: %v", name, err)
		}
	}
	s.Run(1, "weights", "convert", st.at("net.safetensors"), st.at("half/0.safetensors"))
	s.Say("weights that two put there at once, 8 times, are those of the disk: %s", p.told(s, 8, lost))
}
