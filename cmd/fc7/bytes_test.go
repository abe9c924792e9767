package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fc7/internal/f32"
)

// TestBytes: feature tables and heads are, to the byte, those that fc7 wrote when testdata/bytes.txt was recorded,
// before the house was rebuilt. A line is the arithmetic, the SHA-256 and the file. Whoever changes the bytes on
// purpose records them again and says so in the CHANGELOG: tables of an older fc7 then no longer join those of a newer
// one.
func TestBytes(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the digests were recorded on amd64; drawing and decoding round differently elsewhere")
	}
	recorded, err := os.ReadFile("testdata/bytes.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, args := range bytesJobs {
		want(t, exitDone, strings.Fields(args)...)
	}
	n := 0
	for line := range strings.Lines(string(recorded)) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] != f32.Arithmetic() {
			continue
		}
		n++
		b, err := os.ReadFile(filepath.FromSlash(f[2]))
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != f[1] {
			t.Errorf("%s: sha256 %x, recorded %s", f[2], sum, f[1])
		}
	}
	if n == 0 {
		t.Skipf("no digests of arithmetic %s are recorded; those of this machine: %s", f32.Arithmetic(), bytesDigests(t))
	}
}

// bytesJobs make the files of testdata/bytes.txt: every pooling, view, type and protocol that changes what is written.
var bytesJobs = []string{
	"dataset synth --images 24 --size 120 --seed 5 voc",
	"dataset synth --layout caltech101 --images 40 --classes 4 --size 96 --seed 6 c101",
	"weights init --net vgg11/32 --seed 3 --out a.safetensors",
	"weights init --net vgg11/16 --seed 4 --out b.safetensors",
	"extract voc2007:voc --weights a.safetensors --scales 224,256 --layer fc7,pool5 -o voc-a",
	"extract voc2007:voc --weights b.safetensors --scales 224 --pool max -o voc-b",
	"extract caltech101:c101 --weights a.safetensors --scales 224 --dtype float16 --views centre -o c101-a",
	"extract caltech101:c101 --weights a.safetensors --scales 224 --layer prob --shard-rows 16 -o prob",
	"svm voc-a --layer fc7",
	"svm voc-a --layer pool5 --aggregate stack --loss hinge --c 2 --out voc-a/hinge",
	"svm voc-b --c-per-class --difficult positive --bias 1",
	"svm voc-a voc-b --layer fc7 --out fused",
	"svm c101-a --train-per-class 5 --test-per-class 5",
	"svm c101-a --protocol set --loss logistic --folds 3 --out c101-a/set",
	"svm c101-a --protocol caltech256 --train-per-class 4 --out c101-a/c256",
	"aggregate voc-a --layer fc7 --out voc.parquet",
}

// bytesDigests lists what the jobs made in this folder, as lines of testdata/bytes.txt.
func bytesDigests(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, pattern := range []string{"*.parquet", "*/features/*.parquet", "*/head.safetensors", "*/*/head.safetensors", "[ab].safetensors"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %x %s\n", f32.Arithmetic(), sha256.Sum256(data), filepath.ToSlash(f))
		}
	}
	return b.String()
}
