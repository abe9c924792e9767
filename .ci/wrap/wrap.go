package main

import (
	"bytes"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	width = 120 // columns of a comment's line
	tab   = 4   // columns of a tab before it
	// slack is how much shorter than its paragraph allows a line may be before the sentence that it ends is taken to end there on
	// purpose.
	slack = 25
)

// generated marks files that are somebody else's to wrap.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// verbatim are the lines of a comment that are no prose: what is indented, headings, items of lists, tables and what is
// lined up.
var verbatim = regexp.MustCompile(`^(\s|#|[-*•+] |\d+[.)] |.*\|.*\||.*[^.:;?!\s] {2,}\S|TODO|Output:|Unordered output:|\+build|$)`)

// rewrap returns the source with its comments wrapped, so that wrapping them again changes nothing.
func rewrap(src []byte) []byte {
	if generated.Match(src) {
		return src
	}
	for range 10 {
		out := once(src)
		if bytes.Equal(src, out) {
			break
		}
		src = out
	}
	return src
}

func once(src []byte) []byte {
	lines := strings.Split(string(src), "\n")
	comment := commentLines(src)
	var out []string
	for i := 0; i < len(lines); {
		if !comment[i] {
			out = append(out, lines[i])
			i++
			continue
		}
		end := i
		indent := indentOf(lines[i])
		for end < len(lines) && comment[end] && indentOf(lines[end]) == indent {
			end++
		}
		if i > 0 && strings.Contains(lines[i-1], "//") && !comment[i-1] { // goes on with a comment behind code
			out = append(out, lines[i:end]...)
		} else {
			out = append(out, group(lines[i:end], indent)...)
		}
		i = end
	}
	return []byte(strings.Join(out, "\n"))
}

// commentLines tells which lines, from 0 on, hold a comment of the form // and nothing else.
func commentLines(src []byte) map[int]bool {
	found := make(map[int]bool)
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)
	for {
		pos, kind, text := s.Scan()
		if kind == token.EOF {
			return found
		}
		at := file.Position(pos)
		before := src[at.Offset-(at.Column-1) : at.Offset]
		if kind == token.COMMENT && strings.HasPrefix(text, "//") && strings.Trim(string(before), "\t ") == "" {
			found[at.Line-1] = true
		}
	}
}

func indentOf(line string) string { return line[:strings.Index(line, "//")] }

// group wraps the paragraphs of neighbouring lines.
func group(lines []string, indent string) []string {
	most := width - columns(indent) - len("// ")
	var out, paragraph []string
	flush := func() {
		for _, part := range parts(paragraph, most) {
			for _, l := range wrapped(part, most) {
				out = append(out, indent+"// "+l)
			}
		}
		paragraph = nil
	}
	example := slices.ContainsFunc(lines, func(l string) bool {
		text := strings.TrimSpace(l)
		return strings.HasPrefix(text, "// Output:") || strings.HasPrefix(text, "// Unordered output:")
	})
	for _, l := range lines {
		text, prose := strings.CutPrefix(l[len(indent):], "// ")
		if example || !prose || verbatim.MatchString(text) {
			flush()
			out = append(out, l)
			continue
		}
		paragraph = append(paragraph, strings.TrimRight(text, " "))
	}
	flush()
	return out
}

// parts divides a paragraph behind the lines that end a sentence where the next word would have fitted by far.
func parts(paragraph []string, most int) (all [][]string) {
	longest := 0
	for _, l := range paragraph {
		longest = max(longest, utf8.RuneCountInString(l))
	}
	most = min(most, longest)
	from := 0
	for i := 0; i+1 < len(paragraph); i++ {
		next, _, _ := strings.Cut(paragraph[i+1], " ")
		ends := strings.ContainsAny(paragraph[i][len(paragraph[i])-1:], ".:;!?")
		if ends && utf8.RuneCountInString(paragraph[i])+1+utf8.RuneCountInString(next)+slack <= most {
			all = append(all, paragraph[from:i+1])
			from = i + 1
		}
	}
	if from < len(paragraph) {
		all = append(all, paragraph[from:])
	}
	return all
}

// wrapped fills lines of n columns.
func wrapped(lines []string, n int) (out []string) {
	line := ""
	for _, word := range strings.Fields(strings.Join(lines, " ")) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > n {
			out = append(out, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

// columns is how wide an indentation is.
func columns(indent string) int {
	return len(indent) + (tab-1)*strings.Count(indent, "\t")
}
