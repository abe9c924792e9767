# Runs and heads of the last fc7 whose scores.json had a shape for each protocol (commit fa8692d), as testdata/earlier holds them.
# Usage: sh earlier.sh FC7 in an empty folder.
set -e
F=$1
$F weights init --net vgg11/64:fc8 --seed 3 --out net.safetensors
$F dataset synth --images 40 --size 120 --seed 5 voc
$F dataset synth --layout caltech101 --images 49 --classes 7 --size 96 --seed 6 c101
echo bad > voc/VOCdevkit/VOC2007/JPEGImages/000009.jpg # a failed row
for s in voc2007:voc caltech101:c101; do
	$F extract $s --weights net.safetensors --scales 224 --out ${s#*:}-run || test $? = 3
done
$F svm voc-run --protocol voc2007 --out voc2007 --c-per-class --folds 3 --low-shot 1,2 --draws 2
$F svm voc-run --protocol voc2012 --out voc2012 --difficult positive --competition 2
$F svm voc-run --protocol set --out set-own
$F svm c101-run --protocol caltech101 --out caltech101 --train-per-class 4 --test-per-class 3 --seeds 0,1
$F svm c101-run --protocol caltech256 --out caltech256 --seeds 5 --c 2
$F svm c101-run --protocol set --out set-random --seeds 1,2 --low-shot 1,2 --draws 2
# printed.txt is what svm printed, without its last line.
