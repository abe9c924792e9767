package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"fc7/scale/scene"
)

// store is a server with a bucket, at which fc7 comes by a proxy.
type store struct {
	kind   string // the scheme
	direct []string
	folder string // that holds the objects as files; "": none does
	repo   string
}

// emulator is Google's, in the version that was tried.
const emulator = "github.com/fsouza/fake-gcs-server@v1.56.1"

// start serves what stands below root, which has the folder bucket, at an address of which env makes what fc7 finds it
// by.
func start(s *scene.Scene, kind, root, tools, repo string) (st *store, at string, env func(at string) []string, stop func()) {
	st = &store{kind: kind, repo: repo}
	switch address := s.Free(); kind {
	case "s3":
		st.folder = filepath.Join(root, "bucket")
		at, stop = s.Gateway(root, tools)
		s.Tag(st.folder)
		env = func(at string) []string { return []string{"AWS_ENDPOINT_URL=" + at} }
	case "gs":
		_, port, err := net.SplitHostPort(address)
		s.Must(err)
		at = "http://" + address
		stop = s.Serve(exec.Command(s.Tool(tools, "fake-gcs-server", emulator), "-scheme", "http", "-host", "127.0.0.1", "-port", port, "-backend", "memory", "-data", root), address)
		env = func(at string) []string { return []string{"STORAGE_EMULATOR_HOST=" + at} }
	case "azblob":
		_, port, err := net.SplitHostPort(address)
		s.Must(err)
		at = "http://" + address
		program := filepath.Join(tools, "node_modules/.bin/azurite-blob") // npm install azurite@3
		if found, err := exec.LookPath("azurite-blob"); err == nil {
			program = found
		}
		stop = s.Serve(exec.Command(program, "--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort", port), address)
		env = func(at string) []string {
			// the account and key that the emulator is known by
			return []string{"AZURE_STORAGE_CONNECTION_STRING=AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=" + at + "/devstoreaccount1"}
		}
	default:
		s.Fail("want s3, gs or azblob, found %s", kind)
	}
	if st.direct = env(at); kind == "azblob" {
		st.test(s, "FC7_TEST_PUT="+filepath.Join(root, "bucket")+" azblob://bucket")
	}
	return st, at, env, stop
}

// at is the address of what stands there.
func (st *store) at(key string) string { return st.kind + "://bucket/" + key }

// got is a folder with the objects below a key.
func (st *store) got(s *scene.Scene, below string) string {
	if st.folder != "" {
		return filepath.Join(st.folder, below)
	}
	dir := s.Path("got", below)
	s.Must(os.RemoveAll(dir))
	st.test(s, "FC7_TEST_GET="+st.at(below)+" "+dir)
	return dir
}

// test runs what moves objects, past the proxy.
func (st *store) test(s *scene.Scene, what string) {
	c := exec.Command("go", "test", "-count=1", "-run", "^TestPutFolder$|^TestGetFolder$", "./internal/store")
	c.Dir, c.Env = st.repo, append(append(os.Environ(), st.direct...), what)
	if out, err := c.CombinedOutput(); err != nil {
		s.Fail("%s: %v\n%s", what, err, out)
	}
}
