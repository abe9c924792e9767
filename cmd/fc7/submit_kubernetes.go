package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fc7/internal/usage"
	"fc7/pipeline/planned"
	"fc7/vgg/small"
)

// nobody is the id that pods run as where the caller is root: that of the image.
const nobody = 65532

func newSubmitKubernetes(c *console) *cobra.Command {
	k := planned.Kubernetes{MaxFailedTasks: -1, Restarts: 6, MergeRestarts: 1000, Name: "fc7"}
	var as ids
	var retry bool
	cmd := &cobra.Command{
		Annotations: map[string]string{takesRuns: "of plans"},
		Use:         "kubernetes RUN", Short: "two Jobs of Kubernetes, the tasks of a plan and their merge",
		Long: `Kubernetes prints two Jobs, as JSON, for kubectl: an Indexed Job whose indices are the tasks of
a plan, and one that merges the table. A task that ends with 75, or is killed, is started
again, at most --restarts times; one that ends with 2 or 4, which every try would, is not, and
the others go on; one that its node puts out does not count. A pod that is stopped has a minute
to keep its rows. The merge is tried again, at last every ten minutes, until no file is missing.
Tasks whose files are done end at once, so the same Jobs, submitted anew, do what is missing.
Tasks without files, of more tasks than files, are left out.
--retry leaves out the tasks whose files are all done. Since the indices of a Job count from 0,
pods are told then of which tasks theirs are. These Jobs are named by the time as well, beside
the first ones, which may still be there: fc7-retry-20261130-142530.

RUN, images and weights must lie on a --volume, under the paths that they have here, or stand at
addresses, which pods open as their --service-account or by the keys of a --secret. Pods run as
--user, who must be able to write to RUN, on a root file system that is only read. Weights from
an address (s3://, hf:// …) go to --cache, or else to an empty folder of each pod.

  fc7 submit kubernetes RUN --image IMAGE --volume pvc:CLAIM=/data | kubectl create -f -`,
		Example: "  fc7 submit kubernetes /data/runs/photos --image IMAGE --volume pvc:photos=/data --cpu 8 --memory 8Gi\n" +
			"  fc7 submit kubernetes /runs/voc --image IMAGE --tasks 64 --volume nfs:server:/export/runs=/runs --volume host:/data=/data:ro\n" +
			"  fc7 submit kubernetes /data/runs/photos --retry --image IMAGE --volume pvc:photos=/data --memory 16Gi | kubectl create -f -",
		Args: exactly("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := planned.Open(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if k.Tasks, err = tasksOf(p, k.Tasks); err != nil {
				return err
			}
			if retry {
				if k.Only, err = unfinished(cmd, p, k.Tasks); err != nil {
					return err
				}
				k.Name += time.Now().UTC().Format("-retry-20060102-150405")
			}
			for _, w := range p.AllWeights() {
				if named(w) && k.Cache == "" {
					return usage.Errorf("missing --cache: the plan's weights are %s of a cache: want a folder on a --volume, which holds them in weights/, or a plan with their file", w)
				}
			}
			k.User, k.Group = as.or(os.Getuid(), os.Getgid())
			text, err := k.Manifest(p)
			if err != nil {
				return err
			}
			return c.submission("manifest", text)
		},
	}
	cmd.Flags().BoolVar(&retry, "retry", false, "only the tasks that have files to make")
	kubernetesFlags(cmd, &k, &as)
	return cmd
}

func kubernetesFlags(cmd *cobra.Command, k *planned.Kubernetes, as *ids) {
	f := cmd.Flags()
	tasksFlag(f, &k.Tasks, "tasks that share the table", "as the plan says")
	flag(f, &k.Image, "image", "image", "", parseImage, "image of a container that is fc7 (required)")
	f.Var(&values[planned.Volume]{to: &k.Volumes, kind: "volume", parse: planned.ParseVolume}, "volume", "pvc:CLAIM=/PATH, nfs:SERVER:/EXPORT=/PATH or host:/FOLDER=/PATH: what pods see at /PATH; :ro behind it: only read; repeatable")
	flag(f, &k.CPU, "cpu", "cores", "4", planned.ParseCPU, "cores of a task, asked for and not exceeded")
	flag(f, &k.Memory, "memory", "size", "4Gi", planned.ParseMemory, "memory of a task: VGG-16 takes 0.8 to 1.1 GB, images a quarter of what is given; one that needs more is killed")
	optionalWhole(f, &k.Throttle, "throttle", "tasks that run at once", "as many as there is room for")
	wholeFlag(f, &k.Restarts, "restarts", 0, "how often a task that ended with 75, or was killed, is started again")
	optional(f, &k.MaxFailedTasks, "max-failed-tasks", "int", whole(0), "failed tasks, of which one more stops all others", "none stops others")
	wholeFlag(f, &k.MergeRestarts, "merge-restarts", 0, "how often the merge is tried again: 1000 times are a week")
	optional(f, as, "user", "UID:GID", parseIDs, "ids that the pods run as, not root's", "yours; "+strconv.Itoa(nobody)+" where that is root")
	f.StringVar(&k.Cache, "cache", "", "folder on a volume for weights that are named or come from an address; default: an empty one of each pod")
	f.StringVar(&k.Name, "job-name", k.Name, "name of the Job of the tasks, with -retry and the time behind it for --retry; the merge's has -merge behind that")
	f.StringVar(&k.Account, "service-account", "", "service account of the pods, which opens them a store without keys; default: the namespace's own")
	f.StringVar(&k.Secret, "secret", "", "secret whose entries pods get as variables, such as AWS_ACCESS_KEY_ID")
	require(cmd, "image")
}

// parseImage reads the name of an image: whether there is such a one, its registry knows.
func parseImage(s string) (string, error) {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", usage.Unfit("", s, "the name of an image, such as fc7 or example.org/vision/fc7:1")
	}
	return s, nil
}

// named tells whether a plan's weights are the name of some in a cache.
func named(weights string) bool {
	return weights != "" && weights != small.Name && !filepath.IsAbs(weights) && usage.Scheme(weights) == ""
}

// ids are those of a user and a group; 0: not said.
type ids struct{ user, group int }

func parseIDs(text string) (i ids, err error) {
	user, group, both := strings.Cut(text, ":")
	if !both {
		group = user
	}
	u, bad := strconv.ParseInt(user, 10, 32)
	g, worse := strconv.ParseInt(group, 10, 32)
	if bad != nil || worse != nil || u <= 0 || g <= 0 {
		return i, usage.Unfit("", text, "UID:GID, or one number for both, not root's")
	}
	return ids{int(u), int(g)}, nil
}

// or are the ids, or else the caller's, unless he is root or has none.
func (i ids) or(user, group int) (int, int) {
	switch {
	case i != ids{}:
		return i.user, i.group
	case user > 0 && group > 0:
		return user, group
	}
	return nobody, nobody
}
