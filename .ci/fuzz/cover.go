package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// parser is code that reads what others wrote, and the targets that try it.
type parser struct {
	name    string
	pkg     string
	targets []string
	files   []string // patterns of the package's files; none: all of them
}

// parsers are all of them; every fuzz target of the project is of one.
var parsers = []parser{
	{"HDF5", "internal/hdf5", []string{"FuzzOpen"}, nil},
	{"MAT 5 and 7.3", "internal/matfile", []string{"FuzzOpen"}, nil},
	{"pickle", "internal/pickle", []string{"FuzzPickle"}, nil},
	{"zip directories", "internal/zipdir", []string{"FuzzOpen"}, nil},
	{"archives (tar, tar.gz, zip)", "internal/unpack", []string{"FuzzInto"}, nil},
	{"Parquet footers, values", "internal/parquetguard", []string{"FuzzFooter", "FuzzValues"}, nil},
	{"HTTP headers", "internal/fetch", []string{"FuzzContentRange"}, []string{"attempt.go"}},
	{"lists of stores", "internal/store", []string{"FuzzPages"}, []string{"pages.go"}},
	{"names", "internal/escape", []string{"FuzzName"}, []string{"name.go"}},
	{"names of files", "internal/filename", []string{"FuzzOf"}, nil},
	{"JSON, errors in words", "internal/readjson", []string{"FuzzText"}, nil},

	{"safetensors", "vgg/weights", []string{"FuzzSafetensors"}, []string{"safetensors_header.go", "safetensors_read.go"}},
	{"PyTorch zip", "vgg/weights", []string{"FuzzTorchZip", "FuzzTorchObject"}, []string{"torch_zip.go", "zip.go", "torch_s*.go", "torch_tensors.go", "torch_wrappers.go"}},
	{"PyTorch legacy", "vgg/weights", []string{"FuzzTorchLegacy"}, []string{"torch_legacy.go", "torch_s*.go", "torch_tensors.go", "torch_wrappers.go"}},
	{"NumPy .npy", "vgg/weights", []string{"FuzzNumpy"}, []string{"numpy_*.go"}},
	{"NumPy .npz", "vgg/weights", []string{"FuzzNpz", "FuzzInflate"}, []string{"npz*.go", "zip.go"}},
	{"ONNX", "vgg/weights", []string{"FuzzONNX"}, []string{"onnx_*.go", "wire.go"}},
	{"Caffe", "vgg/weights", []string{"FuzzCaffe"}, []string{"caffe_*.go", "wire.go"}},
	{"Keras", "vgg/weights", []string{"FuzzKeras", "FuzzKerasArchive", "FuzzKerasConfig"}, []string{"keras*.go", "hdf5.go"}},
	{"MatConvNet", "vgg/weights", []string{"FuzzMatConvNet"}, []string{"matconvnet*.go", "matlab.go"}},
	{"TensorFlow checkpoints", "vgg/weights", []string{"FuzzCheckpoint", "FuzzBundle", "FuzzBundleEntry"}, []string{"tf_*.go", "wire.go"}},
	{"no weights", "vgg/weights", []string{"FuzzStranger"}, []string{"strangers.go", "format.go", "overfeat.go"}},

	{"JPEG", "extract/picture", []string{"FuzzJPEG", "FuzzParseJPEG"}, []string{"jpeg*.go", "upsample.go"}},
	{"PNG", "extract/picture", []string{"FuzzPNG"}, []string{"png.go"}},
	{"GIF", "extract/picture", []string{"FuzzGIF"}, []string{"gif.go"}},
	{"WebP", "extract/picture", []string{"FuzzWebP"}, []string{"webp.go"}},
	{"BMP", "extract/picture", []string{"FuzzBMP"}, []string{"bmp.go"}},
	{"TIFF", "extract/picture", []string{"FuzzTIFF"}, []string{"tiff*.go"}},
	{"EXIF", "extract/picture", []string{"FuzzOrientation", "FuzzJPEG"}, []string{"exif.go"}},

	{"Parquet of others", "datasets", []string{"FuzzParquet", "FuzzParquetFooter", "FuzzUnpack"}, []string{"parquet*.go"}},
	{"tar shards", "datasets", []string{"FuzzTar", "FuzzJSONLabels", "FuzzExpandBraces"}, []string{"tar.go", "tarread.go", "tarlabel.go", "loosejson.go"}},
	{"CSV, JSON lines", "datasets", []string{"FuzzCSV", "FuzzJSONLines", "FuzzRowFile"}, []string{"csv*.go", "jsonl.go", "columns.go"}},
	{"lists", "datasets", []string{"FuzzList"}, []string{"list.go", "lines.go"}},
	{"splits", "datasets", []string{"FuzzSplits"}, []string{"splitfile.go"}},
	{"VOC annotations", "datasets", []string{"FuzzAnnotation"}, []string{"vocxml.go", "vocvalues.go", "xmltext.go"}},
	{"VOC lists", "datasets", []string{"FuzzImageList", "FuzzClassList", "FuzzActionList"}, []string{"voclistparse.go"}},
	{"sets with lists", "datasets", []string{"FuzzListedSets", "FuzzCOCO"}, []string{"listed.go", "pets.go", "dtd.go", "cub200.go", "aircraft.go", "food101.go", "sun397.go", "mit67.go", "coco.go"}},
	{"archives of sets", "datasets", []string{"FuzzPackedZip", "FuzzTar"}, []string{"packed.go"}},
	{"ImageNet kit", "datasets", []string{"FuzzReadMeta", "FuzzImageNetTruth"}, []string{"imagenettruth.go", "imagenetkit.go", "imagenetblacklist.go", "synsets.go"}},

	{"feature table", "outputs", []string{"FuzzShard", "FuzzFooter", "FuzzPages", "FuzzLevels", "FuzzPageHeader", "FuzzDigests"}, []string{"decoder.go", "footer.go", "page.go", "shard.go", "shardcheck.go", "filedigest.go"}},
	{"digests of inputs", "outputs", []string{"FuzzInputs"}, []string{"inputfile.go"}},
	{"manifest", "outputs", []string{"FuzzManifest", "FuzzShardNames"}, []string{"manifest.go", "shardname.go"}},
	{"results of the devkit", "heads/metrics", []string{"FuzzReadResults"}, []string{"devkit.go"}},
	{"heads", "pipeline/heads", []string{"FuzzParseHead"}, []string{"file.go"}},
	{"scores.json", "pipeline/heads", []string{"FuzzScores"}, []string{"result.go"}},
	{"parts", "pipeline/table", []string{"FuzzParsePart"}, []string{"part.go"}},
	{"run logs", "pipeline/training/trainlog", []string{"FuzzEpochs"}, nil},
	{"schedules", "pipeline/training", []string{"FuzzSchedule"}, []string{"schedule.go"}},
	{"flags", "cmd/fc7", []string{"FuzzFlags"}, []string{"flagvalue.go"}},
	{"preprocessing", "vgg", []string{"FuzzPreprocess"}, []string{"preprocess.go"}},
	{"forward pass (odd sizes)", "vgg", []string{"FuzzForward"}, []string{"runner.go"}},
}

// block is a piece of code of a profile.
type block struct{ file, at string }

// cover prints how many statements of each parser its targets reach: by their seeds and the inputs under testdata/fuzz,
// and by the harness's mutations besides. of is how the packages begin; "": all.
func cover(of string) error {
	if err := complete(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "cover")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%-28s %9s %12s  %s\n", "parser", "by seeds", "and mutated", "targets")
	for _, p := range parsers {
		if !strings.HasPrefix(p.pkg, of) {
			continue
		}
		binary := filepath.Join(dir, strings.ReplaceAll(p.pkg, "/", "_"))
		if _, err := os.Stat(binary); err != nil {
			if out, err := exec.Command("go", "test", "-c", "-cover", "-o", binary, "fc7/"+p.pkg).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", p.pkg, err, out)
			}
		}
		own := "^(" + strings.Join(p.targets, "|") + ")$"
		seeds, err := p.share(binary, "-test.run="+own)
		if err != nil {
			return err
		}
		mutated, err := p.share(binary, "-test.run="+own+"|^TestDamaged")
		if err != nil {
			return err
		}
		fmt.Printf("%-28s %8.1f%% %11.1f%%  %s\n", p.name, seeds, mutated, strings.Join(p.targets, " "))
	}
	return nil
}

// complete fails where a fuzz target is of no parser, or one is named that is not there.
func complete() error {
	all, err := targets()
	if err != nil {
		return err
	}
	known := map[target]bool{}
	for _, p := range parsers {
		for _, name := range p.targets {
			x := target{"fc7/" + p.pkg, name}
			if known[x] = true; !slices.Contains(all, x) {
				return fmt.Errorf("there is no %s in %s", name, p.pkg)
			}
		}
	}
	for _, x := range all {
		if !known[x] {
			return fmt.Errorf("%s of %s is of no parser in .ci/fuzz/cover.go", x.name, x.pkg)
		}
	}
	return nil
}

// share is the percentage of a parser's statements that a run of its package's tests reaches.
func (p parser) share(binary, run string) (float64, error) {
	profile := binary + ".profile"
	cmd := exec.Command(binary, run, "-test.coverprofile="+profile)
	cmd.Dir = p.pkg
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", p.name, err, out)
	}
	f, err := os.Open(profile)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	reached, all := map[block]bool{}, map[block]int{}
	in := bufio.NewScanner(f)
	for in.Scan() {
		var statements, count int
		place, rest, _ := strings.Cut(in.Text(), " ")
		if _, err := fmt.Sscan(rest, &statements, &count); err != nil {
			continue // the first line
		}
		file, at, _ := strings.Cut(place, ":")
		if p.has(filepath.Base(file)) {
			b := block{file, at}
			all[b], reached[b] = statements, reached[b] || count > 0
		}
	}
	sum, got := 0, 0
	for b, n := range all {
		sum += n
		if reached[b] {
			got += n
		}
	}
	return 100 * float64(got) / float64(max(sum, 1)), in.Err()
}

func (p parser) has(file string) bool {
	return len(p.files) == 0 || slices.ContainsFunc(p.files, func(pattern string) bool {
		ok, _ := filepath.Match(pattern, file)
		return ok
	})
}
