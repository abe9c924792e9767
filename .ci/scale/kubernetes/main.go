// Kubernetes judges what fc7 submit kubernetes prints, by code of Kubernetes itself and without a cluster: the strict
// decoding, the defaults and the validation of the API server; and, for each status that fc7 really ends with, the
// answer of the Job controller. One of the runs is on an S3 server, versitygw, which is taken from PATH or installed
// into -tools.
//
//	go -C .ci/scale/kubernetes run . -fc7 ../../../bin/fc7
//
// The first build takes minutes. That the judge is one is shown by Jobs that are wrong, which it must refuse.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"sigs.k8s.io/yaml"

	"fc7/scale/scene"
)

func main() {
	fc7 := flag.String("fc7", "bin/fc7", "the program")
	tools := flag.String("tools", "bin/scale", "folder where versitygw is, or is installed")
	flag.Parse()
	os.Exit(scene.Play("kubernetes", *fc7, func(s *scene.Scene) { judgeAll(s, *tools) }))
}

// jobsOf reads a List of Jobs as the API server reads what it is sent: an unknown field is an error.
func jobsOf(text string) (all []batchv1.Job, err error) {
	var list struct {
		APIVersion string `json:"apiVersion"`
		Kind       string
		Items      []json.RawMessage
	}
	if err := yaml.UnmarshalStrict([]byte(text), &list); err != nil {
		return nil, err
	}
	for _, item := range list.Items {
		var j batchv1.Job
		if err := yaml.UnmarshalStrict(item, &j); err != nil {
			return nil, err
		}
		j.Namespace = "default"
		all = append(all, j)
	}
	return all, nil
}

// refused is why the API server would not take a Job; nil: it would.
func refused(j batchv1.Job) error {
	legacyscheme.Scheme.Default(&j)
	var in batch.Job
	if err := legacyscheme.Scheme.Convert(&j, &in, nil); err != nil {
		return err
	}
	ctx := request.WithNamespace(context.Background(), in.Namespace)
	in.UID = "00000000-0000-0000-0000-000000000000"
	job.Strategy.PrepareForCreate(ctx, &in)
	if wrong := job.Strategy.Validate(ctx, &in); len(wrong) > 0 {
		return wrong.ToAggregate()
	}
	if warned := job.Strategy.WarningsOnCreate(ctx, &in); len(warned) > 0 {
		return fmt.Errorf("warned of: %s", strings.Join(warned, "; "))
	}
	return nil
}

// wrong are Jobs that must be refused: what was changed of one that is right, and a word of the answer.
var wrong = []struct {
	old, new, says string
}{
	{`"completionMode": "Indexed"`, `"completionMode": "NonIndexed"`, "backoffLimitPerIndex"},
	{`"restartPolicy": "Never"`, `"restartPolicy": "OnFailure"`, "podFailurePolicy"},
	{`"backoffLimitPerIndex"`, `"backofLimitPerIndex"`, "unknown field"},
	{`"operator": "In"`, `"operator": "in"`, "operator"},
	{`"cpu": "2"`, `"cpu": "two"`, "quantities"},
	{`"name": "data-0"`, `"name": "Data_0"`, "name"},
}

// checkJudge makes sure that it refuses what is wrong.
func checkJudge(right string) error {
	for _, w := range wrong {
		text := strings.ReplaceAll(right, w.old, w.new)
		if text == right {
			return fmt.Errorf("there is no %s in what fc7 prints", w.old)
		}
		jobs, err := jobsOf(text)
		for _, j := range jobs {
			if err == nil {
				err = refused(j)
			}
		}
		if err == nil || !strings.Contains(err.Error(), w.says) {
			return fmt.Errorf("%s in the place of %s: %v, want an error with %q", w.new, w.old, err, w.says)
		}
	}
	fmt.Printf("kubernetes: %d wrong Jobs are refused\n", len(wrong))
	return nil
}
