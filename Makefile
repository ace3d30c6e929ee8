# Earwitness: build, try, test and install. `make help` lists the targets.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
PYTHON ?= $(or $(wildcard Training/.venv/bin/python),python3)

bindir = $(PREFIX)/bin
mandir = $(PREFIX)/share/man
docdir = $(PREFIX)/share/doc/earwitness
unitdir = $(PREFIX)/lib/systemd/system
sysusersdir = $(PREFIX)/lib/sysusers.d
configdir = $(SYSCONFDIR)/earwitness
bashdir = $(PREFIX)/share/bash-completion/completions
zshdir = $(PREFIX)/share/zsh/site-functions
fishdir = $(PREFIX)/share/fish/vendor_completions.d

# One program file, for both names, that runs without the Swift toolchain and without most of the
# data of ICU.
built = .build/release
icu_data = .build/icu-data
completions = .build/completions
packages = .build/deb
release = -c release --static-swift-stdlib -Xlinker "$(CURDIR)/$(icu_data).ld"

.PHONY: help run build test swift-test training-test lint tsan conformance check-unit \
	check-manuals check-kernels deb fuzz bench weight evaluate evaluate-teach system-test \
	migration-test endurance install install-documents uninstall clean
.DEFAULT_GOAL := help

help:
	@echo "make run          listen: to the microphone, or without one to the demo scene"
	@echo "make build        build monitord and monitorctl, one file, in $(built)"
	@echo "make test         run all tests"
	@echo "make lint         check the formatting"
	@echo "make training-test  check the Python: ruff, pytest"
	@echo "make tsan         run the sample ring under ThreadSanitizer"
	@echo "make conformance  hold the level meter against the tables of the standards"
	@echo "make fuzz         give every parser bad input: SECONDS=300 for each, PARSERS=\"model time\""
	@echo "make bench        measure the speed of the pipeline"
	@echo "make weight       hold the size of the program and its memory against their limits"
	@echo "make evaluate     how well the model hears, on soundscapes: OPTIONS=\"--level -30\""
	@echo "make evaluate-teach  how well new sounds are taught"
	@echo "make deb          build the Debian package, in $(packages), and check it with lintian"
	@echo "make system-test  test the package in a container: systemd, a sound server (as root)"
	@echo "make migration-test  the same with a database of a year, which is migrated (as root)"
	@echo "make endurance    a day through one monitor; 1500 are killed, on bad disks too (as root)"
	@echo "make install      install what was built: PREFIX=$(PREFIX), SYSCONFDIR, DESTDIR"
	@echo "make uninstall    remove what was installed; events and an edited configuration stay"
	@echo "make clean        remove what was built"

# For another source: make run SOURCE=alsa:hw:1,0
run: build
	@tools/listen $(built) $(SOURCE)

build:
	@tools/install-packages build
	@tools/icu-data $(icu_data)
	swift build $(release) --product earwitness
	@ln -sfn earwitness $(built)/monitord
	@ln -sfn earwitness $(built)/monitorctl
	@install -d $(completions)
	@for program in monitord monitorctl; do \
		for shell in bash zsh fish; do \
			$(built)/$$program --generate-completion-script $$shell \
				>$(completions)/$$program.$$shell || exit 1; \
		done; \
	done
	@sed -i '1{/^#!/d;}' $(completions)/*.bash

# Packs what `make build` made. No package of an earlier version stays beside the new one.
deb: build
	@tools/install-packages build deb
	rm -rf $(packages)
	debian/rules clean
	debian/rules binary
	lintian --fail-on error,warning $(packages)/earwitness_*.deb
	@ls -l $(packages)

# The Swift tests come last: their summary, and what was skipped in all, is what is left to read.
test:
	@tools/install-packages build test
	@swift --version
	swift build --build-tests
	@tools/list-skipped $(MAKE) --no-print-directory lint check-unit check-manuals \
		check-kernels tsan conformance training-test swift-test

# The tests of the daemon listen in real time, one after another; those of the writer and of the
# hooks wait for threads, and run before them, separately from what computes for minutes.
timed = ActionsTests|MonitoringTests|ListeningTests\.(?!RealClips)

swift-test:
	swift test --skip-build --disable-xctest --skip 'monitordTests|$(timed)'
	swift test --skip-build --disable-xctest --filter '$(timed)'
	swift test --skip-build --disable-xctest --no-parallel --filter monitordTests

training-test:
	@tools/check-python "$(PYTHON)"

lint:
	swift format lint --strict -r Sources Tests Package.swift Benchmarks/Sources \
		Benchmarks/Package.swift

tsan:
	Tests/Sanitizers/run

conformance:
	Tests/Conformance/run

check-unit:
	Tests/Systemd/check-unit systemd/monitord.service

check-manuals:
	@ln -sfn earwitness .build/debug/monitord
	@ln -sfn earwitness .build/debug/monitorctl
	Tests/Manuals/run .build/debug

check-kernels:
	Tests/Kernels/run

# Coverage-guided, with AddressSanitizer: Tests/Fuzz.
fuzz:
	@tools/install-packages build
	Tests/Fuzz/run $(or $(SECONDS),300) $(PARSERS)

bench: build
	swift run -c release --package-path Benchmarks pipeline-bench $(built)/monitord \
		demo/scene.flac $(built)/wide.soundnet
	swift run -c release --package-path Benchmarks rules-bench
	@for model in Sources/CDefaultModel/default.soundnet $(built)/wide.soundnet; do \
		$(PYTHON) Training/onnx_stream.py $$model demo/scene.flac --optional || exit 1; \
	done

weight: build
	Tests/Weight/run $(built) $(icu_data).ld

# Needs the recordings and the Python packages of Training/README.md, and checks for them first.
evaluate:
	@$(PYTHON) Training/detection.py --check $(OPTIONS)
	@$(MAKE) --no-print-directory build
	@nice $(PYTHON) Training/detection.py --binary $(built)/monitorctl $(OPTIONS)

# The same for monitorctl teach: OPTIONS="--categories snoring --clips 10"
evaluate-teach:
	@$(PYTHON) Training/detection.py --check
	@$(MAKE) --no-print-directory build
	@nice $(PYTHON) Training/teach_check.py --binary $(built)/monitorctl $(OPTIONS)

system-test: deb
	Tests/Systemd/run

# With a database of 3 GB, which takes minutes and 10 GB of disk.
migration-test: build
	Tests/Systemd/run migrate

# 24 h of sound as fast as it goes (HOURS), and 500 monitors killed at random moments (KILLS) on
# each kind of disk: a good one, one that becomes full, which takes root, and one that fails.
endurance: build
	@tools/install-packages system
	Tests/Endurance/day $(built) $(or $(HOURS),24)
	for disk in good full errors; do \
		Tests/Endurance/kills $(built) $(or $(KILLS),500) --disk $$disk || exit 1; \
	done

# Installs what `make build` made; it builds nothing, so that nothing is built as root.
install:
	@test -x $(built)/earwitness || \
		{ echo "Nothing to install yet: run 'make build' first." >&2; exit 1; }
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(unitdir) $(DESTDIR)$(sysusersdir) \
		$(DESTDIR)$(configdir)
	install -s -m 755 $(built)/earwitness $(DESTDIR)$(bindir)/monitord
	ln -sfn monitord $(DESTDIR)$(bindir)/monitorctl
	@$(MAKE) --no-print-directory install-documents
	sed 's|@bindir@|$(bindir)|; s|@docdir@|$(docdir)|' systemd/monitord.service \
		>$(DESTDIR)$(unitdir)/monitord.service
	chmod 644 $(DESTDIR)$(unitdir)/monitord.service
	install -m 644 systemd/earwitness.conf $(DESTDIR)$(sysusersdir)
	install -d $(addprefix $(DESTDIR),$(bashdir) $(zshdir) $(fishdir))
	for program in monitord monitorctl; do \
		install -m 644 $(completions)/$$program.bash $(DESTDIR)$(bashdir)/$$program && \
		install -m 644 $(completions)/$$program.zsh $(DESTDIR)$(zshdir)/_$$program && \
		install -m 644 $(completions)/$$program.fish $(DESTDIR)$(fishdir)/$$program.fish || exit 1; \
	done
	@tools/install-config etc/monitord.yaml $(DESTDIR)$(configdir)/monitord.yaml
	@test -n "$(DESTDIR)" || tools/service installed $(sysusersdir)/earwitness.conf

# The pages lie as they do here, so that their links lead somewhere.
install-documents:
	install -d $(addprefix $(DESTDIR)$(mandir)/man,1 5 8) \
		$(addprefix $(DESTDIR)$(docdir)/,docs etc systemd Training)
	for page in 1/monitorctl.1 5/monitord.yaml.5 8/monitord.8; do \
		to=$(DESTDIR)$(mandir)/man$$page && \
		sed 's|@docdir@|$(docdir)|' man/$${page#*/} >$$to && chmod 644 $$to || exit 1; \
	done
	install -m 644 LICENSE NOTICE $(wildcard README.md) ARCHITECTURE.md CHANGELOG.md \
		$(DESTDIR)$(docdir)
	install -m 644 docs/*.md docs/*.png $(DESTDIR)$(docdir)/docs
	install -m 644 etc/monitord.yaml $(DESTDIR)$(docdir)/etc
	install -m 644 systemd/network.conf $(DESTDIR)$(docdir)/systemd
	install -m 644 Training/README.md $(DESTDIR)$(docdir)/Training

uninstall:
	@test -n "$(DESTDIR)" || tools/service leaving
	rm -f $(addprefix $(DESTDIR)$(bindir)/,monitord monitorctl)
	rm -f $(addprefix $(DESTDIR)$(mandir)/,man1/monitorctl.1 man5/monitord.yaml.5 man8/monitord.8)
	for program in monitord monitorctl; do \
		rm -f $(DESTDIR)$(bashdir)/$$program $(DESTDIR)$(zshdir)/_$$program \
			$(DESTDIR)$(fishdir)/$$program.fish; \
	done
	rm -f $(DESTDIR)$(unitdir)/monitord.service $(DESTDIR)$(sysusersdir)/earwitness.conf
	rm -rf $(DESTDIR)$(docdir)
	@tools/install-config --remove etc/monitord.yaml $(DESTDIR)$(configdir)/monitord.yaml
	@test -n "$(DESTDIR)" || tools/service removed

clean:
	rm -rf .build .earwitness Benchmarks/.build Tests/Conformance/.build \
		Tests/Fuzz/.build Tests/Fuzz/findings
