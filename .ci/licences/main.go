// Licences lists the licences of all modules that are linked into fc7, on any of its systems, and fails on one that is
// not known or not allowed.
//
//	go run . -root ROOT [-table FILE] [-texts FILE]
//
// The table is Markdown, to keep in the project; the texts are what has to go with a binary that is given away.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// systems are those that fc7 is built for; what is linked differs a little.
var systems = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

func main() {
	root := flag.String("root", ".", "the project's `folder`")
	table := flag.String("table", "", "write the table to this `file`, not to standard output")
	texts := flag.String("texts", "", "write the texts of all licences to this `file`")
	flag.Parse()
	if err := run(*root, *table, *texts); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(root, table, texts string) error {
	modules, err := linked(root)
	if err != nil {
		return err
	}
	var bad []string
	for i := range modules {
		if err := modules[i].read(); err != nil {
			bad = append(bad, err.Error())
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("%d of %d modules cannot be linked:\n%s", len(bad), len(modules), strings.Join(bad, "\n"))
	}
	if texts != "" {
		if err := os.WriteFile(texts, allTexts(modules), 0o666); err != nil {
			return err
		}
	}
	if table != "" {
		return os.WriteFile(table, tableOf(modules), 0o666)
	}
	_, err = os.Stdout.Write(tableOf(modules))
	return err
}

// linked lists the modules of the packages that fc7 is made of, Go's own library first, with the folders of these
// packages.
func linked(root string) ([]module, error) {
	const format = `{{if .Standard}}{{else if .Module.Main}}{{else}}{{.Module.Path}} {{.Module.Version}} {{.Module.Dir}} {{.Dir}}{{end}}`
	goroot, err := output(root, nil, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	// Its version is not told: any that go.mod allows builds the same list.
	all := []module{{path: "the Go library", root: goroot, dirs: []string{goroot}}}
	at := map[string]int{}
	for _, s := range systems {
		goos, goarch, _ := strings.Cut(s, "/")
		list, err := output(root, []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}, "list", "-deps", "-f", format, "./cmd/fc7")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(list) {
			f := strings.Fields(line)
			if len(f) != 4 {
				return nil, fmt.Errorf("go list says %q, want module, version and two folders", line)
			}
			i, ok := at[f[0]]
			if !ok {
				i = len(all)
				at[f[0]] = i
				all = append(all, module{path: f[0], version: f[1], root: f[2]})
			}
			if !slices.Contains(all[i].dirs, f[3]) {
				all[i].dirs = append(all[i].dirs, f[3])
			}
		}
	}
	slices.SortFunc(all[1:], func(a, b module) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// output is what the go command says on standard output.
func output(dir string, env []string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
}

// tableOf is the list as a page of the project's docs.
func tableOf(modules []module) []byte {
	var b bytes.Buffer
	b.WriteString("# Licences of what is linked into fc7\n\n")
	b.WriteString("Made by `make licences`, which fails on a licence that is not known or not allowed, and writes their texts to `bin/LICENCES.txt`: they\n")
	b.WriteString("have to go with a binary that is given away.\n\n")
	b.WriteString("| module | version | licences (SPDX) |\n| --- | --- | --- |\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.path, m.version, strings.Join(m.licences, ", "))
	}
	return b.Bytes()
}

// allTexts are the files of all modules, one after another, each under its name.
func allTexts(modules []module) []byte {
	var b bytes.Buffer
	for _, m := range modules {
		for _, f := range m.files {
			rel, _ := filepath.Rel(m.root, f.path)
			fmt.Fprintf(&b, "==== %s %s: %s ====\n\n%s\n\n", m.path, m.version, filepath.ToSlash(rel), bytes.TrimSpace(f.text))
		}
	}
	return b.Bytes()
}
