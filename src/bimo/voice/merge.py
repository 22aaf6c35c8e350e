"""A voice built into its base, as one GGUF file for programs that load no adapters.

Only as Q8_0 or F16: in 4 bits the change of an adapter is smaller than half a step, and rounding takes it out again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from bimo.text.errors import FileError
from bimo.voice.base import check_room

Kind = Literal["Q8_0", "F16"]


def merge(base: Path, adapter: Path, target: Path, *, kind: Kind = "Q8_0", strength: float = 1.0) -> None:
    """Write `base` with `strength` times the adapter in it; tensors without an adapter keep their bytes.

    Raises FileError `voice.no_room` or `voice.cannot_write`.
    """
    import gguf

    check_room(target, 3 * base.stat().st_size)
    reader, added = gguf.GGUFReader(base), gguf.GGUFReader(adapter)
    alpha = float(added.fields["adapter.lora.alpha"].contents())
    sides = {tensor.name: tensor for tensor in added.tensors}
    arch = str(reader.fields[gguf.Keys.General.ARCHITECTURE].contents())
    part = target.with_name(target.name + ".part")
    writer = gguf.GGUFWriter(part, arch)
    file_type = {"Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0, "F16": gguf.LlamaFileType.MOSTLY_F16}[kind]
    _copy_facts(reader, writer, int(file_type))
    try:
        for tensor in reader.tensors:
            if f"{tensor.name}.lora_a" not in sides:
                writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
                continue
            low, high = (_plain(sides[f"{tensor.name}.lora_{side}"]) for side in "ab")
            whole = _plain(tensor) + strength * alpha / low.shape[0] * (high @ low)
            wanted = gguf.GGMLQuantizationType[kind]
            writer.add_tensor(tensor.name, gguf.quants.quantize(whole, wanted), raw_dtype=wanted)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError("voice.cannot_write", path=str(target), reason=error.strerror or str(error)) from error


def _plain(tensor: Any) -> Any:
    """The tensor as float32."""
    import gguf
    import numpy

    return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)


def _copy_facts(reader: Any, writer: Any, file_type: int) -> None:
    """Everything the base says of itself, tokens and template included; only the kind of file is another."""
    import gguf

    own = {gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.FILE_TYPE}
    for field in reader.fields.values():
        if field.name in own or field.name.startswith("GGUF."):
            continue
        kind = field.types[0]
        inside = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inside)
    writer.add_file_type(file_type)
