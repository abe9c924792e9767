package weights

import "strings"

// Under is the file with those of its tensors alone whose names begin with a prefix, such as model_ema: of a checkpoint
// that holds several nets, one. The prefix ends at a '.' or '/' of the names, which may be left out of it. Names stay
// as they are, and so does the digest, which is the whole file's. nil: no tensor has such a name. Closing either closes
// both.
func (f *File) Under(prefix string) *File {
	u := &File{Path: f.Path, Format: f.Format, Metadata: f.Metadata, Graph: f.Graph, Layers: f.Layers, InOrder: f.InOrder, Size: f.Size, src: f.src, shut: f.shut}
	u.byName = map[string]*Tensor{}
	for _, t := range f.Tensors {
		rest, is := strings.CutPrefix(t.Name, prefix)
		if !is || rest == "" {
			continue
		}
		if !ends(prefix) && ends(rest[:1]) {
			prefix += rest[:1]
		}
		if ends(prefix) {
			u.Tensors = append(u.Tensors, t)
			u.byName[t.Name] = t
		}
	}
	if len(u.Tensors) == 0 {
		return nil
	}
	u.Prefix = prefix
	return u
}

// ends tells whether a part of a name ends where the text does.
func ends(text string) bool { return strings.HasSuffix(text, ".") || strings.HasSuffix(text, "/") }
