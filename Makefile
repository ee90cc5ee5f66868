# SPDX-License-Identifier: GPL-2.0
#
# Targets of HMT; "make help" lists them.

PREFIX		?= /usr/local
docdir		?= $(PREFIX)/share/doc/hmt
KERNELDIR	?= /lib/modules/$(shell uname -r)/build
KERNEL		?= stock-6.12
TOPOLOGY	?=
STAGES		?=
BUILD		:= $(CURDIR)/build

# KNAME names the directory of the build. With KERNELDIR on the command line the
# release of these headers is used instead.
ifeq ($(origin KERNELDIR),file)
KNAME		?= $(shell uname -r)
endif
MODULES_DIR	= $(BUILD)/modules/$(or $(KNAME),$(shell cat $(KERNELDIR)/include/config/kernel.release))

KERNELS		:= stock-6.1 stock-6.12 stock-6.12-13 stock-7.3 test debug
KERNELS_ARM64	:= arm64-6.12-13 arm64-7.3

.PHONY: all
all: modules tools

.PHONY: help
help:
	@sed -n 's/^#: \?//p' $(firstword $(MAKEFILE_LIST))

#: Building
#:   all               modules and tools
#:   modules           modules for the running kernel or the headers in
#:                     KERNELDIR=, in build/modules/<release>/; KNAME= replaces
#:                     <release>
#:   modules-<kernel>  modules for a kernel of the test machine: stock-6.1,
#:                     stock-6.12, stock-6.12-13, stock-7.3, test, debug, arm64-6.12-13
#:                     or arm64-7.3; see
#:                     "vm/kernel --help"
#:   tools             hmtctl, hmtd and libhmt, in build/tools/
#:   install           install modules, headers, tools and documents;
#:                     PREFIX=/usr/local; with DESTDIR= everything goes there,
#:                     modules to INSTALL_MOD_PATH= if that is set as well
#:   install-modules   install modules, and headers for modules
#:   install-tools     install hmtctl, hmtd, libhmt and their files
#:   install-docs      install the documents as HTML, the samples, and the
#:                     dashboard for Grafana
#:   install-package   install what packages contain: as install, with the
#:                     sources of the modules for DKMS in place of modules
#:   uninstall-tools   remove what install-tools installed
#:   dkms              register, build and install the modules with DKMS
#:   deb               packages of Debian, in build/deb/
#:   rpm               packages of RPM, in build/rpm/
#:   clean             remove build/

.PHONY: modules
modules:
	+scripts/modules $(if $(KNAME),-n $(KNAME)) -k $(KERNELDIR)

.PHONY: $(KERNELS:%=modules-%)
$(KERNELS:%=modules-%): modules-%:
	+scripts/modules $*

# Any other kernel that vm/kernel finds.
.PHONY: FORCE
modules-stock-%: FORCE
	+scripts/modules stock-$*

modules-arm64-%: FORCE
	+scripts/modules arm64-$*

.PHONY: tools
tools:
	$(MAKE) -C configfs-tools O=$(BUILD)/tools all docs

.PHONY: install
install: install-modules install-tools install-docs

# With DESTDIR nothing of the running system changes: depmod works in the same
# directory as modules_install.
.PHONY: install-modules
install-modules: modules install-headers
	+$(MAKE) -C $(KERNELDIR) M=$(MODULES_DIR)/src \
		INSTALL_MOD_PATH=$(or $(INSTALL_MOD_PATH),$(DESTDIR)) modules_install
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/src/hmt $(MODULES_DIR)/src/Module.symvers

.PHONY: install-headers
install-headers:
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/src/hmt/include/linux $(addprefix include/linux/,hmt.h hmt_device.h hmt_provider.h)
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/src/hmt/include/uapi/linux include/uapi/linux/hmt.h

.PHONY: install-docs
install-docs:
	scripts/docs --copy $(DESTDIR)$(docdir)/html
	install -D -m 0644 -t $(DESTDIR)$(docdir)/examples $(wildcard samples/* examples/*)

# Packages contain the sources of the modules, which DKMS builds.
.PHONY: install-package
install-package: install-headers install-tools install-docs
	install -d $(DESTDIR)$(PREFIX)/src
	scripts/dkms --copy $(DESTDIR)$(PREFIX)/src/hmt-$(shell scripts/version)

.PHONY: install-tools
install-tools: tools
	$(MAKE) -C configfs-tools O=$(BUILD)/tools DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install

.PHONY: uninstall-tools
uninstall-tools:
	$(MAKE) -C configfs-tools O=$(BUILD)/tools DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) uninstall

.PHONY: dkms
dkms:
	scripts/dkms

.PHONY: deb
deb:
	scripts/deb

.PHONY: rpm
rpm:
	scripts/rpm $(if $(wildcard /etc/debian_version),--nodeps)

.PHONY: clean
clean:
	rm -rf $(BUILD)

# Build the modules, tools and test programs that vm/run copies to the guest.
.PHONY: $(KERNELS:%=guest-%)
$(KERNELS:%=guest-%): guest-%: modules-% guest-programs

.PHONY: guest-programs
guest-programs: tools
	$(MAKE) -C tests O=$(BUILD)/tests
	$(MAKE) -s -C configfs-tools O=$(BUILD)/tools DESTDIR=$(BUILD)/installed PREFIX=/usr/local install

.PHONY: programs-arm64
programs-arm64:
	scripts/programs arm64-7.3

.PHONY: $(KERNELS_ARM64:%=guest-%)
$(KERNELS_ARM64:%=guest-%): guest-%: modules-% programs-arm64

#: Trying and testing
#:   setup             install the Debian packages that these targets need
#:   demo              run setup, build, boot a guest, demonstrate a graph
#:   demo-device       demonstrate a program and two simulated accelerators; the
#:                     first run builds a kernel, which takes minutes
#:   vm                shell in the test machine; KERNEL=stock-6.12 TOPOLOGY=
#:   check             run all tests; STAGES="lint kunit-test" selects stages
#:   check-all         also with the kernels of Debian 13, the newest that there
#:                     are
#:   soak              long versions of some tests: minutes of contention for
#:                     the same pages, 1000 removals, 10 million random inputs;
#:                     KERNEL=stock-6.12
#:   coverage          lines and branches of drivers/ that the tests run, on the
#:                     test kernel; takes hours
#:   kunit             KUnit on the test kernel
#:   lint              checkpatch, sparse, kernel-doc, ABI and other checks

.PHONY: setup
setup:
	scripts/setup --packaging

.PHONY: demo
demo:
	scripts/setup
	$(MAKE) guest-stock-6.12
	tests/demo

.PHONY: demo-device
demo-device:
	scripts/setup
	$(MAKE) guest-test
	tests/demo device

.PHONY: vm
vm: modules-$(KERNEL) tools
	vm/run --kernel $(KERNEL) $(if $(TOPOLOGY),--topology $(TOPOLOGY)) --shell

# The last line of output is the total: do not print anything after it.
.PHONY: check
check:
	@scripts/untouched --save build/log/machine
	@scripts/setup --packaging
	@scripts/check $(STAGES)

.PHONY: check-all
check-all:
	@scripts/untouched --save build/log/machine
	@scripts/setup --packaging
	@vm/kernel --update
	@scripts/check --all $(STAGES)

.PHONY: soak
soak: guest-$(KERNEL)
	$(MAKE) -s -C tests/fuzz O=$(BUILD)/fuzz soak
	HMT_NO_BUILD=1 tests/soak $(KERNEL)

.PHONY: coverage
coverage:
	tests/coverage

.PHONY: kunit
kunit: guest-test
	tests/kunit test

.PHONY: lint
lint:
	scripts/lint

#: Measuring
#:   bench             run all workloads and settings under the memory model,
#:                     six times; takes a night and more, and continues where
#:                     it was interrupted, see Documentation/bench.rst
#:   bench-programs    download the programs of Debian that it runs
#:   bench-quick       run two workloads and three settings once
#:   bench-heat        measure accuracy and cost of the providers
#:   bench-sockets     compare the places of pages and the moves on several
#:                     sockets with the kernel's NUMA balancing
#:   bench-devices     measure the cost of faults, moves and processes of devices,
#:                     and of more memory than they have
#:   bench-moves       measure the cost of moving and scanning, compared with
#:                     move_pages(2) and smaps

.PHONY: bench-build
bench-build: guest-stock-6.12
	$(MAKE) -C bench O=$(BUILD)/bench

.PHONY: bench-programs
bench-programs: bench-build
	$(MAKE) -C bench O=$(BUILD)/bench programs

.PHONY: bench
bench: bench-programs guest-stock-7.3
	bench/full

.PHONY: bench-quick
bench-quick: bench-build
	bench/run --quick

.PHONY: bench-heat
bench-heat: guest-stock-6.12
	bench/heat

.PHONY: bench-sockets
bench-sockets: guest-stock-6.12 guest-stock-6.1
	bench/sockets

.PHONY: bench-devices
bench-devices: guest-stock-7.3
	bench/devices

.PHONY: bench-moves
bench-moves: guest-stock-6.12 guest-stock-6.1
	bench/moves

#: Documentation
#:   docs              HTML of Documentation/, in build/docs/

.PHONY: docs
docs:
	scripts/docs
