package weights

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"

	"fc7/internal/readjson"
)

// A .keras archive (keras.io, "Model saving") is a zip of metadata.json, config.json and model.weights.h5, which is an
// HDF5 file like a .weights.h5 and lies in the archive as it is.

const kerasWeights = "model.weights.h5"

// maxKerasMetadata bounds metadata.json, which holds two or three short texts.
const maxKerasMetadata = 1 << 16

func sniffKerasArchive(s *source) bool {
	return sniffZip(s, func(name string) bool { return name == kerasWeights })
}

func openKerasArchive(s *source) (*contents, error) {
	archive, err := openZip(s)
	if err != nil {
		return nil, err
	}
	byName := map[string]*zip.File{}
	for _, f := range archive.File {
		if byName[f.Name] != nil {
			return nil, fmt.Errorf("expected each entry of the archive once, found %q twice", f.Name)
		}
		byName[f.Name] = f
	}
	if byName[kerasWeights] == nil {
		return nil, fmt.Errorf("expected %s in the archive, found no such entry", kerasWeights)
	}
	off, n, err := stored(s, byName[kerasWeights], "as Keras writes it; unzip it and name the file itself")
	if err != nil {
		return nil, err
	}
	c, err := openHDF5At(io.NewSectionReader(s, off, n), n)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kerasWeights, err)
	}
	if c.metadata == nil {
		c.metadata = map[string]string{}
	}
	if f := byName["metadata.json"]; f != nil {
		var said struct {
			Version string `json:"keras_version"`
		}
		if err := readZipJSON(f, maxKerasMetadata, &said); err != nil {
			return nil, err
		}
		if said.Version != "" {
			c.metadata["keras.version"] = said.Version
		}
	}
	return c, nil
}

// readZipJSON reads an entry of at most most bytes.
func readZipJSON(f *zip.File, most int64, to any) (err error) {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	if int64(len(text)) > most {
		return fmt.Errorf("%s: expected at most %d bytes, found more", f.Name, most)
	}
	if err := readjson.Text(text, to); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}
