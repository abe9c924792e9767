package main

import (
	"path"
	"strings"
)

// job is a command that writes, and what stands on the disk before it.
type job struct {
	name  string
	setup [][]string        // commands before it, undisturbed
	lay   map[string]string // files that are put there after the setup
	args  []string
	ends  int        // the exit status of the undisturbed command
	reads [][]string // commands that read what there is

	// whole are folders that get their name complete: all in them is of before, or of after.
	whole []string
	// grows are files that grow in place while the command is at work, or that are scratch.
	grows []string
	// notes is how a result says of itself that something could not be read for it.
	notes string
	heavy bool // minutes long: for the long run alone
}

// noImages is what a page says of a data set that could not be opened for its thumbnails.
const noImages = "The images could not be opened as "

func args(line string) []string { return strings.Fields(line) }

func lines(all ...string) (commands [][]string) {
	for _, l := range all {
		commands = append(commands, args(l))
	}
	return commands
}

// world is what all jobs find: drawn data sets and random nets.
var world = lines(
	"dataset synth --images 8 --size 96 data",
	"dataset synth --layout caltech101 --images 9 --classes 3 --size 64 cal",
	"dataset synth --layout vocxml --alone --images 8 --classes 2 --size 64 mine",
	"weights init --net vgg16/64 --out net.safetensors",
	"weights init --net vgg13/64 --out other.safetensors",
)

const (
	extractLine = "extract voc2007:data --weights net.safetensors --layer pool5 --scales 96 --shard-rows 2 -o run"
	listLine    = "extract list:images.txt --weights net.safetensors --layer pool5 --scales 96 --shard-rows 2 -o run"
	svmLine     = "svm run --protocol voc2007 --c 1"
	trainLine   = "train caltech101:cal --net vgg11/64:fc16 --batch 4 --part 4 --s 224 --epochs 2 --schedule constant --checkpoint-every 0s --rate 0.01 --out trained"
	tuneLine    = "finetune caltech101:cal --weights net.safetensors --new fc8 --batch 4 --s 224 --views 1 --epochs 2 --checkpoint-every 0s --out tuned"
	boxesLine   = "localise train vocxml:mine --from net.safetensors --held-out 0 --batch 2 --s 224 --views 1 --epochs 2 --checkpoint-every 0s --out boxes"
)

// twice makes a table of which each image is there twice, in two classes.
var twice = lines(
	"dataset synth --layout caltech101 --images 6 --classes 2 --size 64 twice/a",
	"dataset synth --layout caltech101 --images 6 --classes 2 --size 64 twice/b",
	"extract folder:twice --weights net.safetensors --layer pool5 --scales 96 -o twins",
)

const auditLine = "audit twins --data folder:twice --protocol set --train-per-class 3"

// laid are files that all jobs find.
var laid = map[string]string{"images.txt": imageList("000001", "000002", "000003", "000004", "000005")}

// imageList lists images of the drawn set by their numbers.
func imageList(numbers ...string) string {
	var b strings.Builder
	for _, n := range numbers {
		b.WriteString(path.Join("data/VOCdevkit/VOC2007/JPEGImages", n+".jpg") + "\n")
	}
	return b.String()
}

// jobs are the verbs that write. server is the address of the files that fetch gets.
func jobs(server string) []*job {
	after := imageList("000002", "000003", "000006", "000004", "000005", "000007")
	kept := []string{"tmp"} // rows of files that are not done
	training := []string{"*/log.jsonl", "*/sittings.json", "*/checkpoints/*", "*/views/*", "*/weights.safetensors"}
	return []*job{
		{name: "extract", args: args(extractLine), reads: lines("verify run", "report run --out page.html"), grows: kept},
		{name: "extract, two nets", args: args(extractLine + " --weights other.safetensors"), reads: lines("verify run/vgg16_64", "verify run/vgg13_64"), grows: kept},
		{
			name: "extract --update", setup: lines(listLine), lay: map[string]string{"images.txt": after},
			args: args(listLine + " --update"), reads: lines("verify run", "aggregate run --out read.parquet"),
			whole: []string{"run/features"}, grows: []string{"features.update-*"},
		},
		{
			name: "extract --retry-failed", setup: lines(extractLine + " --max-pixels 6000"),
			args: args(extractLine + " --retry-failed"), reads: lines("verify run"),
		},
		{
			name: "svm", setup: lines(extractLine), args: args(svmLine + " --force"), reads: lines("report run --out page.html", "head export run/heads head.onnx"),
			whole: []string{"run/heads"},
		},
		{
			name: "svm --force", setup: lines(extractLine, "svm run --protocol voc2007 --c 4"), args: args(svmLine + " --force"),
			reads: lines("report run --out page.html", "head export run/heads head.onnx", "table run"), whole: []string{"run/heads"},
		},
		{name: "aggregate", setup: lines(extractLine), args: args("aggregate run --out run.parquet --force"), reads: lines("verify run.parquet")},
		{
			name: "aggregate, arrow", setup: lines(extractLine, "aggregate run --l2 none --out run.arrow"), args: args("aggregate run --out run.arrow --force"),
			reads: lines("svm run.arrow --c 1 --out heads"),
		},
		{name: "aggregate, hf", setup: lines(extractLine), args: args("aggregate run --format hf --out set --force"), whole: []string{"set"}},
		{name: "aggregate, npy", setup: lines(extractLine), args: args("aggregate run --format npy --out set --force"), whole: []string{"set"}},
		{
			name: "merge", setup: lines(extractLine+"1 --shard 1/2", extractLine+"2 --shard 2/2"), args: args("merge run run1 run2"),
			reads: lines("verify run"),
		},
		{
			name: "merge --copy", setup: lines(extractLine+"1 --shard 1/2", extractLine+"2 --shard 2/2"), args: args("merge --copy run run1 run2"),
			reads: lines("verify run"),
		},
		{name: "train", args: args(trainLine), reads: lines("report trained --out page.html", "weights inspect trained/weights.safetensors"), grows: training},
		{name: "finetune", args: args(tuneLine), reads: lines("report tuned --out page.html", "weights inspect tuned/weights.safetensors"), grows: training},
		{name: "localise train", args: args(boxesLine), reads: lines("report boxes --out page.html", "weights inspect boxes/weights.safetensors"), grows: training},
		{
			name: "localise evaluate", setup: lines(boxesLine), args: args("localise evaluate vocxml:mine --split test --boxes-net boxes/weights.safetensors --flip --shard-rows 2 --out placed"),
			reads: lines("report placed --out page.html"),
			grows: kept,
		},
		{
			name: "localise predict", setup: lines(boxesLine), args: args("localise predict vocxml:mine --split test --boxes-net boxes/weights.safetensors --weights other.safetensors --scales 224 --xml --shard-rows 2 --out found"),
			reads: lines("dataset inspect csv:found/boxes.csv"),
			grows: kept,
		},
		{
			name: "weights convert", args: args("weights convert net.safetensors half.safetensors --dtype float16 --force"),
			reads: lines("weights inspect half.safetensors"),
		},
		{name: "weights init", args: args("weights init --net vgg13/64 --overwrite --out net.safetensors"), reads: lines("weights inspect net.safetensors --stats")},
		{
			name: "weights fetch", args: []string{"weights", "fetch", "mine", "--url", server + "/net.safetensors"},
			reads: lines("weights inspect mine"), grows: []string{"*.part", "*.part.*"},
		},
		{name: "report", setup: lines(extractLine, svmLine), args: args("report run"), notes: noImages},
		{
			name: "predict", setup: lines(extractLine, svmLine),
			args:  args("predict --head run/heads --weights net.safetensors --out scores.parquet --force voc2007:data"),
			reads: lines("verify scores.parquet"),
		},
		{name: "neighbours", setup: lines(extractLine, "neighbours run --k 2"), args: args("neighbours run --k 3")},
		{
			name: "suspects", setup: lines(extractLine, "suspects run --folds 2 --k 2"), args: args("suspects run --folds 2 --k 3 --out corrected.csv --force"),
			reads: lines("svm run --labels corrected.csv --protocol voc2007 --c 1 --out again"),
		},
		{name: "map", setup: lines(extractLine, "map run --steps 10 --perplexity 2"), args: args("map run --steps 20 --perplexity 2 --out map.csv --force")},
		{
			name: "audit", setup: append(twice, args(auditLine+" --k 2 --seeds 0 --no-scores")), args: args(auditLine + " --k 3 --seeds 1"), ends: 3,
			reads: lines("table twins/explore", "svm twins --protocol set --c 1 --exclude twins/explore/exclude.txt --out again"),
			whole: []string{"twins/explore/heads"},
		},
		{name: "explore", setup: lines(extractLine, "explore run --thumbnails 4"), args: args("explore run --thumbnails 5"), notes: "The images could not be opened"},
		{name: "head export", setup: lines(extractLine, svmLine), args: args("head export run/heads head.onnx --force")},
		{name: "dataset splits", args: args("dataset splits caltech101:cal --seed 0 --train 2 --test 1 --out seed0.tsv --force")},
		{name: "dataset synth", args: args("dataset synth --images 8 --size 96 --seed 2 --force drawn"), whole: []string{"drawn"}},
		{
			name: "evaluate", setup: lines(trainLine), args: args("evaluate caltech101:cal --weights trained/weights.safetensors --scales 224 --views centre --out scored"),
			reads: lines("table scored"),
			grows: kept,
		},
		{
			name: "reproduce", setup: nil, args: args("reproduce voc2007 --data data --weights-d net.safetensors --scales 224 --out paper"),
			reads: lines("table paper"), whole: []string{"paper/d/heads"}, notes: noImages,
			grows: kept,
		},
		{name: "demo", args: args("demo --out shown"), reads: lines("verify shown/small"), heavy: true},
	}
}
