# fc7: image collections to VGG descriptors and trained linear heads.
# `make` alone prints this help.

GO      ?= go
BIN     := bin/fc7
TOOLS   := $(GO) tool -modfile=.ci/tools.mod
SOURCES := $(shell find cmd pipeline extract vgg heads datasets outputs internal -name '*.go' -o -name '*.s') go.mod

export CGO_ENABLED ?= 0

.PHONY: help build demo test vet lint arm64 race bench generate fuzz clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 18

build: $(BIN) ## build bin/fc7

$(BIN): $(SOURCES)
	$(GO) build -ldflags "-s -w" -o $@ ./cmd/fc7

demo: $(BIN) ## the whole job, offline, in a minute: draw images, extract, train heads, score
	rm -rf demo
	$(BIN) demo --out demo

test: vet lint ## vet, linters and all tests
	$(GO) test $(TESTFLAGS) ./...
	$(GO) test $(TESTFLAGS) -short -tags noasm ./internal/f32 ./vgg ./vgg/train
	$(GO) test $(TESTFLAGS) -tags noasm -run 'TestExtract|TestSameBytes|TestHeadsVOC' ./pipeline
	GOARCH=arm64 $(GO) vet ./...

arm64: ## the plain Go path under an emulator (needs qemu-aarch64-static)
	GOARCH=arm64 $(GO) test -short -exec qemu-aarch64-static ./internal/f32 ./vgg

vet:
	$(GO) vet ./...

lint:
	@test -z "$$($(TOOLS) gofumpt -l . | grep -v '^internal/f32/stubs_amd64.go' | tee /dev/stderr)" || { echo "gofumpt: format the files above"; exit 1; }
	$(TOOLS) staticcheck ./...

race: ## the concurrent packages under the race detector (needs cgo)
	CGO_ENABLED=1 $(GO) test -race -short ./internal/f32 ./vgg ./vgg/weights ./extract ./pipeline ./datasets/... ./heads/... ./outputs/... ./cmd/...

bench: ## every benchmark once, so that none rots; for figures see fc7 bench
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...

generate: ## regenerate the assembly
	$(GO) generate ./internal/f32

fuzz: ## each fuzz target for FUZZTIME (10s)
	@$(GO) list ./... | while read p; do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do \
	    $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-10s} $$p || exit 1; \
	  done; done

clean: ## remove what make made
	rm -rf bin demo

# The paper's tasks as batch jobs. Their targets are the files that they make, so that make skips what is done and a killed
# job goes on. DATA and WEIGHTS are needed; WEIGHTS_E adds VGG-19, SCALES and FLAGS change the job, RUNS moves the results.

RUNS  ?= runs
TASKS := voc2007 voc2012 action caltech101 caltech256

.PHONY: $(TASKS)
voc2007:    $(RUNS)/voc2007/report.html    ## VOC-2007 as in the paper: make voc2007 DATA=/data/VOCdevkit WEIGHTS=vgg16.pth [WEIGHTS_E=vgg19.pth]
voc2012:    $(RUNS)/voc2012/report.html    ## VOC-2012, with result files for its server
action:     $(RUNS)/action/report.html     ## VOC-2012's actions, image and box
caltech101: $(RUNS)/caltech101/report.html ## Caltech-101: make caltech101 DATA=/data/caltech-101 WEIGHTS=vgg16.pth
caltech256: $(RUNS)/caltech256/report.html ## Caltech-256

# needed stops with what a job lacks.
needed = $(if $(DATA),,$(error make $(1) needs DATA, the folder of the data set: make $(1) DATA=/data/… WEIGHTS=vgg16.pth))$(if $(WEIGHTS),,$(error make $(1) needs WEIGHTS, the file of VGG-16: make $(1) DATA=$(DATA) WEIGHTS=vgg16.pth [WEIGHTS_E=vgg19.pth]))

# What a job was asked for; a change makes its first step look at what is there, which refuses a table of other settings.
asked = $(strip $(DATA) $(WEIGHTS) $(WEIGHTS_E) $(SCALES) $(FLAGS))

comma := ,
# fc7 reproduce ends with 3 if some images failed; each has its row and its line in the report, and the job goes on.
reproduce = $(BIN) reproduce $(1) --data "$(DATA)" --weights-d "$(WEIGHTS)" $(if $(WEIGHTS_E),--weights-e "$(WEIGHTS_E)") $(if $(SCALES),--scales $(SCALES)) $(FLAGS) --out $(RUNS)/$(1) --until $(2) || test $$? -eq 3

# job is the rules of one task: descriptors, then heads and scores, then the page.
define job
ifneq ($$(file < $(RUNS)/$(1)/asked),$$(asked))
.PHONY: $(RUNS)/$(1)/asked
endif

$(RUNS)/$(1)/asked:
	$$(call needed,$(1))
	@mkdir -p $$(@D)
	@printf '%s' '$$(asked)' > $$@

$(RUNS)/$(1)/d/manifest.json: $(RUNS)/$(1)/asked $$(wildcard $$(WEIGHTS) $$(WEIGHTS_E)) | $$(BIN)
	$$(call reproduce,$(1),features)
	@touch $$@

$(RUNS)/$(1)/reproduce.json: $(RUNS)/$(1)/d/manifest.json | $$(BIN)
	$$(call reproduce,$(1),heads)

$(RUNS)/$(1)/report.html: $(RUNS)/$(1)/reproduce.json | $$(BIN)
	$$(BIN) report $$(@D)
endef
$(foreach t,$(TASKS),$(eval $(call job,$(t))))

# Three ways to new classes, side by side on one split of CLASSES, 30 images a class to train and the others to test: an SVM on
# frozen features, new layers on cached maps of the frozen convolutions, and after these the last block too. WEIGHTS is the
# small net that ships unless it is given; TUNE changes both fine-tunings. Interrupted, every step goes on where it was.

# The small net that ships, by the recipe of its card (vgg/small/README.md). The same data give the same bytes on processors with
# AVX2; a killed training goes on.
SMALL        := vgg/small/small.safetensors
SMALL_RECIPE := --classes '![p-s]*' --net vgg11_bn/4:fc208 --standard --s 224-288 --batch 32 --epochs 18 --rate 0.01 --warmup 0.5 \
  --schedule cosine --layer-rate 'fc6=0.05' --layer-rate 'fc[78]=0.3' --dropout -1 --seed 0 --cache 4000000000

.PHONY: small-net
small-net: $(BIN) ## the small net that ships, trained again in less than an hour: make small-net DATA=/data/caltech-101
	@test -n "$(DATA)" || { echo "make small-net needs DATA, the folder of Caltech-101: make small-net DATA=/data/caltech-101" >&2; exit 1; }
	$(BIN) train "caltech101:$(DATA)" $(SMALL_RECIPE) --out $(RUNS)/small-net
	$(BIN) weights convert $(RUNS)/small-net/weights.safetensors $(SMALL) --dtype float16 --force

WAYS     := $(RUNS)/finetune
CLASSES  ?= [p-s]*
TUNE     ?= --rate 0.01 --dropout -1
UNFREEZE ?= --unfreeze 'conv5_*' --unfreeze-rate 0.01 --unfreeze-epochs 12
ways_tune = $(BIN) finetune "caltech101:$(DATA)" --splits $(WAYS)/splits.tsv --classes '$(CLASSES)' --weights $(or $(WEIGHTS),small) \
  --freeze conv --held-out -1 --cache $(WAYS)/views $(TUNE)
ways_test = $(BIN) evaluate "caltech101:$(DATA)" --splits $(WAYS)/splits.tsv --split test --scales 256 --weights $(WAYS)/$(1)/weights.safetensors \
  --out $(WAYS)/$(1)/test > $(WAYS)/$(1)/test.txt

.PHONY: finetune
finetune: $(BIN) ## new classes by SVM, new layers, unfrozen ones, in one table: make finetune DATA=/data/caltech-101 [WEIGHTS=FILE]
	@test -n "$(DATA)" || { echo "make finetune needs DATA, the folder of Caltech-101: make finetune DATA=/data/caltech-101" >&2; exit 1; }
	@mkdir -p $(WAYS)
	$(BIN) dataset splits "caltech101:$(DATA)" --classes '$(CLASSES)' --seed 0 --train 30 --test 1000 --out $(WAYS)/splits.tsv --overwrite
	$(BIN) extract "caltech101:$(DATA)" --splits $(WAYS)/splits.tsv --classes '$(CLASSES)' --weights $(or $(WEIGHTS),small) --scales 256 --out $(WAYS)/svm
	$(BIN) svm $(WAYS)/svm --protocol set --replace > $(WAYS)/svm/test.txt
	$(ways_tune) --out $(WAYS)/layers
	$(call ways_test,layers)
	$(ways_tune) $(UNFREEZE) --out $(WAYS)/block
	$(call ways_test,block)
	@awk 'BEGIN { printf "%-36s  %8s  %17s\n", "test images, in %", "accuracy", "mean class recall" } \
	  FILENAME ~ /svm/ && /^accuracy/ { gsub(",", ""); printf "%-36s  %8.1f  %17.1f\n", "frozen features and an SVM", $$2, $$6 } \
	  FILENAME !~ /svm/ && $$2 == "dense" { printf "%-36s  %8.1f  %17.1f\n", FILENAME ~ /layers/ ? "frozen convolutions and new layers" : "and the last block unfrozen", 100 - $$4, $$6 }' \
	  $(WAYS)/svm/test.txt $(WAYS)/layers/test.txt $(WAYS)/block/test.txt
