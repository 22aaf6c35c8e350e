"""A trained adapter as a GGUF file, which the embedded engine loads beside the untouched base.

The same tensors, bit by bit, as llama.cpp's own `convert_lora_to_gguf.py` makes; rank-stabilised adapters too, which
that script scales wrongly.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from bimo.text.errors import FileError, ModelError
from bimo.voice.base import ARCHITECTURES

# What else a PEFT configuration may ask for, that no GGUF adapter can say; all must have their defaults.
_VARIANTS = (
    "use_dora",
    "modules_to_save",
    "rank_pattern",
    "alpha_pattern",
    "trainable_token_indices",
    "target_parameters",
    "layer_replication",
    "lora_bias",
)
_BEGIN, _END = "base_model.model.", ".weight"


def export_adapter(folder: Path, base: Path, target: Path, *, half: bool = True) -> None:
    """Write the PEFT adapter in `folder`, made for the model in `base`, to the GGUF file `target`.

    `half` stores float16, half the size. Raises ModelError `voice.adapter_kind` for what is no plain LoRA, and
    FileError `voice.cannot_write`.
    """
    import gguf
    import numpy
    from safetensors.numpy import load_file

    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    about = json.loads((base / "config.json").read_text(encoding="utf-8"))
    odd = [name for name in _VARIANTS if config.get(name)]
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none" or odd:
        raise ModelError("voice.adapter_kind", kind=", ".join(odd) or config.get("peft_type", "?"))
    kind = about["model_type"]
    arch = ARCHITECTURES[kind]
    names = gguf.get_tensor_name_map(_arch(arch), about["num_hidden_layers"])
    rank, alpha = config["r"], config["lora_alpha"]
    part = target.with_name(target.name + ".part")
    writer = gguf.GGUFWriter(part, arch)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    # The engine multiplies by alpha/rank, and the rank-stabilised rule is alpha/√rank.
    writer.add_float32("adapter.lora.alpha", float(alpha * (math.sqrt(rank) if config.get("use_rslora") else 1)))
    for name, tensor in sorted(load_file(folder / "adapter_model.safetensors").items()):
        module, _, side = name.removeprefix(_BEGIN).removesuffix(_END).rpartition(".")
        found = names.get_name(f"{module}{_END}", (_END,))
        if found is None or side not in ("lora_A", "lora_B"):
            raise ModelError("voice.adapter_kind", kind=name)
        values = numpy.asarray(tensor, dtype=numpy.float32)
        if arch == "llama" and side == "lora_B" and module.endswith(("q_proj", "k_proj")):
            values = _rotary(values, about, key=module.endswith("k_proj"))
        # As in the engine's own files, where what has one row or column stays exact.
        exact = not half or min(values.shape) == 1
        writer.add_tensor(f"{found}.{side.lower()}", values if exact else values.astype(numpy.float16))
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError("voice.cannot_write", path=str(target), reason=error.strerror or str(error)) from error


def _arch(name: str) -> Any:
    import gguf

    return next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)


def _rotary(rows: Any, about: dict[str, Any], *, key: bool) -> Any:
    """The rows of a query or key matrix in the order in which llama.cpp turns them: pairs beside each other."""
    heads = about["num_attention_heads"]
    heads = about.get("num_key_value_heads", heads) if key else heads
    size = rows.shape[0]
    return rows.reshape(heads, 2, size // heads // 2, -1).swapaxes(1, 2).reshape(size, -1)
