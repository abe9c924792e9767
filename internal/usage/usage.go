// Package usage holds the error of a wrong call: what was given, what it stands for, what there is, and the nearest
// right word. Rooms return it where they read a word of the user's; the command line turns it into its exit status.
//
// The same word in a file is not a wrong call but a bad file: see [InFile].
package usage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// Error is a word or a value that cannot be meant. Its text is
//
//	unknown loss "hing": expected squared-hinge, hinge or logistic; did you mean hinge?
type Error struct {
	What  string   // what it stands for: "loss", "net"
	Given string   // what was given
	Words []string // what there is, in the order of help texts; nil: Want says it
	Want  string   // what was expected, in a sentence
}

// Unknown is the error of a word that is none of words.
func Unknown(what, given string, words ...string) error {
	return &Error{What: what, Given: given, Words: words}
}

// Unfit is the error of a value that is not what was wanted, such as "a number of pixels".
func Unfit(what, given, want string) error { return &Error{What: what, Given: given, Want: want} }

func (e *Error) Error() string {
	if e.Words == nil {
		return fmt.Sprintf("%s %s: want %s", e.What, shown(e.Given), e.Want)
	}
	text := fmt.Sprintf("unknown %s %q: expected %s", e.What, escape.Short(e.Given), OneOf(e.Words))
	if e.Want != "" {
		text += ", " + e.Want
	}
	if near := e.near(); len(near) > 0 {
		text += "; did you mean " + OneOf(near) + "?"
	}
	return text
}

// near are the words that were probably meant: those that begin with what was given, or else the nearest.
func (e *Error) near() []string {
	near := Nearest(e.Given, e.Words)
	if near == "" {
		return nil
	}
	var begun []string
	for _, w := range e.Words {
		if len(e.Given) > 1 && strings.HasPrefix(strings.ToLower(w), strings.ToLower(e.Given)) {
			begun = append(begun, w)
		}
	}
	if len(begun) > 1 && slices.Contains(begun, near) {
		return begun
	}
	return []string{near}
}

// WrongUsage marks the error for [Is].
func (*Error) WrongUsage() {}

// shown is a value as it was typed, or in quotes where its ends would not be seen.
func shown(s string) string {
	s = escape.Short(s)
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// OneOf lists words as people do: a, b or c.
func OneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// call is wrong usage in other words.
type call struct{ error }

func (call) WrongUsage()     {}
func (c call) Unwrap() error { return c.error }

// Errorf is fmt.Errorf for what is wrong with a call as a whole: flags that exclude each other, an argument that is
// missing.
func Errorf(format string, args ...any) error { return call{fmt.Errorf(format, args...)} }

// Wrap makes any error one of a wrong call; nil stays nil.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	return call{err}
}

// inFile hides that what it holds is about a word.
type inFile struct{ error }

func (f inFile) Unwrap() error { return f.error }

// InFile marks an error about words that stand in a file, which the user did not type: [Is] says no to it. nil stays
// nil.
func InFile(err error) error {
	if err == nil {
		return nil
	}
	return inFile{err}
}

// Is tells whether an error is one of a wrong call: an [Error], what Errorf and Wrap make, or any other with a method
// WrongUsage.
func Is(err error) bool {
	for err != nil {
		switch e := err.(type) {
		case inFile:
			return false
		case interface{ WrongUsage() }:
			return true
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				if Is(one) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}
