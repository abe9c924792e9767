package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	_ "unsafe" // for linkname

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	_ "k8s.io/kubernetes/pkg/controller/job" // whose function it is
)

// match is what the Job controller asks of a pod that failed: whether it counts, and what else is done.
//
//go:linkname match k8s.io/kubernetes/pkg/controller/job.matchPodFailurePolicy
func match(policy *batchv1.PodFailurePolicy, pod *corev1.Pod) (message *string, counts bool, action *batchv1.PodFailurePolicyAction)

// does is what a Job's controller does when its container ended so, in a pod that was put out or not.
func does(j batchv1.Job, status int, putOut bool) string {
	pod := &corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{
		Name:  j.Spec.Template.Spec.Containers[0].Name,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: int32(status)}},
	}}}}
	if putOut {
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}}
	}
	_, counts, action := match(j.Spec.PodFailurePolicy, pod)
	switch {
	case action != nil:
		return string(*action)
	case counts:
		return "Count"
	}
	return "Ignore"
}

// end is a way in which fc7 ends, and what must become of that.
type end struct {
	what        string
	command     *exec.Cmd
	signal      syscall.Signal // sent to it while it works; 0: none
	status      int
	putOut      bool
	task, merge string // what their Jobs do; "": it is not of that
}

// ends are those that fc7 really has, by the arguments that the Jobs give it.
func (b *bed) ends(tasks, merge batchv1.Job) []end {
	task := func(index string, more ...string) *exec.Cmd {
		return b.command(index, append(slices.Clone(tasks.Spec.Template.Spec.Containers[0].Args), more...)...)
	}
	join := b.command("", merge.Spec.Template.Spec.Containers[0].Args...)
	return []end{
		{"a merge before its tasks", join, 0, 75, false, "", "Count"},
		{"a wrong call", task("0", "--scales", "96"), 0, 2, false, "FailIndex", "FailJob"},
		{"an index that there is not", task("99"), 0, 2, false, "FailIndex", ""},
		{"SIGTERM", task("0"), syscall.SIGTERM, 75, false, "Count", "Count"},
		{"SIGTERM of a node that is drained", task("0"), syscall.SIGTERM, 75, true, "Ignore", "Ignore"},
		{"SIGINT", task("0"), syscall.SIGINT, 130, false, "Count", "Count"},
		{"SIGKILL, as for too much memory", task("0"), syscall.SIGKILL, 137, false, "Count", "Count"},
		{"too many failed rows", task("1", "--max-failed", "0"), 0, 4, false, "FailIndex", "FailJob"},
	}
}

// policies lets fc7 end in all those ways, and asks what would become of it; then the tasks and the merge end well.
func (b *bed) policies(tasks, merge batchv1.Job) error {
	for _, e := range b.ends(tasks, merge) {
		var said strings.Builder
		e.command.Stderr = &said
		got, err := b.status(e.command, e.signal)
		if err != nil || got != e.status {
			return fmt.Errorf("%s: status %d (%v), want %d\n%s", e.what, got, err, e.status, &said)
		}
		for _, of := range []struct {
			job  batchv1.Job
			want string
		}{{tasks, e.task}, {merge, e.merge}} {
			if of.want != "" && does(of.job, got, e.putOut) != of.want {
				return fmt.Errorf("%s, status %d: %s does %s, want %s", e.what, got, of.job.Name, does(of.job, got, e.putOut), of.want)
			}
		}
		fmt.Printf("kubernetes: %s: status %d: %s\n", e.what, got, strings.TrimSpace(e.task+" "+e.merge))
	}
	for _, index := range []string{"2", "0", "1"} {
		if got, err := b.status(b.command(index, tasks.Spec.Template.Spec.Containers[0].Args...), 0); got != 0 || err != nil {
			return fmt.Errorf("task %s: status %d, %v", index, got, err)
		}
	}
	if got, err := b.status(b.command("", merge.Spec.Template.Spec.Containers[0].Args...), 0); got != 0 || err != nil {
		return fmt.Errorf("the merge: status %d, %v", got, err)
	}
	fmt.Println("kubernetes: three tasks and the merge, by the arguments of their Jobs, made the table")
	return nil
}
