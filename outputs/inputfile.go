package outputs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"fc7/internal/mirror"
	"fc7/internal/place"
)

// Beside its table a run keeps what each row was computed from, so that an update can tell what became another: a text
// for each shard, digests/<own digest of the shard>.tsv, of which the name and the first line bind it to the shard's
// bytes:
//
//	fc7 inputs 1	<own digest of the shard>	<rows>	pixels=<most of an image, where that was recorded>
//	<sha256 of the image's bytes, or ->	<size of the file that holds them>	<its time>	<box, or ->	<object>	<image>
//	…
//	sha256	<digest of all lines before>

// DigestsDir is the folder of these files in a run's folder.
const DigestsDir = "digests"

// Input is what a row was computed from.
type Input struct {
	SHA256 [sha256.Size]byte // of the image's bytes; zeros: not known
	Size   int64             // of the file that holds them, in bytes
	Time   int64             // when that file was last changed, in ns since 1970; 0: too near to its reading to tell later changes
	Box    string            // of the image: its corners with spaces between; "": all of it
}

// Known tells whether the image's bytes were read.
func (i Input) Known() bool { return i.SHA256 != [sha256.Size]byte{} }

// RowInput is an Input and the key of its row.
type RowInput struct {
	Image  string
	Object int
	Input
}

// InputsPath names the file of the inputs of the shard with the own digest own in a run's folder; "": there can be
// none.
func InputsPath(run, own string) string {
	if b, err := hex.DecodeString(own); err != nil || len(b) != sha256.Size {
		return ""
	}
	return filepath.Join(run, DigestsDir, strings.ToLower(own)+inputsExt)
}

// IsInputsName tells whether a file of DigestsDir is one of inputs by its name.
func IsInputsName(name string) bool {
	own, ok := strings.CutSuffix(name, inputsExt)
	return ok && InputsPath("", own) == filepath.Join(DigestsDir, name)
}

// inputsExt ends the names of files of inputs.
const inputsExt = ".tsv"

// firstInputsLine begins a file of inputs; the version is that of its form.
const firstInputsLine = "fc7 inputs 1"

// noInput stands for what is not known or not there.
const noInput = "-"

// limitsField begins the field of the limits in the first line.
const limitsField = "\tpixels="

// WriteInputs writes the file of the shard with the own digest own of the run in a place, instead of what stands there,
// with the limits that decided which of its rows failed. Its folder must be there.
func WriteInputs(in place.Place, own string, l Limits, rows []RowInput) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\t%s\t%d", firstInputsLine, own, len(rows))
	if l.Pixels > 0 {
		fmt.Fprintf(&b, "%s%d", limitsField, l.Pixels)
	}
	b.WriteByte('\n')
	for i := range rows {
		r := &rows[i]
		sum, box := noInput, noInput
		if r.Known() {
			sum = hex.EncodeToString(r.SHA256[:])
		}
		if r.Box != "" {
			box = r.Box
		}
		fmt.Fprintf(&b, "%s\t%d\t%d\t%s\t%d\t%s\n", sum, r.Size, r.Time, box, r.Object, r.Image)
	}
	sum := sha256.Sum256(b.Bytes())
	fmt.Fprintf(&b, "sha256\t%x\n", sum)
	return in.Write(filepath.ToSlash(InputsPath("", own)), b.Bytes(), true)
}

// ReadLimits reads the limits in the file of the shard with the own digest own and of so many rows, when all of it is
// as it was written; they are zero where it has none. The error is that of ReadInputs.
func ReadLimits(run, own string, rows int) (l Limits, err error) {
	text, err := inputsText(run, own, rows)
	if err != nil {
		return l, err
	}
	first, _, _ := strings.Cut(text, "\n")
	if _, pixels, ok := strings.Cut(first, limitsField); ok {
		if l.Pixels, err = strconv.Atoi(pixels); err != nil {
			return Limits{}, fmt.Errorf("%s: want a number of pixels, found %q", InputsPath(run, own), pixels)
		}
	}
	return l, nil
}

// maxInputBytes bounds a line of a file of inputs: a key has as much as another text of a row.
const maxInputBytes = maxText + 256

// ReadInputs reads the file of the shard with the own digest own and of so many rows, and checks all that it says. The
// error wraps fs.ErrNotExist where there is no file, and is an *fs.PathError where the disk does not give it.
func ReadInputs(run, own string, rows int) ([]RowInput, error) {
	text, err := inputsText(run, own, rows)
	if err != nil {
		return nil, err
	}
	list, err := parseInputs(text, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", InputsPath(run, own), err)
	}
	return list, nil
}

// ReadInputsIn is ReadInputs of a run in a place; on a store the error is what that says.
func ReadInputsIn(in place.Place, own string, rows int) ([]RowInput, error) {
	if f, ok := in.(place.Folder); ok {
		return ReadInputs(string(f), own, rows)
	}
	name := filepath.ToSlash(InputsPath("", own))
	if name == "" {
		return nil, noInputs()
	}
	b, err := in.Read(name, int64(rows+2)*maxInputBytes)
	if err != nil {
		return nil, err
	}
	text, err := checkInputs(string(b), own, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.At(name), err)
	}
	list, err := parseInputs(text, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.At(name), err)
	}
	return list, nil
}

// noInputs is the error of a shard that can have none.
func noInputs() error {
	return fmt.Errorf("a shard without a digest of itself has no file of inputs: %w", fs.ErrNotExist)
}

// inputsText reads a file of inputs but for its last line, which is right, as is what the first says of the shard.
func inputsText(run, own string, rows int) (string, error) {
	path := InputsPath(run, own)
	if path == "" {
		return "", noInputs()
	}
	f, err := mirror.OpenFile(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > int64(rows+2)*maxInputBytes {
		return "", fmt.Errorf("%s: want a file of %d lines, found one of %d bytes", path, rows+2, info.Size())
	}
	b, err := io.ReadAll(io.LimitReader(io.NewSectionReader(f, 0, info.Size()), info.Size()))
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	text, err := checkInputs(string(b), own, rows)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// checkInputs compares the digest of a file of inputs, and whose it says that it is, and returns it without its last
// line.
func checkInputs(text, own string, rows int) (string, error) {
	at := strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n") + 1
	if want := fmt.Sprintf("sha256\t%x\n", sha256.Sum256([]byte(text[:at]))); text[at:] != want {
		return "", fmt.Errorf("the file is damaged: its last line is %q, want %q", text[at:min(at+80, len(text))], want)
	}
	first, _, _ := strings.Cut(text[:at], "\n")
	begin, _, _ := strings.Cut(first, limitsField)
	if want := fmt.Sprintf("%s\t%s\t%d", firstInputsLine, own, rows); begin != want {
		return "", fmt.Errorf("it is not that of its shard: it begins with %q, want %q", first, want)
	}
	return text[:at], nil
}

// parseInputs reads the lines of a file of inputs behind the first.
func parseInputs(text string, rows int) ([]RowInput, error) {
	_, rest, _ := strings.Cut(text, "\n")
	list := make([]RowInput, 0, rows)
	for line := range strings.Lines(rest) {
		r, err := parseInput(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(list)+2, err)
		}
		list = append(list, r)
	}
	if len(list) != rows {
		return nil, fmt.Errorf("%d rows, want %d", len(list), rows)
	}
	return list, nil
}

func parseInput(line string) (r RowInput, err error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 6 || fields[5] == "" || fields[3] == "" {
		return r, fmt.Errorf("%d fields, want 6: digest, size, time, box, object, image", len(fields))
	}
	if fields[0] != noInput {
		n, err := hex.Decode(r.SHA256[:], []byte(fields[0][:min(len(fields[0]), 2*sha256.Size)]))
		if err != nil || n != sha256.Size || len(fields[0]) != 2*sha256.Size {
			return r, fmt.Errorf("want a SHA-256 in hex, or %s, found %q", noInput, fields[0])
		}
	}
	for i, to := range []*int64{&r.Size, &r.Time} {
		if *to, err = strconv.ParseInt(fields[1+i], 10, 64); err != nil {
			return r, fmt.Errorf("want a whole number, found %q", fields[1+i])
		}
	}
	if r.Object, err = strconv.Atoi(fields[4]); err != nil || r.Object < 0 {
		return r, fmt.Errorf("want the number of an object, found %q", fields[4])
	}
	if r.Image = fields[5]; fields[3] != noInput {
		r.Box = fields[3]
	}
	return r, nil
}
