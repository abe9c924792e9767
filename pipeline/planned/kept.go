package planned

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"

	"fc7/internal/place"
	"fc7/internal/store"
	"fc7/outputs"
)

// segmentDigits is how many digits the name of a segment has.
const segmentDigits = 8

// SegmentName is that of a segment, of the first of its rows in the file.
func SegmentName(first int) string { return fmt.Sprintf("%0*d.parquet", segmentDigits, first) }

// ParseSegmentName reads what SegmentName writes.
func ParseSegmentName(name string) (first int, ok bool) {
	digits, ok := strings.CutSuffix(name, ".parquet")
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), ok && err == nil && len(digits) == segmentDigits
}

// keptRows is how many rows of each of these files, by its number, stand in segments.
func (p *Plan) keptRows(ctx context.Context, files []int) (map[int]int, error) {
	files, err := p.Kept(files)
	if err != nil {
		return nil, err
	}
	rows := make([]int, len(files))
	err = each(ctx, len(files), func(i int) (err error) {
		first, end := p.Span(files[i], files[i]+1)
		if rows[i], err = KeptIn(p.at, p.TmpDir(files[i])); err != nil {
			return fmt.Errorf("looking for rows that were kept: %w", err)
		}
		rows[i] = min(rows[i], end-first)
		return nil
	})
	kept := map[int]int{}
	for i, file := range files {
		kept[file] = rows[i]
	}
	return kept, err
}

// KeptIn is how many rows stand in the segments of a folder. Only the last one is opened, whose name says how many are
// before it: whether all are sound, the next start finds out.
func KeptIn(at place.Place, dir string) (rows int, err error) {
	names, err := at.List(dir)
	if err != nil {
		return 0, err
	}
	last := ""
	for _, name := range names {
		if first, ok := ParseSegmentName(name); ok && first >= rows {
			last, rows = name, first
		}
	}
	if last == "" {
		return 0, nil
	}
	s, err := outputs.OpenShardIn(at, path.Join(dir, last))
	switch {
	case errors.Is(err, fs.ErrNotExist): // its file is done just now
		return 0, nil
	case isSystem(err):
		return 0, err
	case err != nil: // it is damaged, and computed again
		return rows, nil
	}
	return rows + s.NumRows, s.Close()
}

// isSystem tells whether a disk or a store does not give what is there.
func isSystem(err error) bool {
	fault, system := new(store.Fault), syscall.Errno(0)
	return errors.As(err, &fault) || errors.As(err, &system)
}
