# Each target sets up what it needs: Python 3.11 or newer and a C++20 compiler are enough.

PYTHON ?= python3
CXX ?= c++

# The level that is linted, benchmarked and sanitized: the highest of this machine.
ifeq ($(findstring x86_64,$(shell $(CXX) -dumpmachine)),)
LEVEL ?= generic
else
LEVEL ?= $(if $(shell grep -w avx512vl /proc/cpuinfo 2>/dev/null),v4,v3)
endif

VENV := .venv
BIN := $(VENV)/bin
SANITIZED := $(addprefix tests/test_,$(addsuffix .py,\
	ops gradients bfloat16 losses losses_keras metrics_keras optimizers models functional_models \
	several_outputs regularizing_layers activation_layers neighbors neighbors_search \
	neighbors_parallel neighbors_strategies neighbors_mask neural_network_core \
	linear_model_objective))
SOURCES := pyproject.toml CMakeLists.txt LICENSE README.md \
	$(shell find cpp python -type f -not -name '*.pyc')
CPP := $(shell find cpp bench -name '*.h' -o -name '*.cpp')
CONFIGURE = $(BIN)/cmake -G Ninja -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python \
	-DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja -DFASTNN_LEVELS=$(LEVEL)

.PHONY: demo test lint wheel docs bench compare sanitize clean

demo: $(VENV)/with-plot
	$(BIN)/fastnn demo

test: lint
	$(BIN)/pytest

lint: $(VENV)/with-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest fastnn._core --mypy-config-file pyproject.toml \
		--allowlist tests/stubtest_allowlist.txt
	$(BIN)/clang-format --dry-run --Werror $(CPP)
	$(CONFIGURE) -S . -B build/lint -Dpybind11_DIR=$$($(BIN)/pybind11-config --cmakedir) \
		-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
	$(BIN)/run-clang-tidy.py -quiet -hide-progress \
		-clang-tidy-binary $(BIN)/clang-tidy -p build/lint \
		-extra-arg=-idirafter$(shell $(CXX) -print-file-name=include) '/cpp/'

# What a user installs: the wheel alone, away from the sources and from what this project's tools need.
wheel: $(VENV)/build-tools
	rm -rf build/wheel
	$(BIN)/pip wheel --quiet --no-build-isolation --no-deps --wheel-dir build/wheel .
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/pip install --quiet pytest build/wheel/*.whl
	cd build/wheel && venv/bin/fastnn info && venv/bin/fastnn bench --help
	cd build/wheel && venv/bin/pytest --noconftest $(CURDIR)/tests/test_smoke.py

# The site, in docs/_build/html. FASTNN_DATA_DIR names the data that the gallery's programs read; without
# it they are shown, but not run.
docs: $(VENV)/with-docs
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

# e.g. make bench BENCH="--benchmark_filter=matmul"
bench: $(VENV)/build-tools
	$(CONFIGURE) --preset release
	$(BIN)/cmake --build --preset release
	build/release/bench/fastnn_bench_$(LEVEL) $(BENCH)

# e.g. make compare COMPARE="knn --runs 9"
compare: $(VENV)/with-bench,data,plot
	$(BIN)/python bench/compare.py $(COMPARE)

# The core's tests on a build that stops at the first bad access and the first undefined operation.
# libstdc++ is loaded early as well, for AddressSanitizer to find its exceptions. What memory a search
# takes cannot be measured there, since freed memory is kept.
sanitize: $(VENV)/with-test
	$(BIN)/pip install --quiet --no-build-isolation --no-deps --upgrade --target build/sanitize/site \
		-Cbuild-dir=build/sanitize/cmake -Ccmake.build-type=Debug \
		-Ccmake.define.CMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -Ccmake.define.FASTNN_SANITIZE=ON \
		-Ccmake.define.FASTNN_LEVELS=$(LEVEL) .
	PYTHONPATH=build/sanitize/site ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
		LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libstdc++.so)" \
		$(BIN)/python -m pytest --capture=sys -k "not little_memory" $(SANITIZED)

clean:
	rm -rf $(VENV) build dist docs/_build docs/api docs/gallery

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		(echo "fastnn needs Python 3.11 or newer, see make PYTHON=python3.12"; exit 1)
	$(PYTHON) -m venv $(VENV)

# What pyproject.toml asks for to build, in the environment itself: builds are incremental then.
$(VENV)/build-tools: $(BIN)/python pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb")) \
		["build-system"]["requires"], "cmake", "ninja", sep="\n")' > $(VENV)/build-requires.txt
	$(BIN)/pip install --quiet --requirement $(VENV)/build-requires.txt
	touch $@

$(VENV)/with-%: $(VENV)/build-tools $(SOURCES)
	$(BIN)/pip install --quiet --no-build-isolation ".[$*]"
	touch $@
