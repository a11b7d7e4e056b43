# Releases, packages and images; included by the Makefile.

DIST := build/dist
ARCHIVE := $(PROGRAM)-$(VERSION)

## dist: Make a release below build/dist: tarball, list of components (SPDX), checksums.
.PHONY: dist
dist: $(BUILD)/$(PROGRAM)
	@mkdir -p $(DIST)
	@packaging/tarball $(VERSION) $(DIST)/$(ARCHIVE).tar.gz
	@packaging/sbom $< $(VERSION) $(DIST)/$(ARCHIVE).tar.gz >$(DIST)/$(ARCHIVE).spdx.json
	@cd $(DIST) && sha256sum $(ARCHIVE).tar.gz $(ARCHIVE).spdx.json >SHA256SUMS && cat SHA256SUMS

## deb: Build the package for this release of Debian or Ubuntu, below build/deb.
.PHONY: deb
deb:
	@packaging/deb $(VERSION) build/deb

## check-packages: Build, inspect, install and try the packages in clean Debian 12, 13 and Ubuntu 24.04; needs root.
# Ubuntu where a mirror of it is named.
SUITES ?= bookworm trixie $(if $(UBUNTU_MIRROR),noble)
.PHONY: check-packages
check-packages:
	@packaging/check-packages $(VERSION) $(SUITES)

## check-fresh: Run "make demo" as the README says in clean Debian 12, 13 and Ubuntu 24.04; needs root.
# FRESH="demo check" runs "make check" as well, which takes long.
FRESH ?= demo
.PHONY: check-fresh
check-fresh:
	@packaging/check-fresh "$(FRESH)" $(SUITES)

## check-arm64: Cross-build for arm64 and run unit and golden tests under QEMU; needs root.
.PHONY: check-arm64
check-arm64:
	@packaging/check-arm64

## image: Build the container image reportbridge:$(VERSION).
.PHONY: image
image:
	docker build -f docker/Dockerfile --target bridge -t $(PROGRAM):$(VERSION) \
		--build-arg SOURCE_DATE_EPOCH=$(shell git log -1 --format=%ct) \
		--label org.opencontainers.image.version=$(VERSION) \
		--label org.opencontainers.image.revision=$(shell git rev-parse HEAD) .
