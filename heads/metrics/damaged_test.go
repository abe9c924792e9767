package metrics

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"testing"
	"testing/iotest"

	"fc7/internal/hostile"
)

func FuzzReadResults(f *testing.F) { resultsTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { resultsTarget().Test(t, "FuzzReadResults") }

// resultsTarget reads files of results, writes them, and reads them again.
func resultsTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts("000001 0.5\n", "2011_1 2 -1e9\r\n2011_1 3 4", "a -Inf\n", "\n\n", "x 0x1p-2\n", "a 1 0.25\nb 2 0.5\n", "000001 0.5\n000002 -1e-9\n", "a\t1\t0.5\r\n", "2007_000032 3\r2007_000033 -0.25\r", " b  1e300 \nb -0\n"),
		Words: []string{"\n", "\r\n", " ", "\t", "1e400", "-Inf", "NaN", "0x1p-2", "-0", "1", "2011_1", "\x00", "\xff"},
		Read:  func(file []byte, r *hostile.Result) error { return readResults(bytes.NewReader(file), r) },
		Again: func(file []byte, r *hostile.Result) error {
			return readResults(iotest.OneByteReader(bytes.NewReader(file)), r)
		},
		Alloc: func(n int) uint64 { return 4<<20 + 500*uint64(n) },
	}
}

func readResults(in io.Reader, r *hostile.Result) error {
	read, err := ReadResults(in, "f")
	if err != nil {
		return err
	}
	var kept []Result
	for _, one := range read {
		r.Text(one.Image)
		if !math.IsInf(one.Confidence, -1) {
			if len(one.Image) > maxLine/2 {
				return nil
			}
			kept = append(kept, one)
		}
	}
	var w bytes.Buffer
	if err := WriteResults(&w, read); err != nil {
		r.Errorf("writing: %v", err)
		return nil
	}
	again, err := ReadResults(&w, "g")
	if err != nil || !reflect.DeepEqual(again, kept) {
		r.Errorf("%v, then %v: %v", kept, again, err)
	}
	return nil
}
