//go:build ignore

// Writes the table of make.mjs with arrow-go v15 into a folder, and packs all tables of that folder into an archive:
//
//	go run make.go DIR tables.tar.gz
package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(dir, out string) error {
	codecs := map[string]compress.Compression{
		"uncompressed": compress.Codecs.Uncompressed, "snappy": compress.Codecs.Snappy, "gzip": compress.Codecs.Gzip,
		"brotli": compress.Codecs.Brotli, "zstd": compress.Codecs.Zstd,
	}
	for name, codec := range codecs {
		for version, v := range []parquet.DataPageVersion{parquet.DataPageV1, parquet.DataPageV2} {
			for how, dict := range map[string]bool{"dict": true, "plain": false} {
				path := filepath.Join(dir, fmt.Sprintf("arrowgo-%s-v%d-%s.parquet", name, version+1, how))
				props := parquet.NewWriterProperties(parquet.WithCompression(codec), parquet.WithDataPageVersion(v), parquet.WithDictionaryDefault(dict),
					parquet.WithDataPageSize(500), parquet.WithBatchSize(4), parquet.WithStats(false))
				if err := rewrite(filepath.Join(dir, "arrowrs-zstd-v1-plain.parquet"), path, props); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
		}
	}
	return pack(dir, out)
}

// rewrite copies a table, in row groups of 14 rows.
func rewrite(from, to string, props *parquet.WriterProperties) error {
	in, err := file.OpenParquetFile(from, false)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	table, err := r.ReadTable(context.Background())
	if err != nil {
		return err
	}
	defer table.Release()
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	return pqarrow.WriteTable(table, f, 14, props, pqarrow.DefaultWriterProps())
}

func pack(dir, out string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: filepath.Base(path), Mode: 0o644, Size: int64(len(b))}); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), z.Close(), f.Close())
}
