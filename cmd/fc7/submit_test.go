package main

import (
	"encoding/json"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// rule is one of a Job's policy.
type rule struct {
	Action      string
	OnExitCodes *struct {
		ContainerName, Operator string
		Values                  []int
	}
	OnPodConditions []struct{ Type, Status string }
}

// submitted are the Jobs that fc7 submit kubernetes prints.
type submitted struct {
	Items []struct {
		Metadata struct{ Name string }
		Spec     struct {
			Completions      int
			PodFailurePolicy struct{ Rules []rule }
			Template         struct {
				Spec struct{ Containers []struct{ Args []string } }
			}
		}
	}
}

// does is what a Job does where a container ends with a status: the first rule that fits says it, and else it counts.
func does(rules []rule, status int, disrupted bool) string {
	for _, r := range rules {
		for _, c := range r.OnPodConditions {
			if disrupted && c.Type == "DisruptionTarget" && c.Status == "True" {
				return r.Action
			}
		}
		if e := r.OnExitCodes; e != nil && e.ContainerName == "fc7" && e.Operator == "In" && slices.Contains(e.Values, status) {
			return r.Action
		}
	}
	return "Count"
}

// TestSubmitKubernetes: the Jobs take fc7's statuses as they are meant, and what their containers run makes the table.
func TestSubmitKubernetes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pods have paths of Linux")
	}
	j := newSmallJob(t, "8")
	j.plan(t, "run", "--tasks", "2")
	run := j.out("run")
	args := []string{"submit", "kubernetes", run, "--image", "fc7"}
	root := "/" + strings.Split(run, "/")[1]
	for says, more := range map[string][]string{
		"the run's folder": nil, "lies on no --volume": {"--volume", "pvc:a=/elsewhere"}, "want UID:GID": {"--volume", "pvc:a=" + root, "--user", "0"},
		`--image "a b": want the name of an image`: {"--image", "a b"}, `--image "": want the name of an image`: {"--image", ""},
	} {
		if code, _, said := fc7(t, append(slices.Clone(args), more...)...); code != exitUsage || !strings.Contains(said, says) {
			t.Errorf("%v: status %d, %s", more, code, said)
		}
	}
	var all submitted
	if err := json.Unmarshal([]byte(want(t, exitDone, append(args, "--volume", "pvc:a="+root)...)), &all); err != nil || len(all.Items) != 2 {
		t.Fatal(all, err)
	}
	for i, fatal := range []string{"FailIndex", "FailJob"} {
		rules := all.Items[i].Spec.PodFailurePolicy.Rules
		for status, action := range map[int]string{
			exitUsage: fatal, exitPermanent: fatal, exitPassing: "Count", exitInterrupted: "Count", exitFailed: "Count", 137: "Count",
		} {
			if got := does(rules, status, false); got != action {
				t.Errorf("status %d: %s, want %s", status, got, action)
			}
		}
		if got := does(rules, exitPassing, true); got != "Ignore" {
			t.Errorf("a node that is drained: %s", got)
		}
	}
	task, merge := all.Items[0].Spec.Template.Spec.Containers[0].Args, all.Items[1].Spec.Template.Spec.Containers[0].Args
	want(t, exitPassing, merge...)
	t.Setenv("JOB_COMPLETION_INDEX", "0")
	want(t, exitDone, task...)
	retry := func() (all submitted) {
		if err := json.Unmarshal([]byte(want(t, exitDone, append(args, "--retry", "--volume", "pvc:a="+root)...)), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	all = retry()
	if name := all.Items[0].Metadata.Name; len(all.Items) != 2 || all.Items[0].Spec.Completions != 1 || !strings.HasPrefix(name, "fc7-retry-") || all.Items[1].Metadata.Name != name+"-merge" {
		t.Fatalf("%+v", all)
	}
	want(t, exitPassing, merge...)
	want(t, exitDone, all.Items[0].Spec.Template.Spec.Containers[0].Args...) // index 0, of task 1
	want(t, exitDone, merge...)
	want(t, exitDone, "verify", run)
	if all = retry(); len(all.Items) != 1 {
		t.Errorf("all is done: %+v", all)
	}
}

// TestSubmitWeights: weights that are a name need a cache that pods see.
func TestSubmitWeights(t *testing.T) {
	for weights, is := range map[string]bool{"": false, "small": false, "vgg16": true, filepath.Join(t.TempDir(), "w"): false, "s3://b/w": false} {
		if named(weights) != is {
			t.Errorf("%q is a name of a cache: %v", weights, !is)
		}
	}
	for text, want := range map[string]ids{"7": {7, 7}, "7:8": {7, 8}, "0": {}, "7:0": {}, "a": {}, ":": {}, "": {}, "-1": {}, "2147483648": {}} {
		if got, err := parseIDs(text); got != want || (err == nil) != (want != ids{}) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, c := range []struct {
		said        ids
		user, group int
		want        ids
	}{{ids{3, 4}, 5, 6, ids{3, 4}}, {ids{}, 5, 6, ids{5, 6}}, {ids{}, 0, 0, ids{nobody, nobody}}, {ids{}, -1, -1, ids{nobody, nobody}}} {
		if user, group := c.said.or(c.user, c.group); (ids{user, group}) != c.want {
			t.Errorf("%+v: %d, %d", c, user, group)
		}
	}
}
