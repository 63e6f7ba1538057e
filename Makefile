# make help lists the targets.

GO ?= go
STATICCHECK = $(GO) tool -modfile=$(CURDIR)/tools/go.mod staticcheck
MODULES = . test/judge test/cluster test/churn bench examples/dashboard examples/audit
FUZZTIME ?= 100000x
SOAK ?= 5m

.PHONY: help demo tour test check bench record soak cluster cluster-stop fuzz cover

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

demo: ## show a cluster in the browser: one that comes along, PROXY=http://localhost:8001, or KUBECONFIG_CONTEXT=name; ADDR=127.0.0.1:8091 for another port
	@CGO_ENABLED=0 $(GO) -C examples/dashboard run . -proxy "$(PROXY)" -context "$(KUBECONFIG_CONTEXT)" $(if $(ADDR),-addr "$(ADDR)")

tour: ## show what the library does, as text, on the same clusters
	@$(GO) run ./examples/tour -proxy "$(PROXY)"

test: ## run all tests, a real control plane included (built on first use: 12 minutes on 2 cores)
	@test/chromium.sh
	@$(GO) -C test/cluster run ./cmd/cluster build
	@$(GO) run ./test/run $(MODULES)

check: ## the fast checks: format, vet, staticcheck, unit tests
	@test -z "$$(git ls-files "*.go" | xargs gofmt -l)" || { git ls-files "*.go" | xargs gofmt -l; echo "gofmt these files"; exit 1; }
	@for m in $(MODULES); do $(GO) -C $$m vet ./... || exit 1; done
	@for m in $(MODULES); do (cd $$m && $(STATICCHECK) ./...) || exit 1; done
	@$(GO) run ./test/run .

bench: ## compare with client-go, side by side; SHORT=1 takes a minute, RUN=list some cases, CLUSTER=1 a real API server
ifdef CLUSTER
	@mkdir -p .cache && $(GO) -C bench build -o "$(CURDIR)/.cache/bench" .
	@$(GO) -C test/cluster run ./recording run "$(CURDIR)/.cache/bench" -run "$(RUN)"
else
	@PROXY= $(GO) -C bench run . -run "$(RUN)"
endif

record: ## record anew what a real API server answers, for bench to replay
	@$(GO) -C test/cluster run ./recording record "$(CURDIR)/bench/testdata"

soak: ## churn a real control plane for SOAK (5m), from the seed SEED on
	@SOAK=$(SOAK) SEED=$(SEED) $(GO) -C test/churn run -race ./cmd/soak

cluster: ## start a real control plane in the background, and print where it is
	@$(GO) -C test/cluster run ./cmd/cluster start

cluster-stop: ## stop what make cluster has started
	@$(GO) -C test/cluster run ./cmd/cluster stop

fuzz: ## run each fuzz target for FUZZTIME (100000x: so many runs; 20s: so long)
	@FUZZTIME=$(FUZZTIME) test/fuzz.sh

cover: ## show how much of the code the unit tests run
	@$(GO) test -coverpkg=./... -coverprofile=cover.out ./... >/dev/null && $(GO) tool cover -func=cover.out | tail -1
