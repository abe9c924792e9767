package vgg

import (
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/internal/usage"
	"fc7/vgg/weights"
)

// mostPrefixes bounds the parts of a file that are tried.
const mostPrefixes = 64

// Prefixes are the prefixes of tensor names under which a file holds a net of the table, such as model. and model_ema.,
// in the order of the file; "" is that of a net whose names stand alone.
func Prefixes(f *weights.File) []string {
	var tried, out []string
	for _, s := range schemes {
		first, _ := s.nets()
		for name := range names(f) {
			scope, is := cutAny(name, first)
			if !is || scope != "" && !strings.HasSuffix(scope, "/") && !strings.HasSuffix(scope, ".") || slices.Contains(tried, s.Name+" "+scope) {
				continue
			}
			if tried = append(tried, s.Name+" "+scope); len(tried) > mostPrefixes {
				return out
			}
			if u := under(f, scope); !slices.Contains(out, scope) {
				if _, found, err := recogniseNames(u); err == nil && found.scope == scope {
					out = append(out, scope)
				}
			}
		}
	}
	return out
}

// cutAny cuts the first of some endings that a name has.
func cutAny(name string, endings []string) (string, bool) {
	for _, e := range endings {
		if scope, is := strings.CutSuffix(name, e); is {
			return scope, true
		}
	}
	return name, false
}

// under is a part of a file, or the whole.
func under(f *weights.File, prefix string) *weights.File {
	if prefix == "" {
		return f
	}
	return f.Under(prefix)
}

// Prefix is what stands before the names of the net's tensors.
func (s Scheme) Prefix() string { return s.scope }

// severalNets is the error of a file that holds more than one net, where none stands before the others.
func severalNets(f *weights.File, prefixes []string) error {
	shown := make([]string, len(prefixes))
	for i, p := range prefixes {
		shown[i] = escape.Short(escape.Shell(p))
	}
	under := few.Names(shown)
	if len(shown) == 2 {
		under = shown[0] + " and " + shown[1]
	}
	return usage.Errorf("%s holds %d nets, under %s: name one with --prefix", f.Path, len(prefixes), under)
}

// Under is a part of a file: the net whose tensors' names begin with a prefix. A prefix that no tensor has is wrong
// usage.
func Under(f *weights.File, prefix string) (*weights.File, error) {
	if len(f.Graph) > 0 {
		return nil, usage.Errorf("--prefix would do nothing: %s is read by its graph, not by the names of its tensors", f.Path)
	}
	if u := f.Under(prefix); u != nil {
		return u, nil
	}
	err := &usage.Error{What: "prefix of " + f.Path, Given: prefix, Words: Prefixes(f)}
	if len(err.Words) == 0 {
		err.Want = "what the name of a tensor begins with, up to a '.' or '/'"
	}
	return nil, err
}
