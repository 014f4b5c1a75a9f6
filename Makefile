# One entry point per job, the same for people and for CI.
#   make demo      set up and route three messages in three languages
#   make test      set up and run every test that this machine can run
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Host tests (a real VS Code) run where Chromium is; HOST_TESTS=required makes a missing piece an error.
HOST_TESTS ?= if-possible

.PHONY: demo test check format test-python test-train test-extension test-host package clean

demo: $(VENV)/.runtime
	@$(BIN)/hydra-auto route "Rename the variable userCnt to userCount in this file."
	@echo
	@$(BIN)/hydra-auto route "Meine React-Liste wirft beim ersten Laden »Cannot read properties of undefined (reading 'map')«, danach geht sie. Woran liegt das?"
	@echo
	@$(BIN)/hydra-auto route --tools "本番環境でだけ、約50回に1回、asyncioのワーカーがデッドロックします。複数のサービスにまたがる原因を突き止めて修正し、再現テストを追加してください。"

test: test-python test-extension test-host

check: $(VENV)/.dev extension/node_modules/.ok
	$(BIN)/ruff check sidecar tests
	$(BIN)/ruff format --check sidecar tests
	$(BIN)/mypy
	cd extension && npm run -s check

format: $(VENV)/.dev extension/node_modules/.ok
	$(BIN)/ruff check --fix sidecar tests
	$(BIN)/ruff format sidecar tests
	cd extension && npm run -s format

test-python: $(VENV)/.dev
	$(BIN)/pytest

test-train: $(VENV)/.train
	$(BIN)/pytest tests/training

test-extension: $(VENV)/.dev extension/node_modules/.ok
	cd extension && npm run -s test:unit && npm run -s test:package

test-host: $(VENV)/.dev extension/node_modules/.ok
	HYDRA_AUTO_PYTHON="$(CURDIR)/$(BIN)/python" HOST_TESTS=$(HOST_TESTS) bash extension/test/run-host-tests.sh

package: $(VENV)/.dev extension/node_modules/.ok
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	cd extension && npm run -s package
	cp extension/out/hydra-auto.vsix dist/
	@ls -l dist

clean:
	rm -rf $(VENV) dist build extension/node_modules extension/out extension/dist .vscode-host

# --- set-up: each stamp is remade when what it depends on changes ---

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "On Debian: apt-get install python3-venv"; exit 1; }
	touch $@

$(VENV)/.runtime: $(VENV)/.python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@ $(VENV)/.runtime

$(VENV)/.train: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,train]"
	touch $@ $(VENV)/.dev $(VENV)/.runtime

extension/node_modules/.ok: extension/package.json extension/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20 or newer is needed for the extension."; exit 1; }
	cd extension && npm ci --ignore-scripts --no-audit --no-fund
	touch $@
