# fc7: image collections to VGG descriptors and trained linear heads.
# `make` alone prints this help.

GO      ?= go
BIN     := bin/fc7
TOOLS   := $(GO) tool -modfile=.ci/tools.mod
# for a package: on a busy machine one takes several times the minutes that it takes alone
TESTTIME ?= 30m
# go test looks into each package with a part of vet, in each way that it is built; here vet has done all of it, once.
TEST    := $(GO) test -vet=off -timeout $(TESTTIME)
SOURCES := $(shell find cmd pipeline extract vgg heads datasets outputs internal -name '*.go' -o -name '*.s') go.mod

# The packages that have benchmarks: to link the tests of all others takes longer than to run these.
BENCHED = $(sort $(dir $(shell grep -rl --include='*_test.go' '^func Benchmark' cmd pipeline extract vgg heads datasets outputs internal | sed 's,^,./,')))

export CGO_ENABLED ?= 0
# No path of the machine that builds gets into the binary.
export GOFLAGS := $(filter-out -trimpath,$(GOFLAGS)) -trimpath

# fc7 ends with 3 where all is done but some images failed; each has its row or line and its reason, and a job goes on.
or_some_failed = || test $$? -eq 3

.PHONY: help build install uninstall docs demo test vet lint arm64 arm64-kernels arm64-nets race bench peer mca generate fuzz fuzz-long fuzz-mutate fuzz-count fuzz-cover hostile torture torture-long test-scale mutate wrap licences vulncheck reproducible clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 20

build: $(BIN) ## build bin/fc7

# Where .git is a file, as in a worktree, the go command records no commit, and --version tells this one.
STAMP = $(shell test -f .git && git log -1 --format=%H,%cI, 2>/dev/null)$(shell test -f .git && test -n "$$(git status --porcelain 2>/dev/null)" && echo changed)

$(BIN): $(SOURCES)
	$(GO) build -ldflags "-s -w $(if $(STAMP),-X fc7/internal/origin.stamp=$(STAMP))" -o $@ ./cmd/fc7

# DESTDIR goes before PREFIX and is in no file: for whoever packs.
PREFIX  ?= /usr/local
SHARE   := $(DESTDIR)$(PREFIX)/share
PROGRAM := $(DESTDIR)$(PREFIX)/bin/fc7
MAN     := $(SHARE)/man/man1
BASH    := $(SHARE)/bash-completion/completions/fc7
ZSH     := $(SHARE)/zsh/site-functions/_fc7
FISH    := $(SHARE)/fish/vendor_completions.d/fc7.fish

install: $(BIN) ## the program, its man pages and its completions: make install [PREFIX=/usr/local]
	install -d "$(dir $(PROGRAM))" "$(MAN)" "$(dir $(BASH))" "$(dir $(ZSH))" "$(dir $(FISH))"
	install -m 755 $(BIN) "$(PROGRAM)"
	$(BIN) manual "$(MAN)" --force
	$(BIN) completion bash > "$(BASH)"
	$(BIN) completion zsh > "$(ZSH)"
	$(BIN) completion fish > "$(FISH)"

uninstall: ## takes away what install put there: make uninstall [PREFIX=/usr/local]
	rm -f "$(PROGRAM)" "$(MAN)"/fc7.1 "$(MAN)"/fc7-*.1 "$(BASH)" "$(ZSH)" "$(FISH)"

docs: $(BIN) ## the pages of docs/ that are made from the help
	rm -rf docs/verbs docs/datasets
	$(BIN) manual --format markdown docs

demo: $(BIN) ## the whole job, offline, in a minute: draw images, extract, train heads, score
	rm -rf demo
	$(BIN) demo --out demo

test: vet lint ## vet, linters and all tests
	$(TEST) $(TESTFLAGS) ./...
	$(TEST) $(TESTFLAGS) -short -tags noasm -skip '^Test(Parameters|Convert.*|Heads|KerasMatConvNet|Layouts|EachAxes|Scope)$$' ./internal/f32 ./vgg ./vgg/train
	$(TEST) $(TESTFLAGS) -tags noasm -run 'TestExtract|TestSameBytes|TestHeadsVOC' ./pipeline/extraction ./pipeline/heads
	$(TEST) $(TESTFLAGS) -tags noasm -run TestBytes ./cmd/fc7
	$(TEST) ./.ci/mca
	$(GO) -C .ci/mutate test -short .
	$(GO) -C .ci/wrap test .
	$(GO) -C .ci/licences test .
	$(GO) -C .ci/torture test .
	$(GO) -C .ci/scale test ./...
	GOARCH=arm64 $(GO) vet ./...

# Left out, as without assembly above, is what compares files of weights or groups of views, which no processor changes, and takes
# half of the time.
arm64: arm64-kernels arm64-nets ## plain Go and the NEON kernels under an emulator (needs qemu-aarch64-static)

# one thread each for the most part: make -j2 arm64 takes two thirds of the time
arm64-kernels:
	GOARCH=arm64 $(TEST) -short -exec qemu-aarch64-static ./internal/f32

arm64-nets:
	GOARCH=arm64 $(TEST) -exec qemu-aarch64-static -run TestBits ./heads/svm ./heads/tsne
	GOARCH=arm64 $(TEST) -short -exec qemu-aarch64-static -run '^Test(Golden|Connected|Beside|NaNReaches|FiltersDisagree|CaffeRounds)$$' ./vgg

vet:
	$(GO) vet ./... ./.ci/exports ./.ci/fuzz ./.ci/mca ./.ci/peer
	$(GO) vet -tags noasm ./internal/f32
	$(GO) -C .ci/torture vet .
	$(GO) -C .ci/scale vet ./...

lint:
	@test -z "$$($(TOOLS) gofumpt -l . | grep -v '^internal/f32/stubs_amd64.go' | tee /dev/stderr)" || { echo "gofumpt: format the files above"; exit 1; }
	$(TOOLS) staticcheck ./...
	@test -z "$$($(TOOLS) deadcode -test ./... | tee /dev/stderr)" || { echo "deadcode: nothing reaches the functions above"; exit 1; }
	$(GO) run ./.ci/exports
	$(GO) run ./.ci/fuzz complete
	@$(GO) -C .ci/wrap run . $(CURDIR)

# Of the program, the kernels and the nets, most tests have no goroutines that are not of the packages in the second list, and
# take long: of these it is the tests of signals, kills, several tasks, stores and metrics, of threads and teams, and one way of
# each verb. The others leave out (-short) what goes on at once in other tests of theirs too.
RACE  := CGO_ENABLED=1 $(TEST) -race -short
RACED := MainJob|Kill(Nets|Planned|Machines)?$$|Signal|Patience|Metrics|Listens|Stop|Few|JSONEvents|ReaderGone|ClosedInput|StatusLine|AtOnce|Pace|Planned$$
RACED := $(RACED)|PlannedOnStore|Stores$$|StoresBusy|ExtractToStore|RetryTwice|Dialect|InterruptedInWords|EvaluateCommand|Explore$$|FinetuneCommand|Audit$$
RACED := $(RACED)|Team|Sleeper|Steps|Winograd|Matrix|Windows|Gradient|Copies|Room|SameBits|Beside|Groups|Connected|ForwardAll|Allocations|Init|Load|Through|Convert$$|SharedHeads|NaN

race: ## the concurrent packages under the race detector (needs cgo)
	$(RACE) -run '^Test($(RACED))' ./cmd/fc7 ./internal/f32 ./vgg
	$(RACE) ./pipeline/extraction ./pipeline/heads ./pipeline/explore ./pipeline/reproduction ./pipeline/conveyor ./pipeline/table ./pipeline/planned ./pipeline/inspection ./internal/store ./internal/mirror ./internal/atomicfile ./internal/lock ./internal/budget ./internal/place ./internal/monitor ./extract ./datasets/... ./heads/... ./outputs/...

bench: ## every benchmark once, so that none rots; for figures see fc7 bench
	$(TEST) -run '^$$' -bench . -benchtime 1x $(BENCHED)

peer: $(BIN) ## fc7 beside ONNX Runtime, by turns: make peer DATA=caltech101:PATH PEER_NODE=node NODE_PATH=… [NET=alexnet] [PEER_NCNN=PROGRAM] (see .ci/peer)
	@$(GO) run ./.ci/peer -fc7 $(BIN) -data "$(DATA)" -runs $(or $(ROUNDS),5) $(if $(NET),-net $(NET)) $(if $(IMAGES),-images $(IMAGES))

mca: ## simulate the inner loops of the NEON kernels, which must be at 85 % of their bounds (needs llvm-19): the table of internal/f32/README.md
	@$(GO) run ./.ci/mca

generate: ## regenerate the assembly
	$(GO) generate ./internal/f32

fuzz: ## each fuzz target for FUZZTIME (10s), with the executions of each
	@$(GO) run ./.ci/fuzz fuzz $(or $(FUZZTIME),10s)

fuzz-long: ## fuzz targets and mutations by turns, for a night: FUZZHOURS (8)
	@$(GO) run ./.ci/fuzz long $(or $(FUZZHOURS),8)h

fuzz-mutate: ## MUTATIONS (100000) mutated files for each reader of foreign files, and more for MUTATETIME (0s), by SEED (1)
	@$(GO) run ./.ci/fuzz mutate $(or $(MUTATIONS),100000) $(or $(SEED),1) $(or $(MUTATETIME),0s)

fuzz-count: ## how many executions each parser has had in all runs, which fuzz.log adds up
	@$(GO) run ./.ci/fuzz count

fuzz-cover: ## how much of each parser the fuzz targets reach
	@$(GO) run ./.ci/fuzz cover

hostile: ## every byte of small files changed, and each prefix, for HOSTILETIME at most (30m): memory, time, failures
	@$(GO) run ./.ci/fuzz hostile $(or $(HOSTILETIME),30m)

torture: $(BIN) ## power cuts, kills and faults under every verb that writes, for TORTURE (2m), by SEED (1)
	@$(GO) -C .ci/torture run . -fc7 $(CURDIR)/$(BIN) -budget $(or $(TORTURE),2m) -seed $(or $(SEED),1)

torture-long: $(BIN) ## all of them, which takes hours; a million rows, 64 readers beside a writer, and hostile
	@$(GO) -C .ci/torture run . -fc7 $(CURDIR)/$(BIN) -seed $(or $(SEED),1) -heavy power kills faults rows readers
	@$(MAKE) hostile

test-scale: $(BIN) ## real servers and schedulers on this machine: SCALE (stores faults slurm), or kubernetes; STORES (s3), of s3 gs azblob; INSTALL=yes
	@STORES="$(STORES)" INSTALL="$(INSTALL)" SEED="$(SEED)" .ci/scale/run $(or $(SCALE),stores faults slurm)

mutate: ## what the tests of a room do not notice: make mutate ROOM=./heads/svm [MUTANTS=20] [SEED=1]
	@$(GO) -C .ci/mutate run . -root $(CURDIR) -n $(or $(MUTANTS),20) -seed $(or $(SEED),1) $(ROOM)

wrap: ## wrap all comments at one width, which lint asks for
	@$(GO) -C .ci/wrap run . -w $(CURDIR)

licences: ## list and judge the licences of all that is linked: docs/licences.md, and their texts in bin/LICENCES.txt
	@mkdir -p bin
	@$(GO) -C .ci/licences run . -root $(CURDIR) -table $(CURDIR)/docs/licences.md -texts $(CURDIR)/bin/LICENCES.txt

vulncheck: ## known vulnerabilities in what fc7 calls; fails too where the database cannot be reached
	@.ci/vulncheck

reproducible: ## build the last commit twice, in two places, and compare the bytes: make reproducible [PLATFORMS="linux/amd64 …"]
	@.ci/reproducible

clean: ## remove what make made
	rm -rf bin demo

include pipeline/jobs.mk vgg/nets.mk
