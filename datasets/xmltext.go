package datasets

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"fc7/internal/escape"
)

// declaredEncoding finds what the declaration at the start of XML says of its encoding.
var declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']`)

// decodeXML decodes XML text of any encoding that it declares (us-ascii, ISO-8859-1, gb2312 …), by the names of the
// WHATWG's Encoding Standard, or that its byte order mark tells. Bytes that are none of UTF-8 where that is the
// encoding become U+FFFD: a file name in Latin-1 need not refuse an annotation.
func decodeXML(text []byte, to any) error {
	switch {
	case bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.HasPrefix(text, []byte("\xff\xfe")):
		decoded, err := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Bytes(text)
		if err != nil {
			return err
		}
		text = decoded
	default:
		m := declaredEncoding.FindSubmatch(bytes.TrimPrefix(text, []byte(byteOrderMark)))
		if m != nil && !strings.HasPrefix(strings.ToLower(string(m[1])), "utf-") { // UTF-16 is not what can be read so
			d := xml.NewDecoder(bytes.NewReader(text))
			d.CharsetReader = charsetReader
			return d.Decode(to)
		}
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(text, []byte("\ufffd"))))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	return d.Decode(to)
}

// charsetReader turns text of a named encoding into UTF-8.
func charsetReader(name string, r io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("the encoding %q is not known: save the file as UTF-8", escape.Short(name))
	}
	return e.NewDecoder().Reader(r), nil
}
