"""What the tests of models share: the contract's readable failures."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("contract")
