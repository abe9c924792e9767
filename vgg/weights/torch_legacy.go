package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"fc7/internal/escape"
	"fc7/internal/pickle"
)

// Before 1.6 torch.save wrote five pickles in a row (a magic number, the protocol's version, facts about the machine,
// the object, the list of storage keys) and then each storage in the order of the List: 8 bytes, the number of
// elements, and the elements.

// torchMagic is 0x1950a86a20f9469cfc6c as a pickled int.
var torchMagic = []byte("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")

const torchProtocol = 1001

func sniffTorchLegacy(s *source) bool {
	// In front of the number stand the pickle's protocol and, in protocol 4 and above, the length of a frame.
	return bytes.HasPrefix(s.head, []byte{0x80}) && bytes.Contains(s.head[:min(len(s.head), 32)], torchMagic)
}

func openTorchLegacy(s *source) (*contents, error) {
	in := pickle.NewReader(s, 0, s.size)
	if err := readTorchPreamble(in); err != nil {
		return nil, err
	}
	root, persistents, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("object: %w", err)
	}
	keys, _, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("list of storages: %w", err)
	}
	list, ok := keys.(*pickle.List)
	if !ok {
		return nil, fmt.Errorf("expected a list of storages, found %s", pickle.Describe(keys))
	}
	places, err := readLegacyStorages(s, in.Pos(), list.Items, persistents)
	if err != nil {
		return nil, err
	}
	b := &torchBuilder{src: s, place: func(st *torchStorage) (int64, error) {
		p, ok := places[st.key]
		if !ok {
			return 0, fmt.Errorf("storage %q: expected it in the list of storages, found no such key", escape.Short(st.key))
		}
		if p.count != st.count {
			return 0, fmt.Errorf("storage %q: expected %d elements, found %d", escape.Short(st.key), st.count, p.count)
		}
		return p.off, nil
	}}
	return b.contents(root)
}

// readTorchPreamble reads the first three pickles.
func readTorchPreamble(in *pickle.Reader) error {
	magic, _, err := in.Read()
	if err != nil {
		return fmt.Errorf("magic number: %w", err)
	}
	if n, ok := magic.(pickle.Long); !ok || !bytes.Equal(n, torchMagic) {
		return fmt.Errorf("expected PyTorch's magic number, found %s", pickle.Describe(magic))
	}
	version, _, err := in.Read()
	if err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if version != int64(torchProtocol) {
		return fmt.Errorf("expected version %d, found %s", torchProtocol, pickle.Describe(version))
	}
	machine, _, err := in.Read()
	if err != nil {
		return fmt.Errorf("facts about the machine: %w", err)
	}
	facts := pickle.AsDict(machine)
	if facts == nil {
		return fmt.Errorf("expected a dictionary of facts about the machine, found %s", pickle.Describe(machine))
	}
	if facts.Get("little_endian") != true {
		return errors.New("expected little-endian numbers, found others; save it again on a little-endian machine")
	}
	return nil
}

// legacyPlace is where a storage's elements begin and how many there are.
type legacyPlace struct{ off, count int64 }

// readLegacyStorages walks the storages from pos on. Their element types are known from the references to them.
func readLegacyStorages(s *source, pos int64, keys []any, persistents []*pickle.Persistent) (map[string]legacyPlace, error) {
	classes := map[string]storageClass{}
	for _, p := range persistents {
		if st, err := parseTorchStorage(p); err == nil {
			classes[st.key] = st.class
		}
	}
	places := map[string]legacyPlace{}
	for i, k := range keys {
		key, isText := k.(string)
		class, known := classes[key]
		if !isText || !known || class.size == 0 {
			return nil, fmt.Errorf("storage %d of %d: expected a key that a tensor refers to, found %s", i+1, len(keys), pickle.Describe(k))
		}
		if _, twice := places[key]; twice {
			return nil, fmt.Errorf("storage %d of %d: the key %q comes twice", i+1, len(keys), escape.Short(key))
		}
		if s.size-pos < 8 {
			return nil, fmt.Errorf("truncated: the file ends before storage %d of %d; fetch it again", i+1, len(keys))
		}
		var raw [8]byte
		if _, err := s.ReadAt(raw[:], pos); err != nil {
			return nil, err
		}
		count := int64(binary.LittleEndian.Uint64(raw[:]))
		pos += 8
		if count < 0 || count > (s.size-pos)/int64(class.size) {
			return nil, fmt.Errorf("truncated: storage %d of %d: expected %d elements of %d bytes, found %d bytes; fetch it again",
				i+1, len(keys), count, class.size, s.size-pos)
		}
		places[key] = legacyPlace{pos, count}
		pos += count * int64(class.size)
	}
	return places, nil
}
