package training

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"fc7/internal/readjson"
)

// property is one of those that identities of a kind are compared by.
type property[T any] struct {
	name string
	get  func(T) any
}

// differences names, a line each, the properties in which now differs from was, which owner has: "run has 5, now 6".
func differences[T any](owner string, properties []property[T], was, now T) string {
	var s strings.Builder
	for _, p := range properties {
		tell(&s, owner, p.name, p.get(was), p.get(now))
	}
	return s.String()
}

// tell compares one property. Of stages, each property of each stage is one; of long lists, what is in one of them
// alone is told.
func tell(s *strings.Builder, owner, name string, was, now any) {
	if same(was, now) {
		return
	}
	switch was := was.(type) {
	case []Stage:
		tellStages(s, owner, was, now.([]Stage))
		return
	case []string:
		if now := now.([]string); len(was) > 0 && len(now) > 0 {
			if gone, come := without(was, now), without(now, was); len(gone)+len(come) > 0 {
				fmt.Fprintf(s, "  %s: %s has %s, now %s\n", name, owner, more(len(was), gone), more(len(now), come))
				return
			}
		}
	}
	fmt.Fprintf(s, "  %s: %s has %s, now %s\n", name, owner, shown(was), shown(now))
}

func tellStages(s *strings.Builder, owner string, was, now []Stage) {
	tell(s, owner, "number of stages", len(was), len(now))
	for i := range min(len(was), len(now)) {
		for _, p := range stageProperties {
			if p.name == cachedLayer && !same(was[i].Frozen, now[i].Frozen) {
				continue // follows from that
			}
			tell(s, owner, fmt.Sprintf("%s of stage %d", p.name, i+1), p.get(was[i]), p.get(now[i]))
		}
	}
}

// cachedLayer names a property that follows from the frozen tensors.
const cachedLayer = "cached layer"

// stageProperties are what two stages are compared by.
var stageProperties = []property[Stage]{
	{"net", func(s Stage) any { return s.Net }},
	{"smallest S", func(s Stage) any { return s.SMin }},
	{"largest S", func(s Stage) any { return s.SMax }},
	{"epochs", func(s Stage) any { return s.Epochs }},
	{"rate", func(s Stage) any { return s.Rate }},
	{"schedule", func(s Stage) any { return s.Schedule }},
	{"warm-up", func(s Stage) any { return s.Warmup }},
	{cachedLayer, func(s Stage) any { return s.Cached }},
	{"frozen tensors", func(s Stage) any { return s.Frozen }},
}

// same compares two values of one property; an empty list and a missing one are the same.
func same(a, b any) bool {
	if x, y := reflect.ValueOf(a), reflect.ValueOf(b); x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}

// shown is a value as people read it: what a pointer points at, and "none" for what is not there.
func shown(v any) string {
	x := reflect.ValueOf(v)
	switch x.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.String:
		if x.Kind() == reflect.Pointer && !x.IsNil() {
			return fmt.Sprint(x.Elem().Interface())
		}
		if x.IsZero() || x.Kind() == reflect.Slice && x.Len() == 0 {
			return "none"
		}
	}
	switch v := v.(type) {
	case []string:
		return list(v)
	case short:
		return fmt.Sprintf("%.12s…", string(v))
	}
	return fmt.Sprint(v)
}

// short is a digest: all of it is compared, its first digits are shown.
type short string

// more says how many entries a list has, and which of them the other lacks.
func more(n int, alone []string) string {
	if len(alone) == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d, with %s", n, list(alone))
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// decode reads JSON that must hold what T has and nothing else.
func decode[T any](text []byte) (v T, err error) {
	return v, readjson.Strict(text, &v)
}
