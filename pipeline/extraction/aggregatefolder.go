package extraction

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fc7/internal/atomicfile"
	"fc7/internal/few"
	"fc7/internal/rowkey"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
)

// The names in a folder of AggregateFolder.
const (
	cardName   = "README.md"
	failedName = "failed.jsonl" // where rows failed
	hubData    = "data"
	matrixName = "embeddings.npy"
	namesName  = "rows.jsonl"
)

// embedding is the column of descriptors in a data set of the hub.
const embedding = "embedding"

// AggregateFolder makes a folder for programs that take one float32 vector a row and none that is missing: a data set
// of Hugging Face's hub (FormatHub) or a NumPy matrix [N,D] with the names of its rows (FormatNumPy). The vectors are
// those of Aggregate. It reads the table twice, a row group at a time; the folder appears when it is complete. Failed
// rows are left out, listed in a file there, and told to ev; the error is then conveyor.ErrSomeFailed, with a complete
// result.
func AggregateFolder(ctx context.Context, j AggregateJob, ev conveyor.Events) (*AggregateResult, error) {
	if err := j.checkFolder(); err != nil {
		return nil, err
	}
	s, n, err := j.open(ctx)
	if err != nil {
		return nil, err
	}
	j.Dtype = outputs.Float32
	a, id, err := j.plan(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	a.columns[0].Name, a.columns[0].Required = embedding, true
	f := &vectorFolder{job: j, scanner: s, aggregator: a, identity: id, counts: n, events: ev}
	if err := atomicfile.Folder(ctx, j.Out, j.Replace, func(dir string) error { return f.fill(ctx, dir) }); err != nil {
		return nil, err
	}
	res := &AggregateResult{Out: j.Out, Columns: a.columns, Rows: n.ok, Dropped: n.failed, Files: f.files}
	if n.failed > 0 {
		res.List = filepath.Join(j.Out, failedName)
		return res, fmt.Errorf("%d of %d: %w", n.failed, n.ok+n.failed, conveyor.ErrSomeFailed)
	}
	return res, nil
}

// checkFolder refuses what cannot be made before the table is read.
func (j AggregateJob) checkFolder() error {
	switch {
	case j.Format != FormatHub && j.Format != FormatNumPy:
		return usage.Unknown("format of a folder", j.Format, FormatHub, FormatNumPy)
	case j.Keep:
		return usage.Errorf("the format %s has one vector a row, and not all columns as they are", j.Format)
	case j.Dtype != "" && j.Dtype != outputs.Float32:
		return usage.Errorf("the format %s has descriptors of type %s, found %s", j.Format, outputs.Float32, j.Dtype)
	}
	return j.onlyVectors()
}

// onlyVectors refuses to replace what is more than such a folder: a run, or files of somebody's own.
func (j AggregateJob) onlyVectors() error {
	if !j.Replace {
		return nil
	}
	var ours []string
	if _, err := os.Stat(filepath.Join(j.Out, cardName)); err == nil {
		ours = []string{cardName, failedName, hubData, matrixName, namesName}
	}
	strangers, err := atomicfile.Strangers(j.Out, ours...)
	if err == nil && len(strangers) == 0 && ours != nil {
		strangers, err = strangeData(filepath.Join(j.Out, hubData))
	}
	if err == nil && len(strangers) > 0 {
		err = fmt.Errorf("%s is not replaced, because it holds more than descriptors for other programs: %s; choose another folder", j.Out, few.Names(strangers))
	}
	return err
}

// strangeData names what the folder of data holds beside files of the hub's pattern.
func strangeData(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var ours []string
	for _, e := range entries {
		if ok, _ := filepath.Match(hubPattern, e.Name()); ok && !e.IsDir() {
			ours = append(ours, e.Name())
		}
	}
	if err != nil {
		return nil, err
	}
	return atomicfile.Strangers(dir, ours...)
}

// vectorFolder is a folder in the making.
type vectorFolder struct {
	job        AggregateJob
	scanner    *outputs.Scanner
	aggregator *aggregator
	identity   outputs.Identity
	counts     rowCounts
	events     conveyor.Events
	files      int
}

func (f *vectorFolder) fill(ctx context.Context, dir string) (err error) {
	w, err := f.create(dir)
	if err != nil {
		return err
	}
	failed := &jsonFile{path: filepath.Join(dir, failedName)}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Abort(), failed.abort())
		}
	}()
	if err := f.scanner.Scan(f.aggregator.names, func(b outputs.Batch) error {
		if _, err := f.aggregator.write(w, b, true); err != nil {
			return fmt.Errorf("%s: %w", f.job.Features, err)
		}
		if err := f.tellFailed(failed, b.Rows); err != nil {
			return err
		}
		return ctx.Err()
	}); err != nil {
		return err
	}
	if err := errors.Join(w.Close(), failed.close()); err != nil {
		return err
	}
	return f.writeCard(dir)
}

func (f *vectorFolder) create(dir string) (rowWriter, error) {
	if f.job.Format == FormatNumPy {
		return createMatrix(dir, f.counts.ok, f.aggregator.columns[0].Width)
	}
	w, err := createHub(dir, f.aggregator.columns, f.identity, f.counts, f.job.FileBytes)
	if err != nil {
		return nil, err
	}
	f.files = w.files
	return w, nil
}

// failedRow is a line of failedName.
type failedRow struct {
	Image  string `json:"image"`
	Object int    `json:"object,omitempty"`
	Path   string `json:"path"`
	Error  string `json:"error"`
}

func (f *vectorFolder) tellFailed(to *jsonFile, rows []outputs.Row) error {
	for _, r := range rows {
		if r.Status == outputs.StatusOK {
			continue
		}
		if err := to.write(failedRow{r.Image, r.Object, r.Path, r.Error}); err != nil {
			return err
		}
		if f.events.Warning != nil {
			f.events.Warning(conveyor.Warning{Image: rowkey.Of(r.Image, r.Object), Reason: r.Error})
		}
	}
	return nil
}

// jsonFile is a file of JSON values, one a line, which is made with the first.
type jsonFile struct {
	path string
	file *atomicfile.File
	buf  *bufio.Writer
	json *json.Encoder
}

func (f *jsonFile) start() (err error) {
	if f.file != nil {
		return nil
	}
	if f.file, err = atomicfile.Create(f.path, false); err != nil {
		return err
	}
	f.buf = bufio.NewWriter(f.file)
	f.json = json.NewEncoder(f.buf)
	f.json.SetEscapeHTML(false)
	return nil
}

func (f *jsonFile) write(v any) error {
	if err := f.start(); err != nil {
		return err
	}
	return f.json.Encode(v)
}

func (f *jsonFile) close() error {
	if f.file == nil {
		return nil
	}
	if err := f.buf.Flush(); err != nil {
		return errors.Join(err, f.file.Abort())
	}
	return f.file.Commit()
}

func (f *jsonFile) abort() error {
	if f.file == nil {
		return nil
	}
	return f.file.Abort()
}
