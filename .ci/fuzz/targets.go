package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// target is a fuzz target of a package.
type target struct{ pkg, name string }

var (
	declared = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	// one that loops over damaged files, and no other test of this name, which knows no flag of the loops
	damaged = regexp.MustCompile(`(?ms)"fc7/internal/hostile"$.*?^func TestDamaged\w*\(`)
)

// packages returns what the test files of each package declare by a pattern.
func packages(pattern *regexp.Regexp, of ...string) (map[string][]string, error) {
	out, err := exec.Command("go", append([]string{"list", "-f", `{{.ImportPath}}|{{.Dir}}|{{join .TestGoFiles ","}},{{join .XTestGoFiles ","}}`}, of...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	all := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		parts := strings.Split(line, "|")
		for _, file := range strings.Split(parts[2], ",") {
			if file == "" {
				continue
			}
			text, err := os.ReadFile(parts[1] + "/" + file)
			if err != nil {
				return nil, err
			}
			for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
				all[parts[0]] = append(all[parts[0]], m[len(m)-1])
			}
		}
	}
	return all, nil
}

// targets are the fuzz targets of packages, of all if none is named, in order.
func targets(patterns ...string) ([]target, error) {
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	found, err := packages(declared, patterns...)
	if err != nil {
		return nil, err
	}
	var all []target
	for pkg, names := range found {
		for _, n := range names {
			all = append(all, target{pkg, n})
		}
	}
	slices.SortFunc(all, func(a, b target) int { return strings.Compare(a.pkg+" "+a.name, b.pkg+" "+b.name) })
	return all, nil
}
