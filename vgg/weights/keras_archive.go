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
	return c, c.kerasSays(byName)
}

// kerasSays takes what an archive says beside its weights.
func (c *contents) kerasSays(byName map[string]*zip.File) error {
	if f := byName["metadata.json"]; f != nil {
		var said struct {
			Version string `json:"keras_version"`
		}
		if err := readZipJSON(f, maxKerasMetadata, &said); err != nil {
			return err
		}
		if said.Version != "" {
			c.metadata["keras.version"] = said.Version
		}
	}
	if f := byName["config.json"]; f != nil {
		text, err := readZip(f, maxKerasConfig)
		if err == nil {
			c.layers, err = readKerasConfig(text, true)
		}
		if err != nil {
			return fmt.Errorf("config.json: %w", err)
		}
	}
	return nil
}

// readZipJSON reads an entry of at most most bytes.
func readZipJSON(f *zip.File, most int64, to any) error {
	text, err := readZip(f, most)
	if err == nil {
		err = readjson.Text(text, to)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

func readZip(f *zip.File, most int64) (text []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if text, err = io.ReadAll(io.LimitReader(r, most+1)); err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("expected at most %d bytes, found more", most)
	}
	return text, nil
}
