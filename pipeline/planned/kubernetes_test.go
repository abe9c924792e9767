package planned

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// jobs are what tests read of a list of Jobs.
type jobs struct {
	APIVersion, Kind string
	Items            []struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
		Spec             struct {
			CompletionMode       string
			Completions          *int
			Parallelism          *int
			BackoffLimitPerIndex *int
			MaxFailedIndexes     *int
			BackoffLimit         *int
			Template             struct{ Spec pod }
		}
	}
}

type pod struct {
	RestartPolicy                 string
	TerminationGracePeriodSeconds int
	AutomountServiceAccountToken  *bool
	SecurityContext               struct {
		RunAsNonRoot          bool
		RunAsUser, RunAsGroup int
	}
	Containers []struct {
		Name, Image     string
		Args            []string
		Env             []struct{ Name, Value string }
		Resources       struct{ Requests, Limits struct{ CPU, Memory string } }
		SecurityContext struct {
			AllowPrivilegeEscalation *bool
			ReadOnlyRootFilesystem   bool
			Capabilities             struct{ Drop []string }
		}
		VolumeMounts []struct {
			Name, MountPath string
			ReadOnly        bool
		}
	}
	Volumes []json.RawMessage
}

// parsedVolumes reads volumes of a test.
func parsedVolumes(t *testing.T, texts ...string) (all []Volume) {
	t.Helper()
	for _, text := range texts {
		v, err := ParseVolume(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func number(n *int) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// TestKubernetes: what kubectl gets are two Jobs, the tasks by their index and a merge, in pods that may do little.
func TestKubernetes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pods have paths of Linux")
	}
	top := t.TempDir()
	run := filepath.Join(top, "a $(run) of $HOME\n\"<x>\" — é: 'y'")
	p, err := made(run, listed(t, 95), 10)
	if err != nil {
		t.Fatal(err)
	}
	k := Kubernetes{
		Image: "fc7:1", Tasks: 8, Restarts: 6, MaxFailedTasks: -1, MergeRestarts: 9, Name: "x", CPU: "4", Memory: "5Gi", User: 7, Group: 8,
		Volumes: parsedVolumes(t, "pvc:photos="+filepath.Dir(top), "nfs:nas:/v=/weights:ro", "host:/mnt/x=/x"),
	}
	text, err := k.Manifest(p)
	if err != nil {
		t.Fatal(err)
	}
	var all jobs
	if err := json.Unmarshal([]byte(text), &all); err != nil || all.APIVersion+all.Kind != "v1List" || len(all.Items) != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	written := strings.ReplaceAll(run, "$", "$$")
	for i, args := range [][]string{{"extract", "--plan", written, "--tasks", "8"}, {"merge", written}} {
		j := all.Items[i]
		s := j.Spec
		got := strings.Join([]string{j.APIVersion, j.Kind, j.Metadata.Name, s.CompletionMode, number(s.Completions), number(s.Parallelism), number(s.BackoffLimitPerIndex), number(s.MaxFailedIndexes), number(s.BackoffLimit)}, " ")
		if want := []string{"batch/v1 Job x Indexed 8 8 6 - -", "batch/v1 Job x-merge  - - - - 9"}[i]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		checkPod(t, s.Template.Spec, args)
	}
	k.Throttle, k.MaxFailedTasks = 3, 0
	if text, err = k.Manifest(p); err != nil || json.Unmarshal([]byte(text), &all) != nil || number(all.Items[0].Spec.Parallelism)+number(all.Items[0].Spec.MaxFailedIndexes) != "30" {
		t.Errorf("%v: %s", err, text)
	}
}

// TestKubernetesRetry: the indices of a Job of some tasks are places in the list of these; of none there is no Job, and
// a list that is too long is refused.
func TestKubernetesRetry(t *testing.T) {
	p, err := made(t.TempDir(), listed(t, 95), 10)
	if err != nil {
		t.Fatal(err)
	}
	every := make([]int, 20_000)
	for i := range every {
		every[i] = 2 * i
	}
	k := Kubernetes{Tasks: 200_000, Throttle: 3, MaxFailedTasks: 9, MergeRestarts: 9, Name: "x", User: 7, Group: 8}
	k.Volumes = parsedVolumes(t, "pvc:photos=/"+strings.Split(p.Run(), "/")[1])
	for _, c := range []struct {
		only []int
		says string // of each Job its name, completions, parallelism and most failed indices
		list string
	}{
		{[]int{3, 4, 5, 199_999}, "x 4 3 4, x-merge - - -", "3-5,199999"},
		{[]int{0}, "x 1 1 1, x-merge - - -", "0"},
		{[]int{}, "x-merge - - -", ""},
		{every, "", ""},
	} {
		k.Only = c.only
		text, err := k.Manifest(p)
		var all jobs
		if err == nil {
			err = json.Unmarshal([]byte(text), &all)
		}
		var got []string
		for _, j := range all.Items {
			got = append(got, strings.Join([]string{j.Metadata.Name, number(j.Spec.Completions), number(j.Spec.Parallelism), number(j.Spec.MaxFailedIndexes)}, " "))
		}
		if strings.Join(got, ", ") != c.says || (err == nil) != (c.says != "") {
			t.Errorf("%d tasks: %q, %v, want %q", len(c.only), got, err, c.says)
			continue
		}
		if args := "--task-list"; len(c.only) > 0 && err == nil && !strings.Contains(strings.Join(all.Items[0].Spec.Template.Spec.Containers[0].Args, " "), "--tasks 200000 "+args+" "+c.list) {
			t.Errorf("%q lacks %s", all.Items[0].Spec.Template.Spec.Containers[0].Args, c.list)
		}
	}
}

func checkPod(t *testing.T, p pod, args []string) {
	t.Helper()
	if p.RestartPolicy != "Never" || p.TerminationGracePeriodSeconds < 30 || p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken {
		t.Errorf("%+v", p)
	}
	if who := p.SecurityContext; !who.RunAsNonRoot || who.RunAsUser != 7 || who.RunAsGroup != 8 || len(p.Containers) != 1 {
		t.Fatalf("%+v", p)
	}
	c := p.Containers[0]
	may := c.SecurityContext
	if may.AllowPrivilegeEscalation == nil || *may.AllowPrivilegeEscalation || !may.ReadOnlyRootFilesystem || !slices.Equal(may.Capabilities.Drop, []string{"ALL"}) {
		t.Errorf("%+v", may)
	}
	if r := c.Resources; c.Image != "fc7:1" || !slices.Equal(c.Args, args) || r.Requests != r.Limits || r.Limits.CPU == "" || r.Limits.Memory == "" {
		t.Errorf("%+v, want %q", c, args)
	}
	if len(c.Env) != 1 || c.Env[0].Name != "FC7_CACHE" || c.Env[0].Value != "/cache" || len(c.VolumeMounts) != 4 || len(p.Volumes) != 4 {
		t.Fatalf("%+v", p)
	}
	for i, source := range []string{`"persistentVolumeClaim":{"claimName":"photos"}`, `"nfs":{"path":"/v","readOnly":true,"server":"nas"}`, `"hostPath":{"path":"/mnt/x","type":"Directory"}`, `"emptyDir":{}`} {
		text := strings.Join(strings.Fields(string(p.Volumes[i])), "")
		m := c.VolumeMounts[i]
		if !strings.Contains(text, source) || !strings.Contains(text, `"name":"`+m.Name+`"`) || m.ReadOnly != (i == 1) {
			t.Errorf("%s, mounted as %+v, want %s", text, m, source)
		}
	}
	if m := c.VolumeMounts[3].MountPath + c.VolumeMounts[1].MountPath; m != "/cache/weights" {
		t.Errorf("mounted at %s", m)
	}
}

// TestKubernetesRefuses: what no pod could do is told before a cluster is asked.
func TestKubernetesRefuses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pods have paths of Linux")
	}
	top := t.TempDir()
	p, err := made(filepath.Join(top, "runs", "a"), listed(t, 5), 1)
	if err != nil {
		t.Fatal(err)
	}
	all := filepath.Dir(top)
	for _, c := range []struct {
		name    string
		change  func(*Kubernetes)
		weights string
		says    string
	}{
		{"as it is", func(*Kubernetes) {}, filepath.Join(all, "w"), ""},
		{"name", func(k *Kubernetes) { k.Name = "a_b" }, "", "--job-name"},
		{"long name", func(k *Kubernetes) { k.Name = strings.Repeat("a", 58) }, "", "--job-name"},
		{"name and number", func(k *Kubernetes) { k.Name, k.Tasks, p.Files = strings.Repeat("a", 57), 100_000, 100_000 }, "", ""},
		{"tasks", func(k *Kubernetes) { k.Tasks, p.Files = 100_001, 100_001 }, "", "at most 100000"},
		{"root", func(k *Kubernetes) { k.User = 0 }, "", "--user"},
		{"no volume of the run", func(k *Kubernetes) { k.Volumes = k.Volumes[1:] }, "", "the run's folder"},
		{"beside the volume", func(k *Kubernetes) { k.Volumes = parsedVolumes(t, "pvc:a="+top+"/run") }, "", "the run's folder"},
		{"the run is only read", func(k *Kubernetes) { k.Volumes = append(k.Volumes, parsedVolumes(t, "pvc:b="+top+"/runs:ro")...) }, "", "only read"},
		{"two at one path", func(k *Kubernetes) { k.Volumes = append(k.Volumes, k.Volumes[0]) }, "", "two volumes"},
		{"no data set", func(k *Kubernetes) { k.Volumes = parsedVolumes(t, "pvc:a="+top+"/runs") }, "", "the data set"},
		{"no weights", func(*Kubernetes) {}, "/elsewhere/w", "/elsewhere/w, lies on no --volume"},
		{"an address", func(*Kubernetes) {}, "s3://b/w", ""},
		{"cache", func(k *Kubernetes) { k.Cache = "/elsewhere" }, "", "--cache"},
		{"no UTF-8", func(k *Kubernetes) { k.Cache = top + "/\xff" }, "", "UTF-8"},
	} {
		k := Kubernetes{Tasks: 2, MaxFailedTasks: -1, Name: "x", User: 1, Group: 1, Volumes: parsedVolumes(t, "pvc:a="+all, "host:/d=/d")}
		files := p.Files
		c.change(&k)
		p.Weights = c.weights
		if _, err := k.Manifest(p); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		p.Files = files
	}
}

// TestKubernetesWithoutFiles: of more tasks than files those that have none are no index of the Job.
func TestKubernetesWithoutFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pods have paths of Linux")
	}
	run := filepath.Join(t.TempDir(), "run")
	p, err := made(run, listed(t, 35), 10)
	if err != nil {
		t.Fatal(err)
	}
	k := Kubernetes{Image: "fc7", Tasks: 9, MaxFailedTasks: -1, Name: "x", CPU: "1", Memory: "1Gi", User: 7, Group: 8, Volumes: parsedVolumes(t, "pvc:a=/"+strings.Split(run, "/")[1])}
	text, err := k.Manifest(p)
	var all jobs
	if err := errors.Join(err, json.Unmarshal([]byte(text), &all)); err != nil || len(all.Items) != 2 {
		t.Fatal(err, text)
	}
	args := strings.Join(all.Items[0].Spec.Template.Spec.Containers[0].Args, " ")
	if n := all.Items[0].Spec.Completions; n == nil || *n != 4 || !strings.HasSuffix(args, "--tasks 9 --task-list 2,4,6,8") {
		t.Error(text)
	}
}

func TestParseVolume(t *testing.T) {
	for text, fits := range map[string]bool{
		"pvc:a-1.b=/data": true, "pvc:a=/data:ro": true, "nfs:nas.example:/=/d": true, "nfs:[fd00::1]:/v/w=/d": true, "host:/a=b=/d": true,
		"": false, "pvc:a": false, "pvc:=/d": false, "pvc:A=/d": false, "pvc:a=d": false, "pvc:a=/": false, "pvc:a=/d/": false, "pvc:a=/d:rw": false,
		"pvc:a=/d/../e": false, "nfs:/v=/d": false, "nfs:nas=/d": false, "nfs:nas:v=/d": false, "host:a=/d": false, "disk:/a=/d": false, "/a=/d": false,
	} {
		if _, err := ParseVolume(text); (err == nil) != fits {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestQuantities(t *testing.T) {
	for text, want := range map[string][2]bool{
		"4": {true, false}, "500m": {true, false}, "4Gi": {false, true}, "4G": {false, true}, "64Mi": {false, true}, "67108864": {false, true}, "100m": {true, false}, "192": {true, false},
		"3": {true, false}, "3k": {}, "3Mi": {}, "63Mi": {}, "2000Ti": {}, "99999999999999999999999Gi": {}, "4097": {}, "99m": {}, "1m": {}, "8k": {},
		"0": {}, "": {}, "4GB": {}, "-1": {}, "4 ": {}, "4gi": {}, "4\n": {},
	} {
		_, cpu := ParseCPU(text)
		_, memory := ParseMemory(text)
		if (cpu == nil) != want[0] || (memory == nil) != want[1] {
			t.Errorf("%q: %v, %v", text, cpu, memory)
		}
	}
}
