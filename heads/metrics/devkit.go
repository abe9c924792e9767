package metrics

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"fc7/internal/filename"
)

// Result is one line of a devkit result file: `image confidence`, or `image object confidence` for VOC's action task.
type Result struct {
	Image      string
	Object     int // 1-based object of the action task; 0: the line has none
	Confidence float64
}

// ClassificationFile returns the devkit's name of a classification result file, as comp1_cls_test_aeroplane.txt.
// Competition 1 is for training on VOC only, 2 for any other data. Names that the devkit does not have, which may hold
// anything, are written as package filename does.
func ClassificationFile(competition int, set, class string) string {
	return filename.Of(fmt.Sprintf("comp%d_cls_%s_%s", competition, set, class), ".txt")
}

// ActionFile returns the devkit's name of an action result file, as comp10_action_test_jumping.txt.
func ActionFile(competition int, set, class string) string {
	return filename.Of(fmt.Sprintf("comp%d_action_%s_%s", competition, set, class), ".txt")
}

// maxLine is more than any image name; longer lines are no result file.
const maxLine = 64 << 10

// WriteResults writes result lines in the order given, with all digits that the confidences have. A result of minus
// infinity, a missing one, is left out: the devkit takes it so.
func WriteResults(w io.Writer, results []Result) error {
	b := bufio.NewWriter(w)
	for _, r := range results {
		if f := strings.Fields(r.Image); len(f) != 1 || f[0] != r.Image || len(r.Image) > maxLine/2 {
			return fmt.Errorf("metrics: image name %.80q cannot stand in a devkit result file: it must be one word", r.Image)
		}
		if math.IsNaN(r.Confidence) || math.IsInf(r.Confidence, 1) {
			return fmt.Errorf("metrics: confidence of %s is %v", r.Image, r.Confidence)
		}
		if math.IsInf(r.Confidence, -1) {
			continue
		}
		b.WriteString(r.Image)
		if r.Object > 0 {
			fmt.Fprintf(b, " %d", r.Object)
		}
		fmt.Fprintf(b, " %s\n", strconv.FormatFloat(r.Confidence, 'g', -1, 64))
	}
	return b.Flush()
}

// ReadResults reads a result file; name is for errors. Lines have two fields, or all have three; blank lines are passed
// over.
func ReadResults(r io.Reader, name string) ([]Result, error) {
	var out []Result
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	fields := 0
	for n := 1; s.Scan(); n++ {
		f := strings.Fields(s.Text())
		if len(f) == 0 {
			continue
		}
		if fields == 0 {
			fields = len(f)
		}
		if len(f) != fields || fields != 2 && fields != 3 {
			return nil, fmt.Errorf("%s: line %d has %d fields, expected `image confidence` or `image object confidence` throughout", name, n, len(f))
		}
		res, err := parseResult(f)
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", name, n, err)
		}
		out = append(out, res)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("%s: reading results: %w", name, err)
	}
	return out, nil
}

func parseResult(f []string) (Result, error) {
	r := Result{Image: f[0]}
	var err error
	if len(f) == 3 {
		if r.Object, err = strconv.Atoi(f[1]); err != nil || r.Object < 1 {
			return r, fmt.Errorf("object %.40q, expected a number from 1", f[1])
		}
	}
	r.Confidence, err = strconv.ParseFloat(f[len(f)-1], 64)
	if err != nil || math.IsNaN(r.Confidence) || math.IsInf(r.Confidence, 1) {
		return r, fmt.Errorf("confidence %.40q, expected a number", f[len(f)-1])
	}
	return r, nil
}

// Key names what a result is about: an image, or one of its objects.
type Key struct {
	Image  string
	Object int
}

// Align brings results into the order of a data set's list. What has no result gets minus infinity; a result for
// something that is not in the list, or a second one, is an error, as in the devkit.
func Align(results []Result, list []Key) ([]float64, error) {
	at := make(map[Key]int, len(list))
	scores := make([]float64, len(list))
	for i, k := range list {
		if _, ok := at[k]; ok {
			return nil, fmt.Errorf("metrics: %s is in the list twice", k)
		}
		at[k] = i
		scores[i] = math.Inf(-1)
	}
	given := make([]bool, len(list))
	for _, r := range results {
		k := Key{r.Image, r.Object}
		i, ok := at[k]
		if !ok {
			return nil, fmt.Errorf("metrics: a result for %s, which is not in the list", k)
		}
		if given[i] {
			return nil, fmt.Errorf("metrics: a second result for %s", k)
		}
		given[i] = true
		scores[i] = r.Confidence
	}
	return scores, nil
}

// String returns the image, with the object where there is one.
func (k Key) String() string {
	if k.Object == 0 {
		return k.Image
	}
	return fmt.Sprintf("%s object %d", k.Image, k.Object)
}
