package explore

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"fc7/outputs"
	"fc7/outputs/explorer"
)

// drawnAs changes with any bit of a sheet.
const drawnAs = "thumbnails 1"

// sheetColumns are those of kept thumbnails: a row a sheet, with the cell of each of its rows, -1 where there was no
// image.
var sheetColumns = []outputs.ResultColumn{
	{Name: "jpeg", Kind: outputs.ResultText, Required: true}, // in base64
	{Name: "cells", Kind: outputs.ResultInts, Required: true},
}

// digestOf stands for a list of rows.
func digestOf(rows []int) string {
	h := sha256.New()
	var b [8]byte
	for _, r := range rows {
		binary.LittleEndian.PutUint64(b[:], uint64(r))
		h.Write(b[:])
	}
	return fmt.Sprintf("%d rows %s", len(rows), hex.EncodeToString(h.Sum(nil)))
}

// perSheet is how many cells a sheet has.
const perSheet = sheetRow * sheetRow

// keepSheets keeps the sheets from begin on, which are of rows.
func keepSheets(k kept, s *explorer.Sheets, rows []int, begin int) error {
	for _, i := range rows {
		if s.Of[i] < 0 {
			k.found.Away++
		}
	}
	_, err := k.write(sheetColumns, func(yield func([]any) bool) {
		for n, jpeg := range s.JPEG[begin:] {
			cells := []int32{}
			for _, i := range rows[n*perSheet : min(len(rows), (n+1)*perSheet)] {
				cell := s.Of[i]
				if cell >= 0 {
					cell -= int32((begin + n) * perSheet)
				}
				cells = append(cells, cell)
			}
			if !yield([]any{base64.StdEncoding.EncodeToString(jpeg), cells}) {
				return
			}
		}
	})
	return err
}

// readSheets puts kept sheets of rows behind those that there are.
func readSheets(path, sum string, to *explorer.Sheets, rows []int) error {
	at := 0
	err := outputs.ReadResults(path, sum, sheetColumns, func(v []any) error {
		jpeg, err := base64.StdEncoding.DecodeString(as[string](v[0]))
		cells := as[[]int32](v[1])
		if err != nil || len(cells) > perSheet || at+len(cells) > len(rows) {
			return fmt.Errorf("%s: %d thumbnails of %d rows, of which %d have one: remove the file", path, len(cells), len(rows), at)
		}
		for _, cell := range cells {
			if cell >= perSheet {
				return fmt.Errorf("%s: a thumbnail at %d, of %d on a sheet: remove the file", path, cell, perSheet)
			}
			if cell >= 0 {
				to.Of[rows[at]] = int32(len(to.JPEG)*perSheet) + cell
			}
			at++
		}
		to.JPEG = append(to.JPEG, jpeg)
		return nil
	})
	if err == nil && at != len(rows) {
		err = fmt.Errorf("%s has thumbnails of %d rows, expected %d: remove the file", path, at, len(rows))
	}
	return err
}
