"""For developers: `python -m bimo.voice.poem_lm train|evaluate|export|sample`."""

from bimo.voice.poem_lm.commands import main

if __name__ == "__main__":
    main()
