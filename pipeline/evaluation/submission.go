package evaluation

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/internal/few"
)

// Submission are the answers on the test images of ILSVRC-2012 in the form that its evaluation server takes for the
// classification task (development kit, "Submission format"): a line an image, in the order of the names, with the
// ILSVRC2012_ID of at most five classes, the most probable first.
type Submission struct {
	numbers map[string]int // by WordNet id
	kit     string
	lines   [][]int // of image 1 and so on; nil: it has no answer
	failed  int
	images  int
}

// submittedClasses are the most that a line has.
const submittedClasses = 5

// unanswered stands in the line of an image without an answer. The line must be there, for lines are told apart by
// their place alone, and have one to five numbers of classes: so it has one.
const unanswered = 1

// NewSubmission reads the numbers of the classes from the development kit; see datasets.ILSVRCNumbers.
func NewSubmission(kit string) (*Submission, error) {
	numbers, err := datasets.ILSVRCNumbers(kit)
	return &Submission{numbers: numbers, kit: kit}, err
}

// take makes room for the images, whose names must tell their places.
func (s *Submission) take(set *datasets.Set) error {
	var others, twice []string
	last := 0
	seen := map[int]bool{}
	for _, it := range set.Items {
		switch n, ok := datasets.ILSVRCTestNumber(it.ID); {
		case !ok || n < 1 || n > datasets.ILSVRCTestImages:
			others = append(others, it.ID)
		case seen[n]:
			twice = append(twice, it.ID)
		default:
			seen[n], last = true, max(last, n)
		}
	}
	if len(others) > 0 {
		return fmt.Errorf("%d images are not of ILSVRC's test set, whose names are ILSVRC2012_test_00000001.JPEG to ILSVRC2012_test_%08d.JPEG: %s",
			len(others), datasets.ILSVRCTestImages, few.Names(others))
	}
	if len(twice) > 0 {
		return fmt.Errorf("a test image has one line, and there are several of %s", few.Names(twice))
	}
	s.lines, s.images = make([][]int, last), len(set.Items)
	return nil
}

// Background is the first output of TensorFlow-slim's nets, which is no class of ImageNet's.
const Background = "background"

// check makes sure that all classes have numbers.
func (s *Submission) check(classes []Class) error {
	var without []string
	for _, c := range classes {
		if _, ok := s.numbers[c.Label]; !ok && c.Label != Background {
			without = append(without, c.Label)
		}
	}
	if len(without) > 0 {
		return fmt.Errorf("%s gives no number to %d classes of the net, which must be of ILSVRC-2012 and named by WordNet ids: %s", s.kit, len(without), few.Names(without))
	}
	return nil
}

// Add takes the answer for an image, which has six classes or more where one is the background.
func (s *Submission) Add(a Classified) {
	if a.Error != "" {
		s.failed++
		return
	}
	n, _ := datasets.ILSVRCTestNumber(a.Image)
	var line []int
	for _, p := range a.Top {
		if p.Label != Background && len(line) < submittedClasses {
			line = append(line, s.numbers[p.Label])
		}
	}
	s.lines[n-1] = line
}

// Submitted is what a submission has.
type Submitted struct {
	File     string `json:"file"`
	Lines    int    `json:"lines"`
	Answered int    `json:"answered"`
	Failed   int    `json:"failed"`   // images that could not be read
	Absent   int    `json:"absent"`   // images that were not there, between others
	Complete bool   `json:"complete"` // there is a line for each image of the published set
}

// Save writes the file.
func (s *Submission) Save(path string, replace bool) (*Submitted, error) {
	err := atomicfile.Write(path, replace, func(w io.Writer) error {
		for _, line := range s.lines {
			if line == nil {
				line = []int{unanswered}
			}
			words := make([]string, len(line))
			for i, n := range line {
				words[i] = strconv.Itoa(n)
			}
			if _, err := io.WriteString(w, strings.Join(words, " ")+"\n"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("write the submission: %w", err)
	}
	r := &Submitted{File: path, Lines: len(s.lines), Failed: s.failed, Absent: len(s.lines) - s.images, Complete: len(s.lines) == datasets.ILSVRCTestImages}
	r.Answered = r.Lines - r.Failed - r.Absent
	return r, nil
}

// top is how many classes an answer must have.
func (s *Submission) top(classes []Class) int {
	if slices.ContainsFunc(classes, func(c Class) bool { return c.Label == Background }) {
		return submittedClasses + 1
	}
	return submittedClasses
}
