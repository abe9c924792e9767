package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mit = `MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`

const gpl = `This program is free software: you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation, either version 3 of the License, or
(at your option) any later version.

This program is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.
`

// A module's licence is found in the folder of a package, in those above, and nowhere else; one that is not allowed,
// not known or not there is an error that names the module and the file.
func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string // the licences, or a part of the error
	}{
		"above":        {map[string]string{"LICENSE": mit}, "MIT"},
		"beside":       {map[string]string{"a/b/LICENCE.md": mit}, "MIT"},
		"other folder": {map[string]string{"c/LICENSE": mit}, "x v1: no file states a licence"},
		"code":         {map[string]string{"license.go": "package x"}, "no file states a licence"},
		"copyleft":     {map[string]string{"LICENSE": mit, "a/COPYING": gpl}, "x v1: COPYING: GPL"},
		"own words":    {map[string]string{"LICENSE": "Do as you please with this code, but do not tell anybody about it."}, "0 % of its text"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			pkg := filepath.Join(root, "a", "b")
			if err := os.MkdirAll(pkg, 0o777); err != nil {
				t.Fatal(err)
			}
			for f, text := range c.files {
				path := filepath.Join(root, f)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			m := module{path: "x", version: "v1", root: root, dirs: []string{pkg}}
			got := ""
			if err := m.read(); err != nil {
				got = err.Error()
			} else {
				got = strings.Join(m.licences, ", ")
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What has to be told with a binary goes into the texts: licences and notices.
func TestTexts(t *testing.T) {
	root := t.TempDir()
	for f, text := range map[string]string{"LICENSE": mit, "NOTICE.txt": "Made at Somewhere.", "README.md": "no"} {
		if err := os.WriteFile(filepath.Join(root, f), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	m := module{path: "x", version: "v1", root: root, dirs: []string{root}}
	if err := m.read(); err != nil {
		t.Fatal(err)
	}
	got := string(allTexts([]module{m}))
	for _, want := range []string{"==== x v1: LICENSE ====", "Somebody", "==== x v1: NOTICE.txt ====", "Somewhere"} {
		if !strings.Contains(got, want) {
			t.Errorf("the texts lack %q", want)
		}
	}
	if strings.Contains(got, "README") {
		t.Error("the texts have README.md")
	}
}
