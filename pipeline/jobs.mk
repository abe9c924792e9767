# The paper's tasks as batch jobs. Their targets are the files that they make, so that make skips what is done and a killed
# job goes on. DATA and WEIGHTS are needed; WEIGHTS_E adds VGG-19, SCALES and FLAGS change the job, RUNS moves the results.
# make looks at times, and only to decide whether it asks fc7, which decides by digests what is kept: after a restore with old times, make -B.
# Where a data set changed, FLAGS=--update looks at all of it, and computes what is new.

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
reproduce = $(BIN) reproduce $(1) --data "$(DATA)" --weights-d "$(WEIGHTS)" $(if $(WEIGHTS_E),--weights-e "$(WEIGHTS_E)") $(if $(SCALES),--scales $(SCALES)) $(FLAGS) --out $(RUNS)/$(1) --until $(2) $(or_some_failed)

# job is the rules of one task: descriptors, then heads and scores, then the page.
define job
ifneq ($$(filter --update,$$(FLAGS))$$(file < $(RUNS)/$(1)/asked),$$(asked))
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

# A planned table (docs/scale.md) in SHARES tasks, each a target: make -j 2 runs two at once, and a scheduler's job may run make task-3 alone.
# What is done of a task fc7 knows; make asks it each time until the table is merged.
RUN    ?= $(RUNS)/planned
SHARES ?= 4
shares := $(shell seq 0 $$(($(SHARES) - 1)))

.PHONY: planned status $(shares:%=task-%)
planned: $(RUN)/manifest.json ## a table in shares: make planned SET=csv:photos.csv WEIGHTS=vgg16.pth [SHARES=4] [RUN=runs/planned]

status: | $(BIN) ## how far a planned table is: make status [RUN=runs/planned]
	@$(BIN) status "$(RUN)"

$(RUN)/plan.json: | $(BIN)
	$(if $(SET),,$(error make planned needs SET, the data set: make planned SET=csv:photos.csv WEIGHTS=vgg16.pth))
	$(BIN) plan "$(SET)" $(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(SCALES),--scales $(SCALES)) $(FLAGS) --tasks $(SHARES) --out "$(RUN)"

$(shares:%=task-%): task-%: $(RUN)/plan.json | $(BIN)
	$(BIN) extract --plan "$(RUN)" --task $* --tasks $(SHARES)

ifeq ($(wildcard $(RUN)/manifest.json),)
$(RUN)/manifest.json: $(shares:%=task-%)
	$(BIN) merge "$(RUN)"
endif

# Heads on one's own images: a folder a class (DATA=photos), or any data set, KIND:PATH. The split is the set's own, or a seeded one.
# Interrupted, the same command goes on with the descriptors.
HEADS ?= $(RUNS)/heads
heads_set = $(if $(findstring :,$(DATA)),$(DATA),folder:$(DATA))

.PHONY: heads imagenet
heads: | $(BIN) ## descriptors, heads and a page of one's own images: make heads DATA=photos [WEIGHTS=vgg16] [HEADS=runs/heads] [SCALES=256]
	$(if $(DATA),,$(error make heads needs DATA, a folder with a folder of images a class, or KIND:PATH: make heads DATA=photos))
	$(BIN) extract "$(heads_set)" $(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(SCALES),--scales $(SCALES)) $(FLAGS) --out "$(HEADS)" $(or_some_failed)
	$(BIN) svm "$(HEADS)" --exclude-failed --force
	$(BIN) report "$(HEADS)" --force

imagenet: | $(BIN) ## the paper's error on ILSVRC-2012's validation images: make imagenet DATA=/data/imagenet WEIGHTS=vgg16-caffe [SCALES=256,384,512]
	$(if $(and $(DATA),$(WEIGHTS)),,$(error make imagenet needs DATA, the folder of ILSVRC-2012, and WEIGHTS: make imagenet DATA=/data/imagenet WEIGHTS=vgg16-caffe))
	$(BIN) evaluate "imagenet:$(DATA)" --weights "$(WEIGHTS)" $(if $(SCALES),--scales $(SCALES)) $(FLAGS) --out "$(RUNS)/imagenet" $(or_some_failed)
