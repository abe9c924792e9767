package weights

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"fc7/internal/escape"
	"fc7/internal/readjson"
)

// parseSafetensorsHeader reads the JSON of a header, strictly: no name twice, no unknown fields, whole numbers only.
// Entries come in the order of the header, unchecked against the data.
func parseSafetensorsHeader(header []byte) ([]safetensorsEntry, map[string]string, error) {
	if !utf8.Valid(header) {
		return nil, nil, errors.New("expected UTF-8, found other bytes")
	}
	p := &headerParser{header: header, dec: json.NewDecoder(bytes.NewReader(header))}
	p.dec.UseNumber()
	var entries []safetensorsEntry
	metadata := map[string]string{}
	err := p.object(func(name string) error {
		if name == safetensorsMetadataKey {
			return p.metadata(metadata)
		}
		e, err := p.entry(name)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", escape.Short(name), err)
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if rest := bytes.TrimLeft(header[p.dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, nil, fmt.Errorf("expected the end after the JSON object, found %q", rest[:min(len(rest), 16)])
	}
	return entries, metadata, nil
}

// headerParser walks tokens instead of unmarshalling: encoding/json keeps the last of two equal keys in silence.
type headerParser struct {
	header []byte
	dec    *json.Decoder
}

// object calls field for each key, with the decoder before the value.
func (p *headerParser) object(field func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.dec.More() {
		key, err := p.text()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("the key %q comes twice", escape.Short(key))
		}
		seen[key] = true
		if err := field(key); err != nil {
			return err
		}
	}
	return p.delim('}')
}

func (p *headerParser) metadata(into map[string]string) error {
	err := p.object(func(key string) (err error) {
		into[key], err = p.text()
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", safetensorsMetadataKey, err)
	}
	return nil
}

func (p *headerParser) entry(name string) (safetensorsEntry, error) {
	e := safetensorsEntry{name: name}
	found := 0
	err := p.object(func(key string) error {
		found++
		switch key {
		case "dtype":
			return p.dtype(&e.dtype)
		case "shape":
			sizes, err := p.numbers(maxRank)
			e.shape = make([]int, len(sizes))
			for i, n := range sizes {
				if n > math.MaxInt {
					return fmt.Errorf("size %d is more than this machine can count", n)
				}
				e.shape[i] = int(n)
			}
			return err
		case "data_offsets":
			offsets, err := p.numbers(2)
			if err == nil && len(offsets) != 2 {
				err = fmt.Errorf("expected two data_offsets, found %d", len(offsets))
			}
			if err == nil {
				e.begin, e.end = offsets[0], offsets[1]
			}
			return err
		}
		return fmt.Errorf("expected dtype, shape and data_offsets, found the field %q", escape.Short(key))
	})
	if err == nil && found != 3 {
		err = fmt.Errorf("expected dtype, shape and data_offsets, found %d of them", found)
	}
	return e, err
}

func (p *headerParser) dtype(into *Dtype) error {
	code, err := p.text()
	if err != nil {
		return err
	}
	d, ok := safetensorsDtype(code)
	if !ok {
		return fmt.Errorf("element type %q is not supported; convert the tensor to F32, F16 or BF16", escape.Short(code))
	}
	*into = d
	return nil
}

// numbers reads an array of at most limit whole numbers.
func (p *headerParser) numbers(limit int) ([]int64, error) {
	if err := p.delim('['); err != nil {
		return nil, err
	}
	var out []int64
	for p.dec.More() {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		number, ok := token.(json.Number)
		if !ok {
			return nil, fmt.Errorf("expected a whole number, found %s", escape.Short(fmt.Sprint(token)))
		}
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("expected a whole number from 0 to 2^63-1, found %s", escape.Short(number.String()))
		}
		if len(out) == limit {
			return nil, fmt.Errorf("expected at most %d numbers", limit)
		}
		out = append(out, n)
	}
	return out, p.delim(']')
}

func (p *headerParser) text() (string, error) {
	token, err := p.token()
	if err != nil {
		return "", err
	}
	text, ok := token.(string)
	if !ok {
		return "", fmt.Errorf("expected a string, found %s", escape.Short(fmt.Sprint(token)))
	}
	return text, nil
}

func (p *headerParser) delim(want json.Delim) error {
	token, err := p.token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("expected %q, found %s", want, escape.Short(fmt.Sprint(token)))
	}
	return nil
}

func (p *headerParser) token() (json.Token, error) {
	token, err := p.dec.Token()
	if err != nil {
		return nil, fmt.Errorf("JSON: %w", cmp.Or(readjson.Check(p.header), err))
	}
	return token, nil
}
