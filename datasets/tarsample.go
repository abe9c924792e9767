package datasets

import (
	"hash/maphash"
	"iter"
	"strings"
)

// tarSamples are the samples of one shard, in the order of their first files. A shard may have millions of them, of a
// file or a few each, so that a sample is an entry of a list, without a map or a list of its own.
type tarSamples struct {
	all   []tarSample
	more  []tarMember // the files of all samples but the first ones
	exts  []tarExt
	extOf map[string]uint32
	index slots // of all
	keys  texts
	long  map[tarName]int64 // where the files are that are far behind in their sample's list
	wrong map[int]error     // what is wrong with the json file of a sample
}

// tarSample is what a shard holds under one key.
type tarSample struct {
	key    string
	first  tarMember
	labels *labels // of the cls file, or else of the json file
	last   uint32  // place of the last file in more, from 1; 0: there is but the first
	class  bool    // there is a cls file
	none   bool    // the json file has an empty list of labels
}

// tarMember is one file of a sample.
type tarMember struct {
	offset, size int64  // of its data
	ext          uint32 // place in exts
	next         uint32 // place of the next file in more, from 1; 0: there is none
}

// tarExt is what follows the first dot of a name, in lower case.
type tarExt struct {
	name   string
	image  bool
	dotted bool // there is a dot in it
}

// tarName is a file of a sample: places in all and exts.
type tarName struct{ sample, ext uint32 }

// longSample is how many files of a sample are looked through for one of its name; those behind are in a map.
const longSample = 16

// add adds a file to its sample, whose place it returns. before is where a file of its name is already; 0: nowhere.
func (s *tarSamples) add(key, ext string, offset, size int64) (n int, before int64) {
	m := tarMember{offset: offset, size: size, ext: s.ext(ext)}
	s.index.room(func(n int) uint64 { return s.hash(s.all[n].key) })
	n, slot := s.index.find(s.hash(key), func(n int) bool { return s.all[n].key == key })
	if n < 0 {
		s.index.put(slot)
		s.all = append(s.all, tarSample{key: s.keys.keep(key), first: m})
		return len(s.all) - 1, 0
	}
	name := tarName{uint32(n), m.ext}
	before, far := s.find(name)
	if before != 0 {
		return n, before
	}
	if far {
		if s.long == nil {
			s.long = make(map[tarName]int64)
		}
		s.long[name] = offset
	}
	s.more = append(s.more, m)
	t, end := &s.all[n], uint32(len(s.more))
	if t.last == 0 {
		t.first.next = end
	} else {
		s.more[t.last-1].next = end
	}
	t.last = end
	return n, 0
}

// find is where the file of a name is; 0: nowhere. far tells that it would be behind those that are looked through.
func (s *tarSamples) find(name tarName) (offset int64, far bool) {
	n := 0
	for m := range s.files(&s.all[name.sample]) {
		if m.ext == name.ext {
			return m.offset, false
		}
		if n++; n == longSample {
			return s.long[name], true
		}
	}
	return 0, false
}

// files are those of a sample, in their order.
func (s *tarSamples) files(t *tarSample) iter.Seq[*tarMember] {
	return func(yield func(*tarMember) bool) {
		m := &t.first
		for yield(m) && m.next != 0 {
			m = &s.more[m.next-1]
		}
	}
}

// images counts the samples with an image.
func (s *tarSamples) images() (n int) {
	for i := range s.all {
		for m := range s.files(&s.all[i]) {
			if s.exts[m.ext].image {
				n++
				break
			}
		}
	}
	return n
}

// ext is the place of an extension.
func (s *tarSamples) ext(name string) uint32 {
	n, ok := s.extOf[name]
	if !ok {
		if s.extOf == nil {
			s.extOf = make(map[string]uint32)
		}
		n, name = uint32(len(s.exts)), strings.Clone(name)
		s.extOf[name] = n
		s.exts = append(s.exts, tarExt{name, isImageName("." + name), strings.Contains(name, ".")})
	}
	return n
}

func (s *tarSamples) hash(key string) uint64 { return maphash.String(s.index.seed, key) }
