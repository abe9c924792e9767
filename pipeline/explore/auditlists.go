package explore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/extract/likeness"
	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/mirror"
	"fc7/pipeline/heads"
)

// copies are the rows of groups of copies alone, by their first row.
func copies(list []twin, rows int) map[int][]int {
	u := copied(list, rows)
	of := map[int][]int{}
	for i := range rows {
		if first := u.First(i); first != i {
			if of[first] == nil {
				of[first] = []int{first}
			}
			of[first] = append(of[first], i)
		}
	}
	return of
}

// writeLists makes the files of splits without what certainly leaks, and of the rows to leave out so that of certain
// copies one is left. Those of an earlier audit, of what leaks no more, go.
func (a *Audit) writeLists(dir string, o *opened, list []twin) error {
	if err := a.writeSplits(dir, o); err != nil {
		return err
	}
	if err := a.writeExclude(dir, o, list); err != nil {
		return err
	}
	return a.removeOthers(dir)
}

func (a *Audit) writeExclude(dir string, o *opened, list []twin) error {
	var out []string
	for _, rows := range copies(list, len(o.IDs)) {
		keep := rows[0]
		if i := slices.IndexFunc(rows, o.learned); i >= 0 { // of the set's own splits
			keep = rows[i]
		}
		for _, i := range rows {
			if i != keep {
				out = append(out, heads.ExcludeLine(o.IDs[i]))
			}
		}
	}
	a.Excluded = len(out)
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	a.Exclude = filepath.Join(dir, excludeName)
	return writeOurs(a.Exclude, []byte(excludeHead+strings.Join(out, "\n")+"\n"))
}

// excludeName is the file of rows to leave out, splitsName that of a split without what leaks.
const excludeName = "exclude.txt"

func splitsName(v protocol.Division) string {
	if v.Random {
		return fmt.Sprintf("splits-seed%d.tsv", v.Seed)
	}
	return "splits.tsv"
}

// lists are the names of what writeLists makes.
var lists = regexp.MustCompile(`^(exclude\.txt|splits\.tsv|splits-seed[0-9]+\.tsv)$`)

// removeOthers removes lists that this audit did not make.
func (a *Audit) removeOthers(dir string) error {
	made := map[string]bool{a.Exclude: true}
	for _, s := range a.Splits {
		made[s.File] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	names := mirror.Strangers(dir) // all that a store has there
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		path := filepath.Join(dir, name)
		if made[path] || !lists.MatchString(name) {
			continue
		}
		if err := mirror.Fetch(path); err != nil {
			return err
		}
		ours, err := isOurs(path)
		if err == nil && ours {
			err = mirror.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// excludeHead begins the file of rows to leave out.
const excludeHead = "# fc7 audit: of images that are certainly copies of each other, all but one\n"

// learned tells whether the set's own splits learn from row i.
func (o *opened) learned(i int) bool {
	return slices.ContainsFunc(o.Splits[i], func(s string) bool { return s != datasets.SplitTest })
}

// leaking are the images that certainly leak in one of some splits.
func (a *Audit) leaking(splits ...string) map[string]bool {
	out := map[string]bool{}
	for _, g := range a.Groups {
		for _, m := range g.Images {
			for _, l := range m.Leaks {
				if l.Grade == likeness.Certain && slices.Contains(splits, l.Split) {
					out[m.Image] = true
				}
			}
		}
	}
	return out
}

// writeSplits writes the splits of which something certainly leaks, without that.
func (a *Audit) writeSplits(dir string, o *opened) error {
	var own []string
	for n := range a.Splits {
		s := &a.Splits[n]
		if s.Leaked.Certain == 0 {
			continue
		}
		s.File = filepath.Join(dir, splitsName(s.of))
		if s.of.Random {
			train, test, out := set(s.of.Train), set(s.of.Test), a.leaking(s.Name)
			if err := o.writeSplit(s.File, func(i int) []string {
				switch id := o.IDs[i]; {
				case train[id]:
					return []string{datasets.SplitTrain}
				case test[id] && !out[id]:
					return []string{datasets.SplitTest}
				}
				return nil
			}); err != nil {
				return err
			}
			continue
		}
		own = append(own, s.Name)
	}
	if len(own) == 0 {
		return nil
	}
	out := a.leaking(own...)
	return o.writeSplit(filepath.Join(dir, splitsName(protocol.Division{})), func(i int) []string {
		if out[o.IDs[i]] {
			return nil
		}
		return o.Splits[i]
	})
}

// writeSplit writes a file of the splits of the rows.
func (o *opened) writeSplit(path string, of func(i int) []string) error {
	var rows []datasets.SplitRow
	for i, id := range o.IDs {
		r := datasets.SplitRow{Image: id, Splits: of(i)}
		if o.Images != nil {
			r.Image, r.Object = o.Images[i], o.Objects[i]
		}
		rows = append(rows, r)
	}
	var b bytes.Buffer
	if _, err := datasets.WriteSplitRows(&b, rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writeOurs(path, b.Bytes())
}

// isOurs tells of a file of a list's name, by its beginning alone, whether it is one.
func isOurs(path string) (bool, error) {
	if filepath.Ext(path) == ".tsv" {
		return datasets.IsSplitFile(path), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	first := make([]byte, 64)
	n, _ := io.ReadFull(f, first) // of a shorter one that is all
	return bytes.HasPrefix(first[:n], []byte("# fc7 audit")), f.Close()
}

// checkLists refuses, before the work, files of others in the places of lists of these splits.
func checkLists(dir string, splits []protocol.Division) error {
	names := []string{excludeName}
	for _, v := range splits {
		names = append(names, splitsName(v))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := refuseOthers(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// refuseOthers is an error where a file stands in the place of a list that is none.
func refuseOthers(path string) error {
	if err := mirror.Fetch(path); err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	ours, err := isOurs(path)
	if err == nil && !ours {
		err = fmt.Errorf("%s is not fc7's, and is not replaced: move it away", path)
	}
	return err
}

// writeOurs writes a list, in the place of an earlier one alone: of a run on a store, to the run.
func writeOurs(path string, text []byte) error {
	if err := refuseOthers(path); err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(path, text, true); err != nil {
		return err
	}
	return mirror.Publish(path)
}
