"""The writer's choices for the studio, kept on the desk."""

from __future__ import annotations

import threading
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bimo.desk.desk import Desk
from bimo.text.errors import Language

_NAME = "studio"


class Settings(BaseModel):
    """Everything that can be chosen. `language` auto follows the browser; `model` empty is the default model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Literal["auto", "zh", "en"] = Field("auto", description="interface language | 界面语言")
    theme: Literal["auto", "light", "dark"] = Field("auto", description="light or dark | 浅色或深色")
    ai: bool = Field(True, description="let a model help at all | 是否启用 AI")
    ghost: bool = Field(True, description="propose text at the cursor after a pause | 停顿后在光标处给出续写")
    findings: bool = Field(True, description="underline findings while you type | 书写时标出问题")
    authorship: bool = Field(False, description="colour what a model wrote | 用颜色标出模型所写")
    strength: float | None = Field(None, ge=0, le=2, description="how strongly the voice speaks | 文风模型的强度")
    model: str = Field("", max_length=500, description="which model | 使用的模型")
    font_size: int = Field(18, ge=10, le=40, description="size of the text | 字号")


class Kept:
    """The settings as they are now; read once, written through."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        try:
            self._now = Settings.model_validate(desk.settings.get(_NAME, {}))
        except ValidationError:
            # Kept by another version; what it chose cannot be guessed.
            self._now = Settings()

    @property
    def now(self) -> Settings:
        """The settings."""
        return self._now

    @property
    def language(self) -> Language | None:
        """The chosen interface language, or None to follow the browser."""
        return None if self._now.language == "auto" else self._now.language

    def change(self, given: dict[str, object]) -> Settings:
        """Change what is given. Raises pydantic's ValidationError."""
        with self._lock:
            changed = Settings.model_validate(self._now.model_dump() | given)
            self._desk.settings.set(_NAME, changed.model_dump())
            self._now = changed
            return changed
