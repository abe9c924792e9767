// Package readjson reads JSON from files, fc7's own and those of others, and says in words what is wrong with it: the
// field, what was expected there, and what was found. Errors of encoding/json speak of Go's types and of the decoder.
package readjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"fc7/internal/bounded"
	"fc7/internal/escape"
	"fc7/internal/seal"
	"fc7/internal/usage"
)

// File reads a JSON file that fc7 wrote, of at most limit bytes, and checks it against the digest that it carries
// (package seal). Of one that an earlier version wrote, which carries none, no object may have a name twice. Its errors
// name the file.
func File(path string, limit int64, to any) error { return file(path, limit, to, Text) }

// StrictFile is File for what must hold no field that to lacks.
func StrictFile(path string, limit int64, to any) error { return file(path, limit, to, Strict) }

func file(path string, limit int64, to any, parse func([]byte, any) error) error {
	text, err := Bytes(path, limit)
	if err != nil {
		return err
	}
	if err := own(text, to, parse); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Own is File of a file's text. Whoever calls it names the file.
func Own(text []byte, to any) error { return own(text, to, Text) }

func own(text []byte, to any, parse func([]byte, any) error) error {
	text, sealed, err := seal.Open(text)
	if err == nil {
		err = parse(text, to)
	}
	if err == nil && !sealed {
		err = unique(text)
	}
	return err
}

// Bytes reads a file of at most limit bytes that fc7 wrote. Its errors name the file.
func Bytes(path string, limit int64) ([]byte, error) {
	text, err := bounded.File(path, limit)
	if large := new(bounded.LargeError); errors.As(err, &large) {
		return nil, fmt.Errorf("%w, which none that fc7 writes is", err)
	}
	return text, err
}

// Text is json.Unmarshal with errors in words. Whoever calls it names the file.
func Text(text []byte, to any) error { return inWords(text, json.Unmarshal(text, to)) }

// Strict is Text for what must hold no field that to lacks.
func Strict(text []byte, to any) error {
	if err := Check(text); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return inWords(text, d.Decode(to))
}

// Check says where a text ceases to be one JSON value; nil: it is one.
func Check(text []byte) error {
	var any json.RawMessage
	return Text(text, &any)
}

// told is an error of encoding/json in other words.
type told struct {
	text string
	err  error
}

func (t *told) Error() string { return t.text }
func (t *told) Unwrap() error { return t.err }

// inWords tells what is wrong with text. A word that an UnmarshalText does not know is not one that the user typed.
func inWords(text []byte, err error) error {
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	words := strings.TrimPrefix(err.Error(), "json: ") // of a field that is not known
	if errors.As(err, &syntax) {
		words = strings.Replace(words, syntax.Error(), syntaxWords(text, syntax), 1)
	} else if errors.As(err, &kind) {
		words = strings.Replace(err.Error(), kind.Error(), kindWords(text, kind), 1)
	}
	return usage.InFile(&told{words, err})
}

// kindWords tells of a value of another kind than its field has.
func kindWords(text []byte, e *json.UnmarshalTypeError) string {
	words := fmt.Sprintf("expected %s, found %s", wanted(e.Type), found(e.Value))
	var field []string
	for name := range strings.SplitSeq(e.Field, ".") {
		if bytes.Contains(text, []byte(strconv.Quote(name))) { // the others are Go's, of embedded structs
			field = append(field, name)
		}
	}
	if len(field) > 0 {
		words = "field " + escape.Short(strings.Join(field, ".")) + ": " + words
	}
	return words
}

var textual = reflect.TypeFor[encoding.TextUnmarshaler]()

// wanted is the kind of JSON that a Go type is read from.
func wanted(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(textual) {
		return "text"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number of 0 or more"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "an object"
}

// found is what encoding/json calls a value, in words: a number that does not fit is shown itself.
func found(value string) string {
	if number, ok := strings.CutPrefix(value, "number "); ok {
		return escape.Short(number)
	}
	words := map[string]string{"string": "text", "bool": "true or false", "array": "a list", "object": "an object", "number": "a number"}
	return words[value]
}

// after says by the decoder's words for a place what could have stood there.
var after = []struct{ place, want string }{
	{"beginning of object key", "a name in quotes"},
	{"after object key:value pair", "a comma or }"},
	{"after object key", "a colon"},
	{"after array element", "a comma or ]"},
	{"after top-level value", "the end"},
	{"beginning of value", "a value"},
}

// syntaxWords tells where a text ceases to be JSON.
func syntaxWords(text []byte, e *json.SyntaxError) string {
	if len(bytes.TrimSpace(text)) == 0 {
		return "expected JSON, found nothing: the text is empty"
	}
	if strings.HasPrefix(e.Error(), "unexpected end") {
		return fmt.Sprintf("expected more after %d bytes of JSON, found the end: the text is cut off", len(text))
	}
	at := min(max(0, int(e.Offset)-1), len(text)-1) // Offset counts the byte that is wrong
	want := "JSON"
	for _, a := range after {
		if strings.Contains(e.Error(), a.place) {
			want = a.want
			break
		}
	}
	line := 1 + bytes.Count(text[:at], []byte{'\n'})
	column := at - bytes.LastIndexByte(text[:at], '\n')
	return fmt.Sprintf("expected %s, found %s in line %d, column %d", want, excerpt(text[at:]), line, column)
}

// excerpt is the beginning of a text in quotes.
func excerpt(text []byte) string {
	const most = 16
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	if len(line) == 0 {
		return "the end of the line"
	}
	if len(line) > most {
		return strconv.Quote(string(line[:most])) + "…"
	}
	return strconv.Quote(string(line))
}
