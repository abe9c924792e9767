package training

import (
	"reflect"
	"strings"
	"testing"
)

// Whatever changes in an identity, or in a stage of it, is a difference, and is told in one line.
func TestDifferencesNameEveryField(t *testing.T) {
	id := identity{Stages: []Stage{{Net: "A", Frozen: []string{"a", "b"}}, {Net: "B"}}, Freeze: []string{"conv*"}}
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
