package picture

import (
	"bytes"
	"fmt"
)

// format is one supported kind of image file.
type format struct {
	name   string
	magic  []string // first bytes; '?' stands for any byte
	decode func(data []byte, o DecodeOptions, info *Info) (*Image, error)
}

// formats lists the supported kinds; a function, as the decoders refer back to this file's types.
func formats() []format {
	return []format{
		{"jpeg", []string{"\xff\xd8"}, decodeJPEG},
		{"png", []string{pngMagic}, decodePNG},
		{"gif", []string{"GIF87a", "GIF89a"}, decodeGIF},
		{"webp", []string{"RIFF????WEBP"}, decodeWebP},
		{"bmp", []string{"BM????\x00\x00\x00\x00"}, decodeBMP},
		{"tiff", []string{"II*\x00", "MM\x00*"}, decodeTIFF},
	}
}

// strangers are contents that turn up under image names and that we cannot read, named to help the user.
var strangers = []struct{ magic, name string }{
	{"????ftyphei", "a HEIF image"},
	{"????ftypmif1", "a HEIF image"},
	{"????ftypavi", "an AVIF image"},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL image"},
	{"\xff\x0a", "a JPEG XL image"},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"},
	{"\xff\x4f\xff\x51", "a JPEG 2000 image"},
	{"8BPS", "a Photoshop document"},
	{"II+\x00", "a BigTIFF image"},
	{"MM\x00+", "a BigTIFF image"},
	{"\x00\x00\x01\x00", "a Windows icon"},
	{"P5", "a PNM image"},
	{"P6", "a PNM image"},
	{"%PDF", "a PDF document"},
	{"%!PS", "a PostScript document"},
	{"<svg", "an SVG drawing"},
	{"<?xml", "XML text"},
	{"<!DOCTYPE", "an HTML page"},
	{"<!doctype", "an HTML page"},
	{"<html", "an HTML page"},
	{"PK\x03\x04", "a ZIP archive"},
	{"\x1f\x8b", "gzip data"},
}

// sniff tells the format by the first bytes.
func sniff(data []byte) (format, error) {
	const known = "JPEG, PNG, GIF, WebP, BMP and TIFF are read"
	if len(data) == 0 {
		return format{}, fmt.Errorf("%w: the file is empty", errUnknownFormat)
	}
	for _, f := range formats() {
		for _, m := range f.magic {
			if hasMagic(data, m) {
				return f, nil
			}
		}
	}
	for _, s := range strangers {
		if hasMagic(data, s.magic) {
			return format{}, fmt.Errorf("%w: it is %s; %s, so convert it first", errUnknownFormat, s.name, known)
		}
	}
	if bytes.Count(data[:min(len(data), 512)], []byte{0}) == min(len(data), 512) {
		return format{}, fmt.Errorf("%w: it starts with zeros, as files do whose download broke off; %s", errUnknownFormat, known)
	}
	return format{}, fmt.Errorf("%w: it starts with %q; %s", errUnknownFormat, data[:min(len(data), 12)], known)
}

func hasMagic(data []byte, magic string) bool {
	if len(data) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}
