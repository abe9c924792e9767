# The small net that ships, by the recipe of its card (vgg/small/README.md). The same data give the same bytes on processors with
# AVX2; a killed training goes on.
SMALL        := vgg/small/small.safetensors
SMALL_RECIPE := --classes '![p-s]*' --net vgg11_bn/4:fc208 --standard --s 224-288 --batch 32 --epochs 18 --rate 0.01 --warmup 0.5 \
  --schedule cosine --layer-rate 'fc6=0.05' --layer-rate 'fc[78]=0.3' --dropout 0 --seed 0 --image-cache 4000000000

.PHONY: small-net
small-net: $(BIN) ## the small net that ships, trained again in less than an hour: make small-net DATA=/data/caltech-101
	@test -n "$(DATA)" || { echo "make small-net needs DATA, the folder of Caltech-101: make small-net DATA=/data/caltech-101" >&2; exit 1; }
	$(BIN) train "caltech101:$(DATA)" $(SMALL_RECIPE) --out $(RUNS)/small-net $(or_some_failed)
	$(BIN) weights convert $(RUNS)/small-net/weights.safetensors $(SMALL) --dtype float16 --force

# Three ways to new classes, side by side on one split of CLASSES, 30 images a class to train and the others to test: an SVM on
# frozen features, new layers on cached maps of the frozen convolutions, and after these the last block too. WEIGHTS is the
# small net that ships unless it is given; TUNE changes both fine-tunings. Interrupted, every step goes on where it was.

WAYS     := $(RUNS)/finetune
CLASSES  ?= [p-s]*
TUNE     ?= --rate 0.01 --dropout 0
UNFREEZE ?= --unfreeze 'conv5_*' --unfreeze-rate 0.01 --unfreeze-epochs 12
ways_tune = $(BIN) finetune "caltech101:$(DATA)" --splits $(WAYS)/splits.tsv --classes '$(CLASSES)' --weights $(or $(WEIGHTS),small) \
  --freeze conv --held-out 0 --view-cache $(WAYS)/views $(TUNE)
ways_test = $(BIN) evaluate "caltech101:$(DATA)" --splits $(WAYS)/splits.tsv --split test --scales 256 --weights $(WAYS)/$(1)/weights.safetensors \
  --out $(WAYS)/$(1)/test > /dev/null $(or_some_failed)

.PHONY: finetune
finetune: $(BIN) ## new classes by SVM, new layers, unfrozen ones, in one table: make finetune DATA=/data/caltech-101 [WEIGHTS=FILE]
	@test -n "$(DATA)" || { echo "make finetune needs DATA, the folder of Caltech-101: make finetune DATA=/data/caltech-101" >&2; exit 1; }
	@mkdir -p $(WAYS)
	$(BIN) dataset splits "caltech101:$(DATA)" --classes '$(CLASSES)' --seed 0 --train 30 --test 1000 --out $(WAYS)/splits.tsv --force
	$(BIN) extract "caltech101:$(DATA)" --splits $(WAYS)/splits.tsv --classes '$(CLASSES)' --weights $(or $(WEIGHTS),small) --scales 256 --out $(WAYS)/svm $(or_some_failed)
	$(BIN) svm $(WAYS)/svm --protocol set --force > /dev/null
	$(ways_tune) --out $(WAYS)/layers $(or_some_failed)
	$(call ways_test,layers)
	$(ways_tune) $(UNFREEZE) --out $(WAYS)/block $(or_some_failed)
	$(call ways_test,block)
	@$(BIN) table "frozen features and an SVM=$(WAYS)/svm" "frozen convolutions and new layers=$(WAYS)/layers/test" \
	  "and the last block unfrozen=$(WAYS)/block/test" --figures accuracy,mean_recall

# Boxes with one right answer: drawings of one object each on cluttered ground, at any place, its sides 20 to 90 % of the image's;
# a narrow net from random weights, all layers trained, scored on the thousand drawings of the split test.
DRAWN := $(RUNS)/drawn-boxes

.PHONY: drawn-boxes
drawn-boxes: $(BIN) ## nets that predict boxes, proved on drawings: mean IoU over 90 %, in ten minutes of two cores
	@mkdir -p $(DRAWN)
	test -d $(DRAWN)/drawings || $(BIN) dataset synth --layout vocxml --alone --images 8000 --classes 4 --size 224 --seed 1 $(DRAWN)/drawings
	$(BIN) weights init --net vgg11_bn/16 --seed 1 --out $(DRAWN)/random.safetensors --force
	$(BIN) localise train vocxml:$(DRAWN)/drawings --from $(DRAWN)/random.safetensors --tune all --s 224 --no-colour --dropout 0 --rate 0.03 \
	  --epochs 10 --out $(DRAWN)/boxes
	$(BIN) localise evaluate vocxml:$(DRAWN)/drawings --split test --boxes-net $(DRAWN)/boxes/weights.safetensors --flip --out $(DRAWN)/test > $(DRAWN)/test.txt
	@cat $(DRAWN)/test.txt
	@awk '$$1 == "dense" { seen = 1; if ($$6 <= 90) { print "mean IoU " $$6 " %: want more than 90"; exit 1 } } END { if (!seen) exit 1 }' $(DRAWN)/test.txt
