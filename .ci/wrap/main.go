// Wrap holds the comments of Go files to one width: it lists the files whose comments are wrapped otherwise, or
// rewrites them.
//
//	go -C .ci/wrap run . ../..      # status 1: some are
//	go -C .ci/wrap run . -w ../..
//
// Only lines that are comment alone are looked at, and of these only prose: directives, code, lists, tables, headings
// and the outputs of examples stay as they are, and so does a line that ends long before its paragraph's width.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	write := flag.Bool("w", false, "rewrite the files")
	flag.Parse()
	others, err := walk(flag.Arg(0), *write)
	if err != nil {
		fmt.Fprintln(os.Stderr, "wrap:", err)
		os.Exit(2)
	}
	for _, path := range others {
		fmt.Println(path)
	}
	if len(others) > 0 && !*write {
		fmt.Fprintf(os.Stderr, "wrap: comments of the files above are not wrapped at %d columns: make wrap\n", width)
		os.Exit(1)
	}
}

// walk returns the files below root that are wrapped otherwise.
func walk(root string, write bool) (others []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		out := rewrap(src)
		if bytes.Equal(src, out) {
			return nil
		}
		others = append(others, path)
		if !write {
			return nil
		}
		return os.WriteFile(path, out, 0o644)
	})
	return others, err
}
