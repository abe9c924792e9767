// Package origin records by which command something was made, and when. Whatever has a report keeps one.
package origin

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"fc7/internal/escape"
	"fc7/internal/f32"
	"fc7/internal/machine"
)

// Command is a command as it was given; what gives none leaves it out.
type Command struct {
	Text    string    `json:"command"` // as a shell reads it again
	Folder  string    `json:"folder"`  // that it was given in, from which its paths go
	Started time.Time `json:"started"`
	Machine string    `json:"machine,omitempty"` // see thisMachine; "": an earlier fc7 did not tell
}

// New is the command of these words, name and arguments, given here and now.
func New(words ...string) *Command {
	folder, _ := os.Getwd() // where there is none, no path goes from it
	return &Command{Text: Text(words...), Folder: escape.Name(folder), Started: time.Now().UTC().Truncate(time.Second), Machine: thisMachine()}
}

// thisMachine is the system, its processor, how many cores of it are used, and the kernels.
func thisMachine() string {
	parts := []string{runtime.GOOS + "/" + runtime.GOARCH}
	if name := machine.Processor(); name != "" {
		parts = append(parts, escape.Name(name))
	}
	cores := "1 core"
	if n := runtime.GOMAXPROCS(0); n > 1 {
		cores = strconv.Itoa(n) + " cores"
	}
	return strings.Join(append(parts, cores, f32.Kernels()+" kernels"), ", ")
}

// Text is a command of these words as a shell reads it.
func Text(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// plain are the characters that mean nothing to a shell, beside letters and digits.
const plain = "-_./:=,+@%"

// quote is a word as a shell reads it as one; of bytes that no terminal shows, in the form of bash and of POSIX 2024.
func quote(word string) string {
	special := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(plain, r)
	}
	switch {
	case word != "" && word[0] != '=' && strings.IndexFunc(word, special) < 0:
		return word
	case escape.Plain(strings.ReplaceAll(word, `\`, "")):
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return "$'" + strings.ReplaceAll(escape.Name(word), "'", `\'`) + "'"
}

// Date is a moment as reports show it.
func Date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
