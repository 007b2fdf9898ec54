# `make` alone lists the targets. Each one sets itself up: .venv, Node, the CDK CLI.

PYTHON ?= python3
ENV ?=
BASE ?= HEAD
REHEARSE ?=
UPSTREAM ?=
ARGS ?=
FROM ?=
TO ?=
KUBERNETES ?= auto
PYTEST_WORKERS ?= auto
# A team may remove the sample service, which the project's own tests run.
SAMPLE := $(wildcard workloads/sample_service/__init__.py)
NO_SAMPLE := echo 'Nothing to do: workloads/sample_service was removed, and the tests of the project need it.'
# A deploy mostly waits.
DEPLOY_WORKERS ?= 4
DEPLOYS := tests/deploy tests/rehearsal tests/sample_service
NOT_QUICK := $(DEPLOYS:%=--ignore %)

VENV := .venv
BIN := $(VENV)/bin
NODE_MODULES := node_modules
TWIN := benchmarks/twin

# Programs that cdk, npm and pytest start find this Node and this Python first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export CDK_DISABLE_CLI_TELEMETRY := true
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := true
# Node has its own certificate authorities; a company proxy's certificate is signed by one of the machine's.
export NODE_USE_SYSTEM_CA := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export npm_config_update_notifier := false
# Packages are installed uncompiled: where Python may keep nothing, each process would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

PINNED := --require-hashes --no-deps --only-binary :all:

# Without this the CLI asks the instance metadata service for credentials that synth doesn't need.
OFFLINE := AWS_EC2_METADATA_DISABLED=true
# `cdk synth` of what has changed since the last one.
synth = $(OFFLINE) $(BIN)/python -m commands.synth

# ENV=dev is the stage Dev, ENV=prod-eu is ProdEu.
STAGE = $(shell printf '%s' '$(ENV)' | awk -F '[-_]' '{ for (i = 1; i <= NF; i++) printf "%s%s", toupper(substr($$i, 1, 1)), substr($$i, 2) }')
local = $(BIN)/python -m local_aws
# The CDK says only that no stack matches.
or-name-them = || $(BIN)/python -m commands.known_environment '$(ENV)' '$(STAGE)'
require-env = $(if $(ENV),,$(error Set the environment, for example: make $@ ENV=dev))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Options: ENV=dev, BASE=main, UPSTREAM=v0.2.0, ARGS='...' (passed on), PYTHON=python3.13, PYTEST_WORKERS=0,"
	@echo "         KUBERNETES=stand-in or envtest (for an emulated AWS), REHEARSE=1 (review)"

##@ Build and review, without AWS

.PHONY: synth
synth: setup ## Synthesize every environment (or ENV=dev) into cdk.out; list the stacks
	@$(synth) '$(if $(ENV),$(STAGE)/)**' $(ARGS) $(or-name-them)
	@$(BIN)/python -m commands.synth_summary cdk.out $(STAGE)

.PHONY: plan
plan: setup ## Check whether the pods fit, and draw the result: all or ENV=dev; ARGS=--max, ARGS=--json
	@$(BIN)/python -m commands.plan $(ENV) $(ARGS)
	@$(if $(ARGS),,$(BIN)/python -m commands.pictures $(ENV))

.PHONY: rules
rules: setup ## List what the guardrails check, why, and how to fix it; ARGS=KUBE13 or ARGS=probe filters them
	@$(BIN)/python -m commands.rules $(ARGS)

# It answers most when the guardrails stop the synth: the templates are there then, and no older ones.
.PHONY: reach
reach: setup ## Show what reaches what in ENV=dev, and which hop fails; FROM=web TO=ecr shows the way, ARGS=--json
	$(require-env)
	@rm -f cdk.out/manifest.json
	@$(OFFLINE) $(BIN)/cdk synth --quiet '$(STAGE)/**' >/dev/null $(or-name-them) || \
	  test $$? = 1 -a -f cdk.out/manifest.json
	@$(BIN)/python -m commands.reach $(STAGE) $(if $(FROM),--from '$(FROM)') $(if $(TO),--to '$(TO)') $(ARGS)

.PHONY: teardown
teardown: setup ## List what ENV=dev leaves outside its stacks, and what to run before destroy (deletes nothing)
	$(require-env)
	@$(synth) '$(STAGE)/**' >/dev/null $(or-name-them)
	@$(BIN)/python -m commands.teardown $(STAGE)

.PHONY: list
list: setup ## List the stacks and what they depend on
	@$(OFFLINE) $(BIN)/cdk list --show-dependencies $(ARGS)

.PHONY: test
test: setup ## Run all tests except the deploys; ARGS='-k network' selects some, THOROUGH=1 tries every case
	@$(BIN)/python -m commands.run_tests $(NOT_QUICK) -n $(PYTEST_WORKERS) --dist loadfile -- $(ARGS)

.PHONY: coverage
coverage: export THOROUGH = 1
coverage: setup ## Run the same tests with every case, show the lines that they miss, and fail below the floor
	@$(if $(SAMPLE),$(BIN)/python -m pytest $(NOT_QUICK) -n $(PYTEST_WORKERS) --dist loadfile --cov --cov-report term-missing:skip-covered $(ARGS),$(NO_SAMPLE))

.PHONY: diff
diff: setup ## Compare the code with the committed snapshots (`cdk diff`); ENV=dev for one
	@$(synth) '$(if $(ENV),$(STAGE)/)**' >/dev/null $(or-name-them)
	@$(BIN)/python -m commands.snapshots $(STAGE) $(ARGS)

# Both sides at once. The other one comes from a git worktree of its own, or from .review-cache.
both-sides = $(BIN)/python -m commands.review_base $(1) & other=$$!; \
  $(synth) --ci '**' >/dev/null; mine=$$?; wait $$other && exit $$mine

# BASE=snapshots takes the committed templates, which have no assets to deploy.
.PHONY: review
review: setup ## Summarize what the change does since the last commit, or BASE=main; REHEARSE=1 tries it
	$(if $(and $(REHEARSE),$(filter snapshots,$(BASE))),$(error REHEARSE needs a commit, for example: make $@ BASE=main REHEARSE=1))
	@rm -rf review.out
	@$(if $(filter snapshots,$(BASE)),$(synth) --ci '**' >/dev/null,$(call both-sides,'$(BASE)' review.out/base))
	@$(if $(REHEARSE),$(BIN)/python -m commands.rehearse review.out/base cdk.out --output review.out/rehearsal.json --kubernetes $(KUBERNETES))
	@$(BIN)/python -m commands.review $(if $(filter snapshots,$(BASE)),snapshots,review.out/base) cdk.out \
	  --output review.out --base-name '$(BASE)' --head-name 'the working tree' \
	  $(if $(filter snapshots,$(BASE)),,--commits '$(BASE)..HEAD') \
	  $(if $(REHEARSE),--rehearsal review.out/rehearsal.json) $(ARGS)

# The release's code with your environments and workloads, against what you have now.
.PHONY: update-check
update-check: setup ## Review what a release does to your environments: UPSTREAM=v0.2.0
	$(if $(UPSTREAM),,$(error Set the release, for example: make $@ UPSTREAM=v0.2.0))
	@rm -rf review.out
	@$(call both-sides,'$(UPSTREAM)' review.out/upstream --own environments --own workloads)
	@$(BIN)/python -m commands.review cdk.out review.out/upstream --output review.out --fail \
	  --base-name 'your version' --head-name '$(UPSTREAM)' $(ARGS)

# The second make installs what the release pins.
.PHONY: update
update: setup ## Merge a release and keep what you own: UPSTREAM=v0.2.0; then read `git diff HEAD`
	$(if $(UPSTREAM),,$(error Name the release, for example: make $@ UPSTREAM=v0.2.0))
	@$(BIN)/python -m commands.update '$(UPSTREAM)'
	@$(MAKE) --no-print-directory snapshots

.PHONY: snapshots
snapshots: setup ## Accept the changed templates of your environments; then read `git diff`
	@$(BIN)/python -m commands.write_snapshots

.PHONY: lint
lint: setup ## Check formatting and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

.PHONY: types
types: setup ## Check types
	@$(BIN)/mypy

# The tests come last, so that the output ends with their count.
.PHONY: check
check: lint types test ## Everything a pull request must pass: format, lint, types, tests

.PHONY: format
format: setup ## Format the code and apply automatic fixes
	@$(BIN)/ruff check --fix-only --exit-zero .
	@$(BIN)/ruff format .

##@ Deploy to an emulated AWS on this machine

.PHONY: deploy-local
deploy-local: setup ## Deploy or update ENV=dev without an account, Docker or internet
	$(require-env)
	@$(local) deploy $(ENV) --kubernetes $(KUBERNETES) $(ARGS)

.PHONY: diff-local
diff-local: setup ## Compare ENV=dev with what is deployed there
	$(require-env)
	@$(local) diff $(ENV) $(ARGS)

.PHONY: drift-local
drift-local: setup ## Show what was changed there outside CloudFormation
	$(require-env)
	@$(local) drift $(ENV) $(ARGS)

.PHONY: status-local
status-local: setup ## Show the resources of ENV=dev there, as the APIs report them
	$(require-env)
	@$(local) status $(ENV)

.PHONY: destroy-local
destroy-local: setup ## Delete ENV=dev there, as on AWS
	$(require-env)
	@$(local) destroy $(ENV) $(ARGS)

.PHONY: stop-local
stop-local: setup ## Stop the emulated account of ENV=dev, or all of them; their state is lost
	@$(local) stop $(ENV)

.PHONY: test-deploy
test-deploy: setup ## Deploy, update, break and destroy dev and prod there; THOROUGH=1 rehearses a change, too
	@$(if $(SAMPLE),$(BIN)/python -m pytest $(DEPLOYS) -n $(DEPLOY_WORKERS) --dist loadfile $(ARGS),$(NO_SAMPLE))

##@ Deploy, with AWS credentials

.PHONY: preflight
preflight: setup ## Check, read-only, what would make a deploy of ENV=dev fail; ARGS=--json, ARGS=--policy
	$(require-env)
	@$(OFFLINE) $(BIN)/cdk synth --quiet '$(STAGE)/**' >/dev/null $(or-name-them)
	@$(BIN)/python -m commands.preflight $(STAGE) $(ARGS)

.PHONY: diff-aws
diff-aws: setup ## Compare ENV=dev with what is deployed
	$(require-env)
	@$(BIN)/cdk diff '$(STAGE)/**' $(ARGS) $(or-name-them)

.PHONY: deploy
deploy: setup ## Deploy ENV=dev; CDK asks before it widens permissions
	$(require-env)
	@echo 'Synthesizing $(STAGE) first, which takes about twenty seconds'
	@$(BIN)/cdk deploy '$(STAGE)/**' $(ARGS) $(or-name-them)

.PHONY: destroy
destroy: setup ## Delete ENV=dev; CDK asks first
	$(require-env)
	@$(BIN)/cdk destroy '$(STAGE)/**' $(ARGS) $(or-name-them)

##@ Maintain

.PHONY: setup
setup: $(NODE_MODULES)/.installed ## Install the pinned tools; the other targets do this automatically

.PHONY: reference
reference: setup ## Accept what changes in the project's own snapshots, reviews and pictures
	@$(if $(SAMPLE),$(BIN)/python -m tests.write_reference,$(NO_SAMPLE))
	@$(if $(SAMPLE),$(BIN)/python -m pytest -q tests/unit/review/test_golden_reviews.py tests/unit/commands/test_plans_of_examples.py --snapshot-update $(ARGS))

.PHONY: bench
bench: setup $(TWIN)/node_modules/.installed ## Time synths, plan and review, beside the same work without Python; ARGS=--quick
	@$(if $(SAMPLE),$(BIN)/python -m benchmarks $(ARGS),$(NO_SAMPLE))

.PHONY: hooks
hooks: setup ## Run the checks on commit and push (pre-commit)
	@$(BIN)/pre-commit install --hook-type pre-commit --hook-type pre-push

.PHONY: lock
lock: setup ## Compile the lock files; ARGS=--upgrade updates every version
	@set -e; for source in requirements.in requirements-dev.in; do \
	  UV_NO_CONFIG=1 $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	    --python-version 3.11 $$source -o $${source%.in}.txt $(ARGS); \
	done
	@set -e; for service in $(wildcard workloads/*/*/requirements.in); do \
	  ( cd $${service%/*} && UV_NO_CONFIG=1 $(CURDIR)/$(BIN)/uv pip compile --quiet \
	    --generate-hashes --no-annotate --python-version 3.13 --python-platform linux \
	    requirements.in --output-file requirements.txt $(ARGS) ); \
	done
	@$(BIN)/npm install --package-lock-only
	@cd $(TWIN) && npm install --package-lock-only

.PHONY: clean
clean: ## Remove build and test output
	rm -rf cdk.out plan.out review.out bench.out .review-cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov
	find . -name __pycache__ -not -path './$(VENV)/*' -not -path './$(NODE_MODULES)/*' -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove the installed tools too
	rm -rf $(VENV) $(NODE_MODULES) $(TWIN)/node_modules

# A stamp that is older than its lock file means there is something to install.
# Wheels only: nothing is compiled here and no package runs code while it is installed.
$(VENV)/.installed: requirements.txt requirements-dev.txt commands/link_node.py
	@test -x $(BIN)/python || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'This project needs Python 3.11 or newer. Choose one: make PYTHON=python3.13' >&2; exit 1; }; \
	  $(PYTHON) -m venv --clear $(VENV) || { \
	    rm -rf $(VENV); \
	    echo 'Python could not create $(VENV). On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }; \
	}
	@echo 'Installing the Python packages of the lock files into $(VENV)'
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt >$(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --no-compile $(PINNED) -r $(VENV)/uv.txt
	@UV_NO_CONFIG=1 UV_SYSTEM_CERTS=1 \
	  UV_DEFAULT_INDEX="$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null)}" \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python $(PINNED) -r requirements.txt -r requirements-dev.txt || { \
	    echo 'uv could not install them. pip, which knows your settings, tries it (about a minute)' >&2; \
	    $(BIN)/python -m pip install --quiet --no-compile $(PINNED) -r requirements.txt -r requirements-dev.txt; }
	@$(BIN)/python commands/link_node.py
	@touch $@

$(NODE_MODULES)/.installed: package.json package-lock.json .npmrc $(VENV)/.installed
	@echo 'Installing the CDK CLI of package-lock.json into $(NODE_MODULES)'
	@$(BIN)/npm ci --no-progress --loglevel error
	@ln -sf ../../$(NODE_MODULES)/.bin/cdk $(BIN)/cdk
	@touch $@

$(TWIN)/node_modules/.installed: $(TWIN)/package.json $(TWIN)/package-lock.json $(NODE_MODULES)/.installed
	@echo 'Installing the CDK in JavaScript into $(TWIN)/node_modules'
	@cd $(TWIN) && npm ci --no-progress --loglevel error
	@touch $@
