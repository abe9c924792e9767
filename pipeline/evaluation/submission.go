package evaluation

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/internal/few"
)

// Submission are the answers on the test images of ILSVRC-2012 in the form that its evaluation server takes
// (development kit, "Submission format"): a line an image, in the order of the names, with the ILSVRC2012_ID of at most
// five classes, the most probable first; for the localisation task four whole numbers behind each, the corners of its
// box, left, top, right and bottom, counted from 0 and both inside.
type Submission struct {
	numbers map[string]int // by WordNet id
	kit     string
	lines   []string // of image 1 and so on; "": it has no answer
	none    string   // the line of an image without an answer, which must be there, for lines are told apart by their place alone
	failed  int
	images  int
}

// Submitting is what a line of a submission has of a class.
type Submitting struct {
	Label string
	Box   *[4]float64 // its corners, in pixels counted from 1; nil: the task is classification
}

// submittedClasses are the most that a line has.
const submittedClasses = 5

// NewSubmission reads the numbers of the classes from the development kit; see datasets.ILSVRCNumbers. With boxes it is
// one for the localisation task.
func NewSubmission(kit string, boxes bool) (*Submission, error) {
	numbers, err := datasets.ILSVRCNumbers(kit)
	s := &Submission{numbers: numbers, kit: kit, none: "1"}
	if boxes {
		s.none = "1 0 0 0 0"
	}
	return s, err
}

// Take makes room for the images, whose names must tell their places.
func (s *Submission) Take(set *datasets.Set) error {
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
	s.lines, s.images = make([]string, last), len(set.Items)
	return nil
}

// Background is the first output of TensorFlow-slim's nets, which is no class of ImageNet's.
const Background = "background"

// Check makes sure that all classes have numbers.
func (s *Submission) Check(labels []string) error {
	var without []string
	for _, l := range labels {
		if _, ok := s.numbers[l]; !ok && l != Background {
			without = append(without, l)
		}
	}
	if len(without) > 0 {
		return fmt.Errorf("%s gives no number to %d classes of the net, which must be of ILSVRC-2012 and named by WordNet ids: %s", s.kit, len(without), few.Names(without))
	}
	return nil
}

// Add takes the classes of an image, the most probable first, or that it failed. There are six or more where one is the
// background.
func (s *Submission) Add(image string, failed bool, classes []Submitting) {
	if failed {
		s.failed++
		return
	}
	n, _ := datasets.ILSVRCTestNumber(image)
	var words []string
	left := submittedClasses
	for _, c := range classes {
		if c.Label == Background || left == 0 {
			continue
		}
		left--
		if words = append(words, strconv.Itoa(s.numbers[c.Label])); c.Box != nil {
			for _, v := range c.Box {
				words = append(words, strconv.Itoa(int(math.Round(v))-1))
			}
		}
	}
	s.lines[n-1] = strings.Join(words, " ")
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
			if line == "" {
				line = s.none
			}
			if _, err := io.WriteString(w, line+"\n"); err != nil {
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
func (s *Submission) top(labels []string) int {
	if slices.Contains(labels, Background) {
		return submittedClasses + 1
	}
	return submittedClasses
}
