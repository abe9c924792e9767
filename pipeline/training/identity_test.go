package training

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Whatever changes in an identity, or in a stage of it, is a difference, and is told in one line.
func TestDifferencesNameEveryField(t *testing.T) {
	id := identity{Stages: []Stage{{Net: "A", Frozen: []string{"a", "b"}}, {Net: "B"}}, Freeze: []string{"conv*"}, Dropout: 0.5}
	for _, path := range fieldsOf(reflect.TypeFor[identity](), nil) {
		if path[0] == "Stages" {
			continue
		}
		other := id
		change(reflect.ValueOf(&other).Elem(), path)
		oneLine(t, path, differences("run", properties, id, other))
	}
	for _, path := range fieldsOf(reflect.TypeFor[Stage](), nil) {
		other := id
		other.Stages = []Stage{id.Stages[0], id.Stages[1]}
		change(reflect.ValueOf(&other.Stages[1]).Elem(), path)
		oneLine(t, path, differences("run", properties, id, other))
	}
	other := id
	other.Stages = id.Stages[:1]
	oneLine(t, []string{"Stages"}, differences("run", properties, id, other))
	if d := differences("run", properties, id, id); d != "" {
		t.Errorf("an identity differs from itself: %s", d)
	}
	for _, path := range fieldsOf(reflect.TypeFor[cacheHead](), nil) {
		if slices.Equal(path, []string{"Of", "Seconds"}) { // a limit of earlier versions, which decides nothing any more
			continue
		}
		var was, now cacheHead
		change(reflect.ValueOf(&now).Elem(), path)
		oneLine(t, path, differences("cache", cacheProperties, was, now))
	}
}

// fieldsOf are the paths to the fields of a struct; those of the structs of this package are fields of their own.
func fieldsOf(s reflect.Type, above []string) (paths [][]string) {
	for i := range s.NumField() {
		f := s.Field(i)
		path := append(append([]string(nil), above...), f.Name)
		if f.Type.Kind() == reflect.Struct && f.Type.PkgPath() == reflect.TypeFor[identity]().PkgPath() {
			paths = append(paths, fieldsOf(f.Type, path)...)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// change gives a field another value.
func change(v reflect.Value, path []string) {
	for _, name := range path {
		v = v.FieldByName(name)
	}
	other(v)
}

func other(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(v.Float() + 0.5)
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		one := reflect.MakeSlice(v.Type(), v.Len()+1, v.Len()+1)
		reflect.Copy(one, v)
		other(one.Index(v.Len()))
		v.Set(one)
	case reflect.Struct:
		other(v.Field(0))
	case reflect.Array:
		other(v.Index(0))
	}
}

func oneLine(t *testing.T, path []string, diff string) {
	t.Helper()
	if strings.Count(diff, "\n") != 1 || !strings.Contains(diff, " has ") || !strings.Contains(diff, ", now ") {
		t.Errorf("another %s is told as %q", strings.Join(path, "."), diff)
	}
}

// Of long lists, what stands in one of them alone is told.
func TestDifferencesOfLists(t *testing.T) {
	was := identity{Stages: []Stage{{Frozen: []string{"a", "b", "c"}}}}
	now := identity{Stages: []Stage{{Frozen: []string{"a", "c", "d", "e"}}}}
	want := "  frozen tensors of stage 1: run has 3, with b, now 4, with d, e\n"
	if got := differences("run", properties, was, now); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	now.Stages[0].Frozen = nil
	want = "  frozen tensors of stage 1: run has a, b, c, now none\n"
	if got := differences("run", properties, was, now); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A finished folder with other flags says what differs, one line a flag.
func TestFinishedDiffers(t *testing.T) {
	data, net := drawn(t, 12), randomNet(t, "vgg11_bn/64:fc16")
	j := small(t, data)
	j.Stages[0].Epochs = 1
	if _, err := Run(t.Context(), j, Events{}); err != nil {
		t.Fatal(err)
	}
	tune := tuneJob(t, data, net)
	tune.Freeze, tune.Epochs, tune.Views = []string{"conv[1-4]*"}, 1, 1
	if _, err := FineTune(t.Context(), tune, Events{}); err != nil {
		t.Fatal(err)
	}
	train := func(change func(*Job)) func() error {
		return func() error {
			other := j
			other.Stages = append([]Stage(nil), j.Stages...)
			change(&other)
			_, err := Run(t.Context(), other, Events{})
			return err
		}
	}
	finetune := func(change func(*TuneJob)) func() error {
		return func() error {
			other := tune
			change(&other)
			_, err := FineTune(t.Context(), other, Events{})
			return err
		}
	}
	for want, again := range map[string]func() error{
		"rate of stage 1: run has 0.01, now 0.02":             train(func(j *Job) { j.Stages[0].Rate = 0.02 }),
		"epochs of stage 1: run has 1, now 2":                 train(func(j *Job) { j.Stages[0].Epochs = 2 }),
		"largest S of stage 1: run has 250, now 260":          train(func(j *Job) { j.Stages[0].SMax = 260 }),
		"schedule of stage 1: run has cosine, now constant":   train(func(j *Job) { j.Stages[0].Schedule = "constant" }),
		"warm-up of stage 1: run has 0.5, now 0":              train(func(j *Job) { j.Stages[0].Warmup = 0 }),
		"frozen layers: run has none, now conv1*":             train(func(j *Job) { j.Freeze = []string{"conv1*"} }),
		"standard: run has true, now false":                   train(func(j *Job) { j.Standard = false }),
		"dropout: run has 0.5, now 0.25":                      train(func(j *Job) { j.Dropout = 0.25 }),
		"frozen tensors of stage 1: run has 36, now 50, with": finetune(func(j *TuneJob) { j.Freeze = []string{"conv[1-4]*", "conv5_1", "fc6"} }),
		"new layer: run has 1, now 2":                         finetune(func(j *TuneJob) { j.NewRate = 2 }),
	} {
		err := again()
		if err == nil || !strings.Contains(err.Error(), "holds a training with other settings:\n") || strings.Count(err.Error(), "\n") != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}

// A run of an earlier version, which drew otherwise or prepared images otherwise, is told to be one, in one line.
func TestEarlierVersions(t *testing.T) {
	for name, run := range goldenRuns(t) {
		out := filepath.Join(t.TempDir(), name)
		text, err := os.ReadFile(filepath.Join("testdata", "earlier", name+".json"))
		if err == nil {
			err = os.Mkdir(out, 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(out, runName), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run(out); err == nil || !strings.Contains(err.Error(), "of an earlier version of fc7, which drew dropout by parts") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	yes, no := true, false
	for want, id := range map[string]identity{
		"by parts":    {Dropout: 0.5, Standard: &yes},
		"prepare":     {FromSHA256: "x", Standard: &yes},
		"first layer": {Standard: &no},
		"the first":   {Stages: []Stage{{Net: "A"}}},
		"":            {Standard: &yes, Dropout: 0.5, Masks: masksByImage},
	} {
		if got := id.earlier(); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%+v: %q, want %q", id, got, want)
		}
	}
}
