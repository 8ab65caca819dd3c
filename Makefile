# The tasks of this repository. `make` alone lists them. Needed: Go, make and
# git; a C compiler only for the race detector of the tests.

GO       ?= go
PKG      ?= ./...
ARGS     ?=
BENCH    ?= .
FUZZ     ?= ^Fuzz
FUZZTIME ?= 10s
SOAKTIME ?= 60m

# The version that the programs show: the last tag and the distance from it.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X mcos/app/buildinfo.Version=$(VERSION)

# Operating systems beyond this one for which all code must compile.
CROSS ?= windows/amd64

# Our own copy of the linter; the version is part of its name, so that a new pin
# builds a new one.
LINT_VERSION = v2.15.0
LINT         = .bin/golangci-lint-$(LINT_VERSION)

# Reads the workflows for a public forge, which cannot run here.
ACTIONLINT_VERSION = v1.7.12
ACTIONLINT         = .bin/actionlint-$(ACTIONLINT_VERSION)

# The tools that make packages, pinned and kept in the same way.
NFPM_VERSION   = v2.45.2
NFPM           = .bin/nfpm-$(NFPM_VERSION)
WINRES_VERSION = v0.3.3
WINRES         = .bin/go-winres-$(WINRES_VERSION)

# The race detector needs a C compiler that can build cgo. Expands to the
# compiler, or to nothing; costs nothing unless a target asks for it.
RACE_CC = $(shell for cc in "$${CC:-gcc}" clang cc; do \
	command -v "$$cc" >/dev/null 2>&1 && [ "$${CGO_ENABLED:-1}" != 0 ] || continue; \
	CGO_ENABLED=1 CC="$$cc" $(GO) build -race runtime/cgo >/dev/null 2>&1 && echo "$$cc" && break; \
	done)

# $(call gotest,ARGUMENTS) is go test with the race detector when possible.
define gotest
@cc="$(RACE_CC)"; \
if [ -n "$$cc" ]; then \
	CGO_ENABLED=1 CC="$$cc" $(GO) test -race $(1); \
else \
	echo "No usable C compiler: testing without the race detector (make setup installs one)."; \
	$(GO) test $(1); \
fi
endef

# $(call install,MODULE,PROGRAM) builds a tool under its pinned name.
define install
@echo "Building $@, once."
@mkdir -p .bin
@GOBIN="$(CURDIR)/.bin" CGO_ENABLED=0 $(GO) install $(1)
@mv .bin/$(2) $@
endef

.DEFAULT_GOAL := help
.PHONY: help run build test check lint cross bench soak attack fuzz docs fmt package e2e-windows e2e-linux e2e-tray screenshots setup clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start the server with its usual data folder (ARGS="--log-level debug" adds flags)
	$(GO) run -ldflags '$(LDFLAGS)' ./cmd/mcos run $(ARGS)

build: ## Build the programs for this machine into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

test: ## Run all tests, with the race detector where there is a C compiler (PKG=./app/... picks some)
	$(call gotest,$(PKG))

check: ## Check formatting, vet, lint and the build for other systems
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "Not formatted (make fmt does it):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	@$(MAKE) --no-print-directory lint cross
	@echo "All checks passed."

lint: $(LINT) $(ACTIONLINT) ## Run the linters of .golangci.yml, and the one of workflows
	$(LINT) run --allow-serial-runners ./...
	$(ACTIONLINT) .github/workflows/*.yml

$(LINT):
	@echo "This takes a minute or two:"
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION),golangci-lint)

$(ACTIONLINT):
	$(call install,github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION),actionlint)

cross: ## Compile and vet everything, tests too, for the other systems (CROSS="windows/amd64 linux/arm64")
	@for target in $(CROSS); do \
		echo "$(GO) vet for $$target"; \
		export GOOS=$${target%/*} GOARCH=$${target#*/} CGO_ENABLED=0; \
		$(GO) build -buildvcs=false ./... && $(GO) vet ./... || exit 1; \
	done

bench: ## Run the benchmarks (BENCH=Decode PKG=./protocol/... picks some)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

soak: ## Run the tests at length: what they shorten otherwise runs in full (SOAKTIME=60m is the limit)
	$(call gotest,-count=1 -timeout $(SOAKTIME) $(PKG))
soak: export MCOS_SOAK = 1

attack: ## Try the server as its enemies would, at length (on loopback; part of make soak)
	$(call gotest,-count=1 -v -timeout $(SOAKTIME) ./internal/attack)
attack: export MCOS_SOAK = 1

# The time for making an interesting input smaller is kept short: with the
# usual 60 s a short run does little else.
fuzz: ## Run every fuzz target, one after another, FUZZTIME each (FUZZTIME=2m FUZZ=Load PKG=./protocol/...)
	@targets=$$($(GO) test -list '$(FUZZ)' $(PKG)) || { echo "$$targets"; exit 1; }; \
	failed=; target=; \
	for target in $$(echo "$$targets" | awk '/^Fuzz/ { names[++n] = $$1 } \
		$$1 == "ok" { for (i = 1; i <= n; i++) print $$2 ":" names[i]; n = 0 }'); do \
		echo "== $$target"; \
		$(GO) test -run '^$$' -fuzz "^$${target#*:}\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$${target%:*}" \
			|| failed="$$failed $$target"; \
	done; \
	[ -n "$$target" ] || { echo "No fuzz target matches $(FUZZ) in $(PKG)."; exit 1; }; \
	[ -z "$$failed" ] || { echo "Failed:$$failed"; exit 1; }; \
	echo "No fuzz target failed."

docs: ## Write the generated documents (docs/PROTOCOL.md, app/console/openapi.json)
	MCOS_UPDATE=1 $(GO) test -count=1 -run '^TestProtocolDocument$$' ./app
	MCOS_UPDATE=1 $(GO) test -count=1 -run '^TestOpenAPIDocument$$' ./app/console

# The pages that docs/OPERATE.md shows; the test makes pictures of all.
SHOTS = login overview overview-dark overview-phone players driver lobby races traffic recording sessions setup health-phone-dark settings

screenshots: ## Take the pictures of docs/OPERATE.md (needs Chromium)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	MCOS_SCREENSHOTS=$$folder $(GO) test -count=1 -run '^TestConsoleInABrowser$$' ./internal/e2e && \
	for shot in $(SHOTS); do cp "$$folder/console-$$shot.png" docs/images/ || exit 1; done

fmt: ## Format all Go files
	gofmt -w .

package: $(NFPM) $(WINRES) ## Build all packages into dist/ (VERSION=1.2.3; DIST=folder; SIGN_CERT=x.crt SIGN_KEY=x.key sign what is for Windows)
	@GO='$(GO)' VERSION='$(VERSION)' LDFLAGS='$(LDFLAGS)' NFPM='$(NFPM)' WINRES='$(WINRES)' DIST='$(DIST)' packaging/build.sh

$(NFPM):
	$(call install,github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION),nfpm)

$(WINRES):
	$(call install,github.com/tc-hib/go-winres@$(WINRES_VERSION),go-winres)

e2e-windows: ## Try the installer for Windows under Wine, start to end (STAGES="install play" repeats some; installs what it needs as root)
	@packaging/test/windows.sh $(STAGES)

e2e-linux: ## Try the .deb and .rpm in a Debian of their own with systemd, start to end (as root; STAGES="install play" repeats some)
	@packaging/test/linux.sh $(STAGES)

e2e-tray: build ## Click through the tray on a desktop of its own, the Windows program under Wine (pictures in dist/tray)
	packaging/test/tray-linux.sh bin dist/tray/linux
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o dist/tray/ ./cmd/mcos
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS) -H=windowsgui' -o dist/tray/ ./cmd/mcos-tray
	packaging/test/tray-wine.sh dist/tray dist/tray/windows

# What the tests and the packages can use beyond Go, as packages of Debian.
SETUP = gcc libc6-dev mdbtools tshark zip wixl msitools faketime osslsigncode lintian chromium fonts-dejavu-core

setup: ## Install what tests and packages can use beyond Go: a C compiler, mdbtools, Chromium, tshark, wixl, ... (Debian and its relatives, as root or with sudo)
	@command -v apt-get >/dev/null || { echo "No apt-get here: install $(SETUP) with your package manager."; exit 1; }
	@sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get -o DPkg::Lock::Timeout=300 update -q || echo "Going on with the lists that are there."; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends $(SETUP)

clean: ## Remove what was built (the linter stays in .bin)
	rm -rf bin dist
