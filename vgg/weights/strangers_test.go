package weights

import (
	"strings"
	"testing"
)

func TestStrangers(t *testing.T) {
	tar := make([]byte, 512)
	copy(tar[257:], "ustar\x00")
	for name, c := range map[string]struct{ content, found string }{
		"web page":                  {"\n<!DOCTYPE html>\n<html><head><title>Sign in</title>", "web page"},
		"web page, byte order mark": {"\ufeff<HTML>", "web page"},
		"error message":             {`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`, "XML"},
		"Git LFS pointer":           {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 553433881\n", "stands for a file of 553433881 bytes"},
		"Git LFS without size":      {"version https://git-lfs.github.com/spec/v1\n", "unknown number"},
		"gzip":                      {"\x1f\x8b\x08\x00", "gunzip"},
		"tar":                       {string(tar), "tar archive"},
		"MATLAB 4":                  {"MATLAB something else", "neither version 5 nor 7.3"},
		"zip":                       {string(zipOf(t, entry{"a.txt", []byte("x")})), "zip archive that neither PyTorch nor NumPy wrote"},
		"Keras archive":             {string(zipOf(t, entry{"metadata.json", []byte("{}")}, entry{"config.json", []byte("{}")})), "a .keras archive without model.weights.h5"},
		"empty zip":                 {string(zipOf(t)), "empty zip"},
		"pickle":                    {"\x80\x03}q\x00.", "pickle"},
		"zeros":                     {strings.Repeat("\x00", 9000), "never filled"},
		"text":                      {"404: Not Found\n", `"404: Not Found"`},
		"JSON":                      {`{"data":{"error":"not found"}}`, `"{\"data\"`},
		"long text":                 {strings.Repeat("é", 3000), `éé"`},
		"something":                 {"\x01\x02\xff\xfe", "01 02 ff fe"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openBytes([]byte(c.content))
			wantError(t, err, "memory: expected weights (", c.found)
			if len(err.Error()) > 600 {
				t.Errorf("%d bytes of message", len(err.Error()))
			}
		})
	}
}
