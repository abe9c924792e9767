package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/pipeline/download"
)

// TestAddresses: an address where a path should stand is a wrong call, in every verb's flags and arguments, and nothing
// is made of it. Weights, lists, runs and heads may be on a store; what is the address of none is refused there, too.
func TestAddresses(t *testing.T) {
	t.Chdir(t.TempDir())
	const none = "ftp://b/r" // which no store has, and no verb takes
	address := "s3://b/r"
	refused := func(args ...string) bool {
		code, _, said := fc7(t, args...)
		return code == exitUsage && strings.Contains(said, address) && strings.Contains(said, "found an address")
	}
	seen := 0
	everyVerb(func(cmd *cobra.Command) {
		verb := strings.Fields(cmd.CommandPath())[1:]
		some := func(given ...string) bool { // with as many arguments as the verb may want
			call := append(slices.Clone(verb), given...)
			return refused(call...) || refused(append(call, "a")...) || refused(append(call, "a", "b")...) || refused(append(call, "voc2007")...)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			names := f.Value.Type() == "stringArray" && slices.Contains([]string{"classes", "exclude", "only", "accept", "evidence-of"}, f.Name)
			if f.Value.Type() == urlKind || f.Value.Type() == "int" || names || !slices.Contains(freeText, f.Name) {
				return
			}
			runs := strings.Fields(cmd.Annotations[flagsOfRuns] + " " + cmd.Annotations[flagsOfLists])
			if address = "s3://b/r"; f.Name == weightsFlag || slices.Contains(append(runs, runsBy(cmd)...), f.Name) {
				address = none
			}
			if seen++; !some("--" + f.Name + "=" + address) {
				t.Errorf("fc7 %s takes --%s %s", strings.Join(verb, " "), f.Name, address)
			}
		})
		if address = "s3://b/r"; cmd.Annotations[takesRuns]+cmd.Annotations[readsRuns] != "" {
			address = none
		}
		if cmd.ValidateArgs([]string{"a"}) == nil && !refused(append(slices.Clone(verb), address)...) {
			t.Errorf("fc7 %s takes %s", strings.Join(verb, " "), address)
		}
	})
	if seen < 40 {
		t.Errorf("%d flags that take a path were seen", seen)
	}
	for _, spec := range []string{"caltech101:s3://b/r", "folder:https://b/r", "voc2012:action:s3://b/r", "list:ftp://b/r", "parquet:ftp://b/r"} {
		if code, _, said := fc7(t, "dataset", "inspect", spec); code != exitUsage || !strings.Contains(said, "found an address") {
			t.Errorf("%s: status %d, %s", spec, code, said)
		}
	}
	const lost = "a.jpg\nhttps:/h/r.jpg\n"
	for name, text := range map[string]string{"l.txt": "a.jpg\nftp://b/r.jpg\n", "lost.txt": lost, "lost.csv": "path\n" + lost, "l.csv": "path\na.jpg\nftp://b/r.jpg\n", "l.jsonl": "{\"path\":\"a.jpg\"}\n{\"path\":\"ftp://b/r.jpg\"}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		kind := map[string]string{".txt": "list:"}[filepath.Ext(name)]
		if kind == "" {
			kind = "csv:"
		}
		if code, _, said := fc7(t, "dataset", "inspect", kind+name); code != exitFailed || !strings.Contains(said, name+":") || !strings.Contains(said, "found an address") {
			t.Errorf("%s: status %d, %s", name, code, said)
		}
	}
	for _, args := range [][]string{{"plan", "list:l.txt", "--out", "s3:/b/r"}, {"extract", "list:l.txt", "--out", "https:/b/r"}, {"extract", "list:l.txt", "--out", "s3:b/r"}, {"extract", "--plan", "gs:/b/r"}, {"svm", "azblob:/b/r"}} {
		if code, _, said := fc7(t, args...); code != exitUsage || !strings.Contains(said, "found an address that has lost ") {
			t.Errorf("%v: status %d, %s", args, code, said)
		}
	}
	for _, args := range [][]string{{"merge", "s3://bucket/run", "in"}, {"merge", "out", "s3://bucket/run"}} {
		if code, _, said := fc7(t, args...); code != exitUsage || !strings.Contains(said, "found an address") {
			t.Errorf("%v: status %d, %s", args, code, said)
		}
	}
	t.Setenv(download.CacheVariable, "s3://b/r")
	if code, _, said := fc7(t, "weights", "list"); code != exitUsage || !strings.Contains(said, download.CacheVariable) {
		t.Errorf("a cache at s3://b/r: status %d, %s", code, said)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 5 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
