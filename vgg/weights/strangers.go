package weights

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// stranger says what a file is that no format claimed: most often a download that brought something else.
func stranger(s *source) string {
	for _, k := range strangers {
		if k.is(s.head) {
			return k.found
		}
	}
	if size, ok := lfsPointer(s.head); ok {
		return fmt.Sprintf("a Git LFS pointer that stands for a file of %s bytes; fetch the file itself with git lfs pull", size)
	}
	if len(bytes.Trim(s.head, "\x00")) == 0 {
		return "zero bytes: a download that was given room but never filled; fetch it again"
	}
	if text, ok := firstLine(s.head); ok {
		return fmt.Sprintf("text that begins %q", text)
	}
	return fmt.Sprintf("unknown content (%d bytes, beginning % x)", s.size, s.head[:min(len(s.head), 16)])
}

// strangers are the files that users confuse with weights.
var strangers = []struct {
	is    func(head []byte) bool
	found string
}{
	{isHTML, "a web page (HTML): the download brought a page in place of the file; fetch it again from a direct link"},
	{starts("<?xml"), "XML: probably a server's error message in place of the file; fetch it again"},
	{starts("\x1f\x8b"), "gzip-compressed data; unpack it with gunzip first"},
	{starts("\xfd7zXZ\x00"), "xz-compressed data; unpack it with unxz first"},
	{starts("7z\xbc\xaf\x27\x1c"), "a 7z archive; unpack it first"},
	{isTar, "a tar archive; unpack it first"},
	{starts("MATLAB "), "a MATLAB .mat file of neither version 5 nor 7.3; in MATLAB, save it again with -v7.3"},
	{starts("GGUF"), "a GGUF file; convert it to safetensors first"},
	{isKerasArchive, "a .keras archive without model.weights.h5; save the model again in Keras"},
	{starts("PK\x03\x04"), "a zip archive that neither PyTorch nor NumPy wrote (no data.pkl or .npy within)"},
	{starts("PK\x05\x06"), "an empty zip archive"},
	{isPickle, "a Python pickle that torch.save did not write; in Python, load it and torch.save a dictionary of name to tensor"},
}

func starts(prefix string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(prefix)) }
}

func isHTML(head []byte) bool {
	text := bytes.ToLower(bytes.TrimLeft(head[:min(len(head), 1024)], "\ufeff \t\r\n"))
	return bytes.HasPrefix(text, []byte("<!doctype html")) || bytes.HasPrefix(text, []byte("<html")) ||
		bytes.HasPrefix(text, []byte("<head"))
}

func isTar(head []byte) bool {
	const magicAt = 257
	return len(head) > magicAt+5 && string(head[magicAt:magicAt+5]) == "ustar"
}

// isKerasArchive: Keras 3 zips its weights with two JSON files.
func isKerasArchive(head []byte) bool {
	name := firstZipName(head)
	return name == "metadata.json" || name == "config.json"
}

// isPickle: PROTO and a version that exists, then nothing that the version alone would explain.
func isPickle(head []byte) bool {
	return len(head) > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

var lfsSize = regexp.MustCompile(`(?m)^size ([0-9]+)$`)

func lfsPointer(head []byte) (size string, ok bool) {
	if !bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/spec/")) {
		return "", false
	}
	if m := lfsSize.FindSubmatch(head); m != nil {
		return string(m[1]), true
	}
	return "an unknown number of", true
}

// firstLine returns the beginning of a text, at most 60 characters of its first line.
func firstLine(head []byte) (string, bool) {
	line, _, _ := bytes.Cut(bytes.TrimSpace(head), []byte("\n"))
	text := string(line[:min(len(line), 240)])
	if len(line) > 240 { // the cut may have halved a character
		text = text[:len(text)-utf8.UTFMax]
	}
	var runes []rune
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) && r != '\t' && r != '\r' {
			return "", false
		}
		runes = append(runes, r)
	}
	if len(runes) == 0 {
		return "", false
	}
	return string(runes[:min(len(runes), 60)]), true
}
