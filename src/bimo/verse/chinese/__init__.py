"""Chinese verse: the tone patterns of its forms, and the checks of each kind."""
