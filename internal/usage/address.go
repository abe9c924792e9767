package usage

import (
	"fmt"
	"slices"
	"strings"
)

// Scheme is that of an address (RFC 3986) that stands where a path should, "s3" of s3://bucket/run; "": text is none. A
// letter alone is a drive. It is asked before a path is cleaned, which makes s3:/bucket/run, a folder, of it.
func Scheme(text string) string {
	scheme, _, ok := strings.Cut(text, "://")
	if !ok || len(scheme) < 2 {
		return ""
	}
	for i, c := range []byte(scheme) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return ""
		}
	}
	return scheme
}

// Schemes are those of the addresses that can be read (package store).
func Schemes() []string { return []string{"s3", "gs", "azblob", "https", "http", "hf"} }

// Address is the error of an address where a path should stand; what says what the path is, "--out". nil: there is
// none.
func Address(what, text string) error {
	scheme := Scheme(text)
	if scheme == "" {
		return cleaned(what, text)
	}
	if small := strings.ToLower(scheme); small != scheme && slices.Contains(Schemes(), small) {
		return Unfit(what, text, fmt.Sprintf("%s://, in small letters, found %s://", small, scheme))
	}
	return Unfit(what, text, fmt.Sprintf("a path, found an address (%s://): fc7 reads and writes files of this machine, so mount what it stands for, or copy", scheme))
}

// cleaned is the error of an address that lost a slash, as where a program cleaned it like a path: s3:/bucket/run would
// be a folder; or both, as other programs write them: s3:bucket/run. Whoever has such a folder names it
// ./s3:/bucket/run.
func cleaned(what, text string) error {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || !strings.Contains(rest, "/") || !slices.Contains(Schemes(), scheme) {
		return nil
	}
	lost := "a slash"
	if scheme += ":"; rest[0] == '/' {
		scheme += "/"
	} else {
		lost = "its slashes"
	}
	return Unfit(what, text, fmt.Sprintf("a path, found an address that has lost %s (%s, want %s//)", lost, scheme, strings.TrimRight(scheme, "/")))
}
