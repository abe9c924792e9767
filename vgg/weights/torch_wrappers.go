package weights

import "strings"

// wrapperPrefixes are what DataParallel and torch.compile put before every name.
var wrapperPrefixes = []string{"module.", "_orig_mod."}

// stripWrappers takes off prefixes that all names share, and returns what was taken off.
func stripWrappers(tensors []*Tensor) string {
	const mostWrappers = 4
	stripped := ""
	for range mostWrappers {
		prefix := sharedWrapper(tensors)
		for _, t := range tensors {
			t.Name = strings.TrimPrefix(t.Name, prefix)
		}
		stripped += prefix
	}
	return stripped
}

func sharedWrapper(tensors []*Tensor) string {
	for _, prefix := range wrapperPrefixes {
		shared := len(tensors) > 0
		for _, t := range tensors {
			shared = shared && strings.HasPrefix(t.Name, prefix) && len(t.Name) > len(prefix)
		}
		if shared {
			return prefix
		}
	}
	return ""
}

// stripInnerWrappers takes off DataParallel's name where it wraps a part of the net: PyTorch's ImageNet example saves
// features.module.0.weight beside classifier.0.weight. It returns what was taken off.
func stripInnerWrappers(tensors []*Tensor) []string {
	const wrapper = "module."
	wrapped := map[string]bool{} // by the part's name
	var parts []string
	for _, t := range tensors {
		part, rest, _ := strings.Cut(t.Name, ".")
		is := strings.HasPrefix(rest, wrapper) && len(rest) > len(wrapper)
		if all, known := wrapped[part]; known {
			wrapped[part] = all && is
			continue
		}
		wrapped[part] = is
		parts = append(parts, part)
	}
	for _, t := range tensors {
		if part, rest, _ := strings.Cut(t.Name, "."); wrapped[part] {
			t.Name = part + "." + strings.TrimPrefix(rest, wrapper)
		}
	}
	var stripped []string
	for _, part := range parts {
		if wrapped[part] {
			stripped = append(stripped, part+"."+wrapper)
		}
	}
	return stripped
}
