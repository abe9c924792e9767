package planned

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"fc7/internal/usage"
)

// Kubernetes says how a plan's tasks become the indices of a Job of Kubernetes.
type Kubernetes struct {
	Image          string   // of a container whose entry point is fc7
	Tasks          int      // that share the table
	Only           []int    // of them, those that are submitted, in order; nil: all
	Throttle       int      // tasks that run at once; 0: as many as there is room for
	Restarts       int      // how often a task that ended with 75 or was killed is started again
	MaxFailedTasks int      // more tasks that failed end all others; negative: none does
	MergeRestarts  int      // how often the merge looks again whether all files are there
	Name           string   // of the Job; the merge's has -merge behind it
	CPU, Memory    string   // of a task: quantities of Kubernetes
	User, Group    int      // ids that the pods run as
	Volumes        []Volume // that hold run, images and weights
	Cache          string   // folder on a volume for weights that are named or come from an address; "": one of each pod
	Account        string   // service account of the pods, by which a store may know them; "": the default one
	Secret         string   // whose entries the pods have as variables, such as keys of a store; "": none
}

const (
	// maxIndices is how many indices a Job may have whose failures are counted for each.
	maxIndices = 100_000
	// podCache is where a pod has a cache of its own: nothing else of its root can be written.
	podCache = "/cache"
	// grace is how many seconds a pod has after SIGTERM to keep the rows that are done.
	grace = 60
)

// A merge reads notes, and no file of the table.
const mergeCPU, mergeMemory = "1", "1Gi"

// object is one of the Kubernetes API.
type object map[string]any

// maxList bounds the list of tasks of a Job, which is an argument of its program; Linux takes 128 KiB.
const maxList = 100_000

// Manifest is a List of two Jobs, as JSON, which kubectl takes as it does YAML: the tasks, and the merge, which is
// tried again until no file is missing. Tasks without files are left out. Where no task is submitted there is no Job of
// them. Since the indices of a Job count from 0, those of some tasks are places in a list of these.
func (k Kubernetes) Manifest(p *Plan) (string, error) {
	run, err := p.absolute()
	if err != nil {
		return "", err
	}
	k.Only = p.withFiles(k.Only, k.Tasks)
	if err := k.check(p, run); err != nil {
		return "", err
	}
	var jobs []object
	if k.count() > 0 {
		jobs = append(jobs, k.job(k.Name, k.tasks(run)))
	}
	merge := k.spec(object{"backoffLimit": k.MergeRestarts}, "FailJob", mergeCPU, mergeMemory, "merge", run)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err = e.Encode(object{"apiVersion": "v1", "kind": "List", "items": append(jobs, k.job(k.Name+mergeSuffix, merge))})
	return b.String(), err
}

// count is how many tasks are submitted.
func (k Kubernetes) count() int {
	if k.Only != nil {
		return len(k.Only)
	}
	return k.Tasks
}

// tasks is the spec of the Job of the tasks.
func (k Kubernetes) tasks(run string) object {
	n := k.count()
	args := []string{"extract", "--plan", run, "--tasks", fmt.Sprint(k.Tasks)}
	if k.Only != nil {
		args = append(args, "--task-list", Ranges(k.Only))
	}
	spec := k.spec(object{
		"completionMode": "Indexed", "completions": n, "parallelism": n, "backoffLimitPerIndex": k.Restarts,
	}, "FailIndex", k.CPU, k.Memory, args...)
	if k.Throttle > 0 {
		spec["parallelism"] = min(k.Throttle, n)
	}
	if k.MaxFailedTasks >= 0 {
		spec["maxFailedIndexes"] = min(k.MaxFailedTasks, n)
	}
	return spec
}

const mergeSuffix = "-merge"

// job is a Job of that name.
func (k Kubernetes) job(name string, spec object) object {
	return object{"apiVersion": "batch/v1", "kind": "Job", "metadata": object{"name": name, "labels": labels()}, "spec": spec}
}

func labels() object { return object{"app.kubernetes.io/name": "fc7"} }

// spec adds to a Job's what both have: one container, and what its end means. A pod that its node puts out is not the
// task's failure; statuses of every try are fatal, as the action says; all else, 75 with it, is tried again.
func (k Kubernetes) spec(spec object, fatal, cpu, memory string, args ...string) object {
	status := func(action string, values ...int) object {
		return object{"action": action, "onExitCodes": object{"containerName": "fc7", "operator": "In", "values": values}}
	}
	spec["podFailurePolicy"] = object{"rules": []object{
		{"action": "Ignore", "onPodConditions": []object{{"type": "DisruptionTarget", "status": "True"}}},
		status(fatal, 2, 4),
		status("Count", 75, 130),
	}}
	volumes, mounts, cache := k.storage()
	container := object{
		"name": "fc7", "image": k.Image, "args": literal(args), "env": []object{{"name": "FC7_CACHE", "value": literal([]string{cache})[0]}},
		"resources":       object{"requests": object{"cpu": cpu, "memory": memory}, "limits": object{"cpu": cpu, "memory": memory}},
		"securityContext": object{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": object{"drop": []string{"ALL"}}},
		"volumeMounts":    mounts,
	}
	if k.Secret != "" {
		container["envFrom"] = []object{{"secretRef": object{"name": k.Secret}}}
	}
	pod := object{
		"restartPolicy": "Never", "terminationGracePeriodSeconds": grace, "automountServiceAccountToken": false, "enableServiceLinks": false,
		"securityContext": object{
			"runAsNonRoot": true, "runAsUser": k.User, "runAsGroup": k.Group, "seccompProfile": object{"type": "RuntimeDefault"},
		},
		"containers": []object{container},
		"volumes":    volumes,
	}
	if k.Account != "" {
		pod["serviceAccountName"] = k.Account
	}
	spec["template"] = object{"metadata": object{"labels": labels()}, "spec": pod}
	return spec
}

// literal are words in which Kubernetes sees no variable, $(NAME).
func literal(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ReplaceAll(w, "$", "$$")
	}
	return out
}

// storage is what a pod sees beside its image, and the folder of its cache there.
func (k Kubernetes) storage() (volumes, mounts []object, cache string) {
	for i, v := range k.Volumes {
		name := fmt.Sprintf("data-%d", i)
		volumes, mounts = append(volumes, v.object(name)), append(mounts, v.mount(name))
	}
	if k.Cache != "" {
		return volumes, mounts, k.Cache
	}
	volumes = append(volumes, object{"name": "cache", "emptyDir": object{}})
	return volumes, append(mounts, object{"name": "cache", "mountPath": podCache}), podCache
}

// check refuses what Kubernetes would refuse, or what no pod could do.
func (k Kubernetes) check(p *Plan, run string) error {
	switch last := fmt.Sprintf("%s-%d", k.Name, max(k.count()-1, 0)); {
	case k.count() > maxIndices:
		return usage.Errorf("%d tasks: a Job of Kubernetes has at most %d: say fewer by --tasks", k.count(), maxIndices)
	case len(Ranges(k.Only)) > maxList:
		return usage.Errorf("the list of the %d tasks that have files to make is too long for a Job: submit all tasks anew, without --retry, of which those that are done end at once, and no more --tasks than the table has files (%d)", len(k.Only), p.Files)
	case !label.MatchString(k.Name) || max(len(last), len(k.Name+mergeSuffix)) > 63:
		return usage.Unfit("--job-name", k.Name, "small letters, digits and - between them, 63 together with what is added: -merge, and a - and the number of a task")
	case k.User <= 0 || k.Group <= 0:
		return usage.Errorf("--user: pods run as a user and a group that are not root's")
	}
	paths := map[string]bool{}
	for _, v := range k.Volumes {
		if paths[v.path] || v.path == podCache && k.Cache == "" {
			return usage.Errorf("--volume: two volumes stand at %s", v.path)
		}
		paths[v.path] = true
	}
	for _, name := range []string{k.Account, k.Secret} {
		if name != "" && (!subdomain.MatchString(name) || len(name) > 253) {
			return usage.Errorf("%q is the name of no service account or secret: want small letters, digits, - and .", name)
		}
	}
	if filepath.IsAbs(run) {
		if err := k.sees("the run's folder", run, true); err != nil {
			return err
		}
	}
	if filepath.IsAbs(p.Set.Root) {
		if err := k.sees("the data set", p.Set.Root, false); err != nil {
			return err
		}
	}
	for _, w := range p.AllWeights() {
		if !filepath.IsAbs(w) {
			continue
		}
		if err := k.sees("the file of weights", w, false); err != nil {
			return err
		}
	}
	if k.Cache != "" {
		return k.sees("--cache", k.Cache, true)
	}
	return nil
}

// label is the form of a Job's name (RFC 1123).
var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// sees makes sure that pods see a path as this machine does: the deepest volume that holds it is what they see.
func (k Kubernetes) sees(what, file string, write bool) error {
	if !utf8.ValidString(file) {
		return usage.Errorf("%s, %q: a Job cannot hold a name that is not UTF-8", what, file)
	}
	in := slices.DeleteFunc(slices.Clone(k.Volumes), func(v Volume) bool { return !v.holds(file) })
	if len(in) == 0 {
		return usage.Errorf("%s, %s, lies on no --volume: want one that pods see under the same path, %s", what, file, volumeForm)
	}
	deepest := slices.MaxFunc(in, func(a, b Volume) int { return len(a.path) - len(b.path) })
	if write && deepest.readOnly {
		return usage.Errorf("%s, %s, is written to, and --volume says that %s is only read", what, file, deepest.path)
	}
	return nil
}

// The amounts that a task may be given. What is less is none that fc7 runs with, and what is more no machine has: they
// are written in another unit than was meant.
const (
	leastCores, mostCores   = 0.1, 4096
	leastMemory, mostMemory = 64 << 20, 1 << 50
)

// ParseCPU reads a number of cores, as Kubernetes writes it: "4", "500m".
func ParseCPU(text string) (string, error) {
	return quantity(text, `^([1-9][0-9]*)(m?)$`, leastCores, mostCores, "cores, such as 4, or in thousandths 500m")
}

// ParseMemory reads a size of memory, as Kubernetes writes it: "4Gi".
func ParseMemory(text string) (string, error) {
	return quantity(text, `^([1-9][0-9]*)([kMGT]|[KMGT]i)?$`, leastMemory, mostMemory, "a size such as 4Gi or 4G, of 64Mi or more; a number alone is one of bytes")
}

// units are what stands behind the numbers.
var units = map[string]float64{
	"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
}

func quantity(text, form string, least, most float64, want string) (string, error) {
	m := regexp.MustCompile(form).FindStringSubmatch(text)
	if m == nil {
		return "", usage.Unfit("", text, want)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if n *= units[m[2]]; err != nil || n < least || n > most {
		return "", usage.Unfit("", text, want)
	}
	return text, nil
}
